/** Runs raw I/O, for tests that read the metrics of an I/O workload. */
import { type IoMetricName, ioMetricsOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { type RunHooks, runExperiment } from "../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";

export type IoRunResult = Omit<RunResult, "metrics"> & {
  readonly metrics: Readonly<Record<IoMetricName, number>>;
};

export function runIo(input: ExperimentInput, hooks?: RunHooks): IoRunResult {
  const result = runExperiment(parseSpec(input), hooks);
  return { ...result, metrics: ioMetricsOf(result) };
}
