/** The one JSON envelope of every command that runs a spec. */
import type { MetricName } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";

export interface Envelope {
  readonly tool: "kerneltax";
  readonly version: string;
  readonly command: string;
  readonly spec: RunResult["spec"];
  readonly specHash: string;
  readonly seed: number;
  readonly scale: number;
  readonly metrics: RunResult["metrics"];
  readonly busiestStage?: RunResult["busiestStage"];
  readonly ledger: RunResult["ledger"];
  /** Metrics over time, for workloads that report them. */
  readonly intervals?: RunResult["intervals"];
  readonly warnings: readonly string[];
  /** Only with `--seeds`: all seeds, and every metric's mean over them. */
  readonly seeds?: readonly number[];
  readonly confidenceIntervals?: readonly {
    readonly metric: MetricName;
    readonly mean: number;
    readonly halfWidth: number;
  }[];
}

/** @param command the command's name, without its options: those are in `spec`. */
export function envelope(result: RunResult, command: string, version: string): Envelope {
  const { spec, specHash, seed, scale, metrics, busiestStage, ledger, intervals, warnings } =
    result;
  return {
    tool: "kerneltax",
    version,
    command,
    spec,
    specHash,
    seed,
    scale,
    metrics,
    ...(busiestStage && { busiestStage }),
    ledger,
    ...(intervals && { intervals }),
    warnings,
  };
}
