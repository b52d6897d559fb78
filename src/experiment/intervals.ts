/** Metrics of a part of a run, from the intervals that it reports. */
import { UsageError } from "../base/usage-error.ts";
import type { TimeSpan } from "./figure.ts";
import { METRIC_NAMES, type MetricName, type Metrics } from "./metric.ts";
import type { RunResult } from "./result.ts";

/**
 * Means over `span`, weighted by how much of each interval lies in it.
 * @throws UsageError when the run does not report over time, or not over all of the span.
 */
export function metricsDuring({ intervals = [] }: RunResult, span: TimeSpan): Metrics {
  const { startS, endS } = span;
  const sums: Partial<Record<MetricName, number>> = {};
  let covered = 0;
  for (const interval of intervals) {
    const inside = Math.min(interval.endS, endS) - Math.max(interval.startS, startS);
    if (inside <= 0) continue;
    covered += inside;
    for (const name of METRIC_NAMES) {
      const value = interval.metrics[name];
      if (value !== undefined) sums[name] = (sums[name] ?? 0) + value * inside;
    }
  }
  if (covered < 0.999 * (endS - startS)) {
    throw new UsageError(`x: the run reports no intervals from ${startS} s to ${endS} s`);
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / covered]));
}
