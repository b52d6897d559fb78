/** All judged figures together: the summary, the JSON and the tables of `validate`. */
import { METRICS } from "../experiment/metric.ts";
import { countedPoints, type FigureJudgement, type JudgedPoint } from "./judge.ts";
import { metricColumn, type Table } from "./table.ts";

/** Head of `validate --output-format json`; errors are null when no point counts. */
export interface ValidationSummary {
  /** Points that are no inputs, saturated ones included. */
  readonly predictedPoints: number;
  /** Median of |error| over predicted, unsaturated points, in per cent. */
  readonly medianAbsErrorPct: number | null;
  /** 90th percentile of the same, nearest rank. */
  readonly p90AbsErrorPct: number | null;
  readonly calibratedPoints: number;
  readonly claimsPassed: number;
  /** Claims that fail without an excuse, stale gaps included. */
  readonly claimsFailed: number;
  /** Points and claims that miss with a reason. */
  readonly knownGaps: number;
}

/** Sums up any number of figures. */
export function summarise(judgements: readonly FigureJudgement[]): ValidationSummary {
  const points = judgements.flatMap((judgement) => judgement.points);
  const claims = judgements.flatMap((judgement) => judgement.claims);
  const errors = judgements.flatMap(absoluteErrors);
  const claimed = (verdict: string): number =>
    claims.filter((claim) => claim.verdict === verdict).length;
  return {
    predictedPoints: points.filter((point) => point.role === "predicted").length,
    medianAbsErrorPct: median(errors),
    p90AbsErrorPct: nearestRank(errors, 90),
    calibratedPoints: points.filter((point) => point.role === "calibrated").length,
    claimsPassed: claimed("holds"),
    claimsFailed: claimed("fails") + claimed("stale gap"),
    knownGaps:
      claimed("known gap") + points.filter((point) => point.verdict === "known gap").length,
  };
}

/** The object that `validate --output-format json` prints; undefined members are absent. */
export function validationJson(judgements: readonly FigureJudgement[]): {
  readonly summary: ValidationSummary;
  readonly figures: readonly object[];
} {
  return { summary: summarise(judgements), figures: judgements.map(figureJson) };
}

function figureJson(judgement: FigureJudgement): object {
  const errors = absoluteErrors(judgement);
  return {
    id: judgement.id,
    machine: judgement.machine,
    medianAbsErrorPct: median(errors),
    p90AbsErrorPct: nearestRank(errors, 90),
    points: judgement.points.map((point) => ({
      series: point.series,
      x: point.x,
      metric: point.metric,
      published: point.published,
      simulated: point.simulated,
      errorPct: point.errorPercent,
      role: point.role,
      saturated: point.saturated,
      verdict: point.verdict,
      gap: point.gap,
    })),
    claims: judgement.claims.map(({ text, verdict, gap, where, detail }) => ({
      text,
      verdict,
      gap,
      where,
      detail,
    })),
  };
}

/** One row per figure: how far off, over which points. */
export function validationTable(judgements: readonly FigureJudgement[]): Table {
  return {
    columns: [
      { title: "figure" },
      { title: "machine" },
      { title: "predicted" },
      { title: "of them on a device limit" },
      { title: "median error", unit: "%", digits: 1, align: "right" },
      { title: "p90 error", unit: "%", digits: 1, align: "right" },
      { title: "calibrated" },
      { title: "claims hold", align: "right" },
      { title: "known gaps" },
      { title: "failures" },
    ],
    rows: judgements.map((judgement) => {
      const summary = summarise([judgement]);
      return [
        judgement.id,
        judgement.machine,
        summary.predictedPoints,
        summary.predictedPoints - countedPoints(judgement).length,
        summary.medianAbsErrorPct ?? "–",
        summary.p90AbsErrorPct ?? "–",
        summary.calibratedPoints,
        `${summary.claimsPassed} of ${judgement.claims.length}`,
        summary.knownGaps,
        judgement.failures.length,
      ];
    }),
  };
}

/** Every point of one figure, published beside simulated. */
export function pointsTable(judgement: FigureJudgement): Table {
  const largest = new Map<JudgedPoint["metric"], number>();
  for (const point of judgement.points) {
    const most = Math.max(largest.get(point.metric) ?? 0, point.published, point.simulated);
    largest.set(point.metric, most);
  }
  const single = largest.size === 1 ? [...largest][0] : undefined;
  const scaled = single && metricColumn(single[0], [single[1]]);
  const unit = scaled?.column.unit;
  const format = { ...(unit ? { unit } : {}), digits: scaled?.column.digits ?? 3 };
  const divisor = scaled?.divisor ?? 1;
  return {
    columns: [
      { title: "series" },
      { title: "x" },
      { title: "metric" },
      { title: "published", ...format },
      { title: "simulated", ...format },
      { title: "error", unit: "%", digits: 1 },
      { title: "verdict" },
    ],
    rows: judgement.points.map((point) => [
      point.series,
      judgement.xNames?.[point.x - 1] ?? point.x,
      // With several metrics the units differ, so each row names its own and nothing is scaled.
      single ? METRICS[point.metric].title : `${point.metric} [${METRICS[point.metric].unit}]`,
      point.published / divisor,
      point.simulated / divisor,
      point.errorPercent,
      point.saturated ? `${point.verdict}, on a device limit` : point.verdict,
    ]),
  };
}

/** Every claim of one figure with its verdict and the numbers behind it. */
export function claimsTable(judgement: FigureJudgement): Table {
  return {
    columns: [{ title: "claim" }, { title: "verdict" }, { title: "simulated" }, { title: "gap" }],
    rows: judgement.claims.map((claim) => [claim.text, claim.verdict, claim.detail, claim.gap]),
  };
}

const absoluteErrors = (judgement: FigureJudgement): number[] =>
  countedPoints(judgement).map((point) => Math.abs(point.errorPercent));

/** Median, the mean of the middle two for an even count; null for none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  if (Number.isInteger(middle)) return (sorted[middle - 1]! + sorted[middle]!) / 2;
  return sorted[Math.floor(middle)]!;
}

/** Smallest value with at least `percent` of all values at or below it; null for none. */
export function nearestRank(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? null;
}
