/** Any spec gives a result with finite numbers or a `UsageError`; never NaN, never a hang. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { DRIVE_NUMBERS } from "../hardware/nvme/drive-numbers.ts";
import { FREE_DRIVES, freeSoftware } from "../testing/bare-run.ts";
import { TESTED_BACKENDS, VARIANTS } from "../testing/variants.ts";
import { findBackend } from "./assemble.ts";
import { IO_METRIC_NAMES } from "./metric.ts";
import { runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";

/** Overrides of drive numbers within, at and beyond their ranges; counts stay small. */
const driveOverride = fc
  .constantFrom(...Object.entries(DRIVE_NUMBERS))
  .chain(([name, { min, max, kind }]) => {
    const most = Math.min(max, kind === "time" ? 100 : kind === "size" ? 1e7 : 1_000);
    const value = fc.oneof(
      fc.integer({ min: Math.ceil(min), max: Math.max(Math.ceil(min), Math.floor(most)) }),
      fc.constantFrom(min, min - 1, max + 1),
    );
    return value.map((number) => [`drive.${name}`, number] as const);
  });
const costOverride = fc
  .constantFrom(...TESTED_BACKENDS.flatMap((id) => Object.keys(findBackend(id).costs)))
  .chain((name) => fc.constantFrom(0, 1, 1_000, -1).map((value) => [name, value] as const));
const set = fc
  .array(fc.oneof(driveOverride, costOverride), { maxLength: 2 })
  .map((overrides) => Object.fromEntries(overrides));

const machine = fc.oneof(
  { weight: 3, arbitrary: fc.constant("milan-pm1733" as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      extends: fc.constant("milan-pm1733"),
      id: fc.constant("random"),
      driveCount: fc.integer({ min: 1, max: 4 }),
      cpu: fc.record({
        cores: fc.integer({ min: 1, max: 5 }),
        threadsPerCore: fc.constantFrom(1, 2),
        coresPerComplex: fc.integer({ min: 1, max: 4 }),
      }),
    }),
  },
);

const spec = fc.record({
  machine,
  drives: fc.integer({ min: 0, max: 5 }),
  // By name, so that a counterexample can be read.
  variant: fc.constantFrom(...VARIANTS.map(({ name }) => name)),
  extra: fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.integer(), { maxKeys: 1 }) },
  ),
  // Threads of one core that together ask for more than its queue pair holds are not modelled: one
  // with nothing in flight would wait for a slot, and nobody tells it.
  workload: fc
    .record({
      kind: fc.constant("raw-io" as const),
      rw: fc.constantFrom("read", "write", "rw", "randread", "randwrite", "randrw"),
      blockBytes: fc.constantFrom(512, 1_536, 4_096, 8_192, 20_480, 131_072, 3_000_320),
      ioDepth: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(64, 1_500)),
      jobs: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(9, 130)),
      readPercent: fc.integer({ min: 0, max: 100 }),
      submitBatch: fc.constantFrom(1, 2, 7, 2_000),
      spanBytes: fc.constantFrom(0, 4_096, 1_000_000, 1e12),
      ownDrives: fc.option(fc.boolean(), { nil: undefined }),
    })
    .map((given) => (given.jobs > 9 ? { ...given, ioDepth: Math.min(given.ioDepth, 7) } : given))
    .map((given) => (given.ioDepth > 100 ? { ...given, jobs: 1 } : given)),
  runtimeUs: fc.constantFrom(0.000_001, 0.5, 10, 150),
  rampUs: fc.constantFrom(0, 0.25, 40),
  seed: fc.nat(),
  set,
});

function isFiniteEverywhere(data: unknown): boolean {
  if (typeof data === "number") return Number.isFinite(data);
  if (typeof data !== "object" || data === null) return true;
  return Object.values(data).every(isFiniteEverywhere);
}

/** `result`, or the name of the error. */
function outcomeOf(input: unknown): string {
  try {
    const result = runExperiment(parseSpec(input));
    expect(isFiniteEverywhere(result)).toBe(true);
    expect(Object.keys(result.metrics).sort()).toEqual([...IO_METRIC_NAMES].sort());
    for (const value of Object.values(result.metrics)) expect(value).toBeGreaterThanOrEqual(0);
    return "result";
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.message.length).toBeGreaterThan(10);
    return "usage error";
  }
}

describe("a random spec", () => {
  it("gives finite numbers or a usage error", () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(spec, ({ variant, extra, ...rest }) => {
        const { backend, options } = VARIANTS.find(({ name }) => name === variant)!;
        const outcome = outcomeOf({
          ...rest,
          backend: backend.id,
          options: { ...options, ...extra },
        });
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { seed: 81, numRuns: 350 },
    );
    expect(outcomes.get("result")).toBeGreaterThan(100);
    expect(outcomes.get("usage error")).toBeGreaterThan(20);
  });

  it("of any shape at all gives a usage error or a spec", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (input, inner) => {
        for (const data of [
          input,
          { workload: inner },
          { workload: { kind: "raw-io", rw: inner } },
        ]) {
          try {
            parseSpec(data);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        }
      }),
      { seed: 82, numRuns: 300 },
    );
  });
});

describe("a machine without any cost", () => {
  it.each(VARIANTS.map((variant) => [variant.name, variant] as const))(
    "makes progress all the same: %s",
    (_, { backend, options }) => {
      const input = {
        backend: backend.id,
        options: { ...options },
        drives: 1,
        workload: { kind: "raw-io", blockBytes: 512, ioDepth: 2 },
        runtimeUs: 0.001,
        rampUs: 0,
        set: { ...FREE_DRIVES, ...freeSoftware(backend.id) },
      };
      expect(outcomeOf(input)).toBe("result");
    },
  );
});
