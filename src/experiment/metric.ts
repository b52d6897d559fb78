/**
 * The metric catalogue: every number that a run can report.
 *
 * Tables, CSV, JSON, plots and claims all read it; a metric that is not here cannot be reported.
 */
import { badValue } from "../base/usage-error.ts";
import { ENGINE_METRICS } from "./metric-engine.ts";
import { VM_METRICS } from "./metric-memory.ts";
import { SCHEDULING_METRICS } from "./metric-scheduling.ts";
import type { Metric } from "./metric-shape.ts";

export type { Metric };

/** Metrics of workloads that see their I/Os. */
const IO_METRICS = {
  iops: {
    title: "IOPS",
    unit: "1/s",
    better: "higher",
    meaning: "I/Os that the workload saw complete, per second",
    isBaseline: true,
  },
  bandwidthBytesPerS: {
    title: "bandwidth",
    unit: "B/s",
    better: "higher",
    meaning: "bytes moved per second",
  },
  latencyNsMean: {
    title: "mean latency",
    unit: "ns",
    better: "lower",
    meaning: "mean time from preparing a request to seeing its completion (fio: lat)",
    isBaseline: true,
  },
  latencyNsP50: {
    title: "median latency",
    unit: "ns",
    better: "lower",
    meaning: "50th percentile of latency",
  },
  latencyNsP99: {
    title: "p99 latency",
    unit: "ns",
    better: "lower",
    meaning: "99th percentile of latency",
    isBaseline: true,
  },
  latencyNsP999: {
    title: "p99.9 latency",
    unit: "ns",
    better: "lower",
    meaning: "99.9th percentile of latency",
  },
  submissionNsMean: {
    title: "mean submission time",
    unit: "ns",
    better: "lower",
    meaning:
      "mean time from preparing a request to its hand-over (fio: slat); 0 where a call blocks",
  },
  cpuNsPerIo: {
    title: "CPU time per I/O",
    unit: "ns",
    better: "lower",
    meaning: "time of all cores that was not idle, per I/O; empty polls count",
    isBaseline: true,
  },
  cyclesPerIo: {
    title: "cycles per I/O",
    unit: "cycles",
    better: "lower",
    meaning: "cpuNsPerIo in cycles of this run's clock",
  },
  coresBusy: {
    title: "cores burnt",
    unit: "1",
    better: "lower",
    meaning: "time of all hardware threads that was not idle, divided by elapsed time",
    isBaseline: true,
  },
  coresPolling: {
    title: "cores polling in vain",
    unit: "1",
    better: "lower",
    meaning: "part of coresBusy spent in polls that found nothing",
  },
  contextSwitchesPerIo: {
    title: "context switches per I/O",
    unit: "1",
    better: "lower",
    meaning: "switches of a core from one thread to another, per I/O",
  },
  interruptsPerIo: {
    title: "interrupts per I/O",
    unit: "1",
    better: "lower",
    meaning: "NVMe interrupts taken, per I/O",
  },
  outstandingMean: {
    title: "outstanding I/Os",
    unit: "1",
    better: "neither",
    meaning: "time average of requests between preparation and seen completion",
  },
  deviceUtilisation: {
    title: "device utilisation",
    unit: "1",
    better: "neither",
    meaning:
      "busy share of the array's busiest stage (controller, link or flash), mean over drives, " +
      "from the start of the run on, its ramp included",
    isBaseline: true,
  },
  simulatedIos: {
    title: "simulated I/Os",
    unit: "1",
    better: "neither",
    meaning: "I/Os inside the measured window",
  },
} as const satisfies Record<string, Metric>;

/** Metrics of what a failed write-back does to a database. */
const DURABILITY_METRICS = {
  acknowledgedTransactions: {
    title: "acknowledged transactions",
    unit: "1",
    better: "neither",
    meaning: "transactions of which the database said that they are durable",
  },
  lostTransactions: {
    title: "lost transactions",
    unit: "1",
    better: "lower",
    meaning: "acknowledged transactions that nothing on the drives would bring back",
  },
  crashStates: {
    title: "states explored",
    unit: "1",
    better: "higher",
    meaning: "distinct states of the drives after a crash, until the first that was wrong",
  },
  crashViolations: {
    title: "states that are wrong",
    unit: "1",
    better: "lower",
    meaning: "states from which recovery did not bring back what was acknowledged, and only that",
  },
  toldErrors: {
    title: "errors told",
    unit: "1",
    better: "lower",
    meaning: "calls of the database that returned an I/O error to the transaction that asked",
  },
  killedProcesses: {
    title: "processes killed",
    unit: "1",
    better: "lower",
    meaning: "database processes that a signal ended",
  },
  transactionsAfterError: {
    title: "transactions after the error",
    unit: "1",
    better: "higher",
    meaning: "transactions that committed after a page could not be read",
  },
  failedSyncs: {
    title: "failed syncs",
    unit: "1",
    better: "lower",
    meaning: "fsync calls that returned an error",
  },
  restarts: {
    title: "restarts",
    unit: "1",
    better: "lower",
    meaning: "times that the database stopped and recovered from its log",
  },
} as const satisfies Record<string, Metric>;

export const METRICS = {
  ...IO_METRICS,
  ...ENGINE_METRICS,
  ...VM_METRICS,
  ...DURABILITY_METRICS,
  ...SCHEDULING_METRICS,
} as const satisfies Record<string, Metric>;

export type IoMetricName = keyof typeof IO_METRICS;
export type EngineMetricName = keyof typeof ENGINE_METRICS;
export type MetricName = keyof typeof METRICS;
/** What a run reports: the metrics of its kind of workload. */
export type Metrics = { readonly [Name in MetricName]?: number };

export const IO_METRIC_NAMES = Object.keys(IO_METRICS) as IoMetricName[];
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** Names of the metrics that a run reports, in the order of the catalogue. */
export function metricNames(metrics: Metrics): MetricName[] {
  return METRIC_NAMES.filter((name) => metrics[name] !== undefined);
}

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/**
 * The metrics of a workload that sees its I/Os.
 * @throws UsageError for another kind of workload.
 */
export function ioMetricsOf(result: { readonly metrics: Metrics }): Record<IoMetricName, number> {
  for (const name of IO_METRIC_NAMES) metricOf(result, name);
  return result.metrics as Record<IoMetricName, number>;
}

/**
 * One metric of a run.
 * @throws UsageError when the run's kind of workload does not report it.
 */
export function metricOf({ metrics }: { readonly metrics: Metrics }, name: MetricName): number {
  const value = metrics[name];
  if (value !== undefined) return value;
  throw badValue("metric", name, `this workload reports: ${Object.keys(metrics).join(", ")}`);
}
