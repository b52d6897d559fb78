/** Threads that wait in one queue for whichever core is free. */
import { describe, expect, it } from "vitest";
import { freeSoftware } from "../testing/bare-run.ts";
import { runQueries } from "../testing/query-run.ts";
import { metricOf } from "./metric.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

type System = Pick<ExperimentInput, "backend" | "options" | "set">;

/** Lookups of more threads than cores, so that each thread runs on every core some day. */
const lookups = (system: System, cores: number, threads: number, rampUs = 500): RunResult =>
  runExperiment(
    parseSpec({
      ...system,
      machine: "milan-pm1733",
      drives: 8,
      cores,
      workload: { kind: "sched", work: { pattern: "lookups", threads, workUs: 1.1 } },
      rampUs,
      runtimeUs: 4_000,
    }),
  );

describe("a thread that moves between cores", () => {
  it.each([
    ["light threads", { backend: "unikernel", set: { "unikernel.slice": 20_000 } }, 2, 3],
    ["tasks", { backend: "bypass", options: { threads: "tasks" } }, 3, 16],
  ] as const)(
    "hands its requests over on the core that it is on: %s",
    (_, system, cores, threads) => {
      const options = { ...("options" in system && system.options), run_queue: "shared" };
      const { ledger } = lookups({ ...system, options }, cores, threads);
      const perLookup = ledger.perCore.map(
        ({ causes }) => Number(causes["driver"]) / Number(causes["database"]),
      );
      expect(perLookup).toHaveLength(cores);
      expect(Math.max(...perLookup) / Math.min(...perLookup)).toBeLessThan(1.05);
    },
  );

  it("gets its completions where software takes no time", () => {
    const free = { options: { run_queue: "shared" }, set: freeSoftware("unikernel") };
    const { operations } = lookups({ backend: "unikernel", ...free }, 4, 64, 10_000);
    expect(operations).toBeGreaterThan(0);
  });
});

describe("urgent threads that arrive together", () => {
  it.each([
    ["light threads", { backend: "unikernel", options: { preemption: "arrival" } }],
    ["tasks", { backend: "bypass", options: { threads: "tasks", preemption: "arrival" } }],
  ] as const)("preempt a core each, not one for all of them: %s", (_, system) => {
    const result = runQueries(16, {
      backend: system.backend,
      options: { ...system.options, run_queue: "shared" },
    });
    expect(metricOf(result, "shortNsP99")).toBeLessThan(25_000);
  });
});
