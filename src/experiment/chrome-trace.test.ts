/** Is a trace what viewers expect, does it agree with the ledger, and does it change nothing? */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { CAUSES } from "../hardware/cpu/ledger.ts";
import { chromeTrace, type TraceEvent } from "./chrome-trace.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

const common = { name: z.string().min(1), pid: z.int().min(1), tid: z.int().min(0) };
const timed = { ...common, ts: z.number().min(0), cat: z.string().optional() };
const args = z.record(z.string(), z.union([z.number(), z.string()]));

/** The parts of the Trace Event Format that we write. */
const eventSchema = z.discriminatedUnion("ph", [
  z.strictObject({ ...timed, ph: z.literal("X"), dur: z.number().positive(), args }),
  z.strictObject({ ...timed, ph: z.literal("C"), args }),
  z.strictObject({ ...timed, ph: z.literal("i"), s: z.literal("t") }),
  z.strictObject({ ...timed, ph: z.literal("b"), id: z.int(), args }),
  z.strictObject({ ...timed, ph: z.literal("e"), id: z.int() }),
  z.strictObject({ ...timed, ph: z.literal("M"), args }),
]);
const traceSchema = z.strictObject({
  displayTimeUnit: z.literal("ns"),
  otherData: args,
  traceEvents: z.array(eventSchema).min(1),
});

const RUNS: readonly (readonly [string, ExperimentInput])[] = [
  [
    "interrupts",
    {
      backend: "linux",
      drives: 2,
      options: { ioengine: "io_uring" },
      workload: { kind: "raw-io", jobs: 3, ioDepth: 4 },
      rampUs: 100,
      runtimeUs: 500,
    },
  ],
  [
    "tasks",
    {
      backend: "bypass",
      drives: 2,
      cores: 2,
      options: { threads: "tasks" },
      workload: { kind: "raw-io", jobs: 20, ioDepth: 1 },
      rampUs: 100,
      runtimeUs: 300,
    },
  ],
  [
    "more threads than cores",
    {
      backend: "unikernel",
      drives: 1,
      cores: 2,
      set: { "unikernel.slice": 20_000 },
      workload: {
        kind: "sched",
        work: { pattern: "sleepers", threads: 6, workUs: 200, sleepUs: 20 },
      },
      rampUs: 0,
      runtimeUs: 5_000,
    },
  ],
];

const slicesOf = (events: readonly TraceEvent[]): TraceEvent[] =>
  events.filter(({ ph }) => ph === "X");

describe.each(RUNS)("a trace of a run with %s", (_, input) => {
  const spec = parseSpec(input);
  const { trace, result, isComplete } = chromeTrace(spec, 1_000_000);
  const { traceEvents } = trace;

  it("keeps the schema, in order of time", () => {
    expect(isComplete).toBe(true);
    expect(traceSchema.safeParse(JSON.parse(JSON.stringify(trace))).error).toBeUndefined();
    const times = traceEvents.map(({ ts }) => ts);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("changes nothing", () => {
    expect(JSON.stringify(result)).toBe(JSON.stringify(runExperiment(spec)));
  });

  it("has slices that never overlap on a core, and together are the ledger", () => {
    const startUs = spec.rampUs;
    const endUs = startUs + spec.runtimeUs;
    const busyUs = new Map<string, number>();
    for (const core of new Set(slicesOf(traceEvents).map(({ tid }) => tid))) {
      let freeUs = 0;
      for (const { ts, dur = 0, tid, name } of slicesOf(traceEvents)) {
        if (tid !== core) continue;
        // Exactly: a viewer takes a slice that begins a bit too early for the child of the other.
        expect(ts).toBeGreaterThanOrEqual(freeUs);
        freeUs = ts + dur;
        const inside = Math.min(freeUs, endUs) - Math.max(ts, startUs);
        busyUs.set(name, (busyUs.get(name) ?? 0) + Math.max(0, inside));
      }
    }
    for (const cause of CAUSES.filter((name) => name !== "idle")) {
      const ledgerUs = Number(result.ledger.total[cause]) / 1e6;
      expect([cause, busyUs.get(cause) ?? 0]).toEqual([cause, expect.closeTo(ledgerUs, 3)]);
    }
  });

  it("ends every command that it begins, once", () => {
    const begun = traceEvents.filter(({ ph }) => ph === "b").map(({ id }) => id);
    const ended = traceEvents.filter(({ ph }) => ph === "e").map(({ id }) => id);
    expect(new Set(begun).size).toBe(begun.length);
    expect([...ended].sort()).toEqual([...begun].sort());
  });
});

describe("a trace", () => {
  it("shows waiting threads and interrupts where there are some", () => {
    const [interrupts, , crowded] = RUNS.map(([, input]) => {
      return chromeTrace(parseSpec(input), 1_000_000).trace.traceEvents;
    });
    expect(interrupts!.some(({ name }) => name === "interrupt taken")).toBe(true);
    const waiting = crowded!.filter(({ name }) => name.startsWith("threads waiting"));
    expect(Math.max(...waiting.map(({ args: values }) => Number(values!["value"])))).toBe(3);
  });

  it("has one counter when all cores take threads from one queue", () => {
    const input = {
      ...RUNS[2]![1],
      backend: "unikernel",
      options: { run_queue: "shared" },
    } as const;
    const { traceEvents } = chromeTrace(parseSpec(input), 1_000_000).trace;
    const names = traceEvents.map(({ name }) => name).filter((name) => /^threads wait/.test(name));
    expect(new Set(names)).toEqual(new Set(["threads waiting for any core"]));
  });

  it("stops at its limit and says so", () => {
    const { trace, isComplete } = chromeTrace(parseSpec(RUNS[0]![1]), 100);
    expect(isComplete).toBe(false);
    expect(trace.traceEvents.filter(({ ph }) => ph !== "M")).toHaveLength(100);
  });
});
