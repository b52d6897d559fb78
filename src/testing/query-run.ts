/** A batch of short transactions every millisecond beside a query of 10 ms on each of 16 cores. */
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";

/** @param batch transactions of 20 µs that arrive together. */
export function runQueries(batch: number, system: Partial<ExperimentInput>): RunResult {
  return runExperiment(
    parseSpec({
      machine: "xeon6448h",
      drives: 1,
      cores: 16,
      workload: {
        kind: "sched",
        work: {
          pattern: "queries",
          workers: 16,
          query: { kind: "fixed", us: 10_000 },
          transaction: { kind: "fixed", us: 20 },
          batch,
          batchEveryUs: 1_000,
        },
      },
      rampUs: 20_000,
      runtimeUs: 100_000,
      ...system,
    }),
  );
}
