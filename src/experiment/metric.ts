/**
 * The metric catalogue: every number that a run can report.
 *
 * Tables, CSV, JSON, plots and claims all read it; a metric that is not here cannot be reported.
 */
export interface Metric {
  readonly title: string;
  /** Unit of the stored value; tables may scale it with an SI prefix. */
  readonly unit: "1/s" | "B/s" | "ns" | "cycles" | "1";
  readonly better: "higher" | "lower" | "neither";
  readonly meaning: string;
}

export const METRICS = {
  iops: {
    title: "IOPS",
    unit: "1/s",
    better: "higher",
    meaning: "I/Os that the workload saw complete, per second",
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
    meaning: "mean time from preparing a request to its hand-over (fio: slat)",
  },
  cpuNsPerIo: {
    title: "CPU time per I/O",
    unit: "ns",
    better: "lower",
    meaning: "time of all cores that was not idle, per I/O; empty polls count",
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
      "busy share of the array's busiest stage (controller, link or flash), mean over drives",
  },
  simulatedIos: {
    title: "simulated I/Os",
    unit: "1",
    better: "neither",
    meaning: "I/Os inside the measured window",
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
