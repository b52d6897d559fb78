/** What a run returns, and the row format that files keep. */
import type { MetricName, Metrics } from "./metric.ts";
import type { ExperimentSpec } from "./spec.ts";

/** Distribution of one latency, in nanoseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly minNs: number;
  readonly maxNs: number;
  readonly meanNs: number;
  readonly stddevNs: number;
  /** Percentile → nanoseconds; keys as fio prints them, `"99.000000"`. */
  readonly percentilesNs: Readonly<Record<string, number>>;
}

/** One direction (reads or writes) of one job. */
export interface DirectionResult {
  readonly ios: number;
  readonly bytes: number;
  readonly submission: LatencySummary;
  readonly completion: LatencySummary;
  readonly total: LatencySummary;
}

/** One job (one submitting thread) of the raw-I/O workload. */
export interface JobResult {
  readonly read: DirectionResult;
  readonly write: DirectionResult;
  /** fsync or fdatasync calls; none is an I/O in any metric. */
  readonly sync: DirectionResult;
  /** Share of the job's core spent in user mode, in kernel mode; 0 … 1. */
  readonly userShare: number;
  readonly systemShare: number;
  readonly contextSwitches: number;
}

export interface LedgerResult {
  /** Hardware threads that ran anything, each with its causes in picoseconds. */
  readonly perCore: readonly {
    readonly core: number;
    readonly causes: Readonly<Record<string, string>>;
  }[];
  /** Sum over those hardware threads, picoseconds as decimal strings. */
  readonly total: Readonly<Record<string, string>>;
}

/** What was measured between two moments inside the window. */
export interface Interval {
  /** Since the window opened, in simulated seconds ÷ scale. */
  readonly startS: number;
  readonly endS: number;
  readonly metrics: Metrics;
}

/** Part of a drive that works on one thing at a time, or on a few. */
export type DriveStage = "controller" | "writeController" | "readLink" | "writeLink" | "flash";

/** The one envelope of design.md §7, without `tool` and `command`, which the command line adds. */
export interface RunResult {
  /** The spec as it ran: every default filled in. */
  readonly spec: ExperimentSpec;
  /** Hash of the resolved spec and every model number that it used. */
  readonly specHash: string;
  readonly seed: number;
  /** Data scale; 1 where nothing is scaled. */
  readonly scale: number;
  /** Measured window in picoseconds. */
  readonly windowPs: number;
  readonly clockGHz: number;
  /** What one operation of this workload is called: `I/O`. */
  readonly operation: string;
  /** Threads of the workload. */
  readonly threads: number;
  /** Operations inside the window. */
  readonly operations: number;
  /** The metrics of this kind of workload. */
  readonly metrics: Metrics;
  /** Which stage `deviceUtilisation` is mostly of; absent: the drives had nothing to do. */
  readonly busiestStage?: DriveStage;
  /** Metrics over time, for workloads that report them. */
  readonly intervals?: readonly Interval[];
  readonly ledger: LedgerResult;
  /** One entry per thread, for workloads that report jobs as fio does; else empty. */
  readonly jobs: readonly JobResult[];
  /** All jobs as one, as fio's `group_reporting` shows them. */
  readonly allJobs?: JobResult;
  readonly warnings: readonly string[];
}

/** One value of one point of one figure: a line of `results/baseline/*.csv`. */
export interface ResultRow {
  readonly figure: string;
  readonly series: string;
  readonly x: number;
  readonly metric: MetricName;
  readonly unit: string;
  readonly value: number;
  /** Short spec hash: says whether inputs or code moved. */
  readonly spec: string;
}
