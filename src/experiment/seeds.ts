/** Several runs that differ in their seed only: means and their 95 % confidence intervals. */
import { assert } from "../base/assert.ts";
import type { MetricName } from "./metric.ts";
import { metricNames, metricOf } from "./metric.ts";
import type { RunResult } from "./result.ts";

/** Mean of a metric over seeds; the true mean lies within ± halfWidth with 95 % confidence. */
export interface SeedInterval {
  readonly metric: MetricName;
  readonly mean: number;
  /** 0 for a single seed, where nothing is known. */
  readonly halfWidth: number;
}

/**
 * Student's t, two-sided 95 %, by degrees of freedom from 1. [nist-handbook, table of critical
 * values] Beyond the table the normal distribution's 1.96 is close enough.
 */
const STUDENT_T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];
const NORMAL_95 = 1.96;

/** The seeds of `count` runs: `first` and those after it. */
export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** @param results at least one, of the same spec under different seeds. */
export function intervalsOver(results: readonly RunResult[]): readonly SeedInterval[] {
  assert(results.length > 0, "an interval needs at least one run");
  // One that was too short under one of the seeds has metrics fewer.
  const names = metricNames(results[0]!.metrics).filter((metric) =>
    results.every(({ metrics }) => metrics[metric] !== undefined),
  );
  return names.map((metric) => {
    const values = results.map((result) => metricOf(result, metric));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    if (values.length === 1) return { metric, mean, halfWidth: 0 };
    const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    const freedom = values.length - 1;
    const studentT = STUDENT_T_95[freedom - 1] ?? NORMAL_95;
    const halfWidth = studentT * Math.sqrt(squares / freedom / values.length);
    return { metric, mean, halfWidth };
  });
}
