/** The answer to "what decides this result": a table and JSON of varied model numbers. */
import type { Sourced } from "../base/sourced.ts";
import { METRICS, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { short } from "./amount-text.ts";
import type { Table } from "./table.ts";

export const SENSITIVITY_METRICS = ["iops", "cyclesPerIo"] as const;
export type SensitivityMetric = (typeof SENSITIVITY_METRICS)[number];

/** Relative change of each metric; undefined where the varied run was refused. */
export type RelativeChange = { readonly [metric in SensitivityMetric]: number } | undefined;

/** What became of a run with one number at both ends. */
export interface Sensitivity {
  readonly path: string;
  readonly number: Sourced;
  readonly low: number;
  readonly high: number;
  readonly atLow: RelativeChange;
  readonly atHigh: RelativeChange;
}

/** How far `after` is from `before`, as a share of it. */
export function changeOf(before: RunResult, after: RunResult): RelativeChange {
  const share = (metric: SensitivityMetric): number => {
    const [from, to] = [metricOf(before, metric), metricOf(after, metric)];
    return from === 0 ? 0 : (to - from) / from;
  };
  return { iops: share("iops"), cyclesPerIo: share("cyclesPerIo") };
}

/** The larger of the changes at both ends, without its sign. */
export function effectOf({ atLow, atHigh }: Sensitivity, metric: SensitivityMetric): number {
  return Math.max(Math.abs(atLow?.[metric] ?? 0), Math.abs(atHigh?.[metric] ?? 0));
}

/** The numbers that change `metric`, the most important one first. */
export function sortedByEffect(
  all: readonly Sensitivity[],
  metric: SensitivityMetric,
): Sensitivity[] {
  return all.toSorted((a, b) => effectOf(b, metric) - effectOf(a, metric));
}

/** One row per number. */
export function sensitivityTable(rows: readonly Sensitivity[]): Table {
  return {
    columns: [
      { title: "number" },
      { title: "value", align: "right" },
      { title: "varied to", align: "right" },
      { title: "unit" },
      { title: "provenance" },
      ...SENSITIVITY_METRICS.map((metric) => ({
        title: `change of ${METRICS[metric].title}`,
        unit: "%",
        align: "right" as const,
      })),
    ],
    rows: rows.map(({ path, number, low, high, atLow, atHigh }) => [
      path,
      short(number.value),
      `${short(low)} … ${short(high)}`,
      number.unit,
      number.calibrated === true ? `${number.provenance} *` : number.provenance,
      ...SENSITIVITY_METRICS.map(
        (metric) => `${percent(atLow, metric)} … ${percent(atHigh, metric)}`,
      ),
    ]),
  };
}

/** What `sensitivity --output-format json` prints below the envelope. */
export function sensitivityJson(rows: readonly Sensitivity[]): readonly object[] {
  return rows.map(({ path, number, low, high, atLow, atHigh }) => ({
    path,
    unit: number.unit,
    provenance: number.provenance,
    calibrated: number.calibrated === true,
    value: number.value,
    low,
    high,
    // A refused run is null: JSON knows no undefined.
    changeAtLow: atLow ?? null,
    changeAtHigh: atHigh ?? null,
  }));
}

function percent(change: RelativeChange, metric: SensitivityMetric): string {
  if (change === undefined) return "refused";
  const text = (100 * change[metric]).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return change[metric] > 0 ? `+${text}` : text;
}
