/**
 * Published against simulated: one figure's points and claims, judged.
 *
 * - A *calibrated* point is an input of the model: its error is shown and never counted.
 * - A *saturated* point sits on a device limit and would come out right with any software: its
 *   error is judged, but left out of the median. It is saturated when the simulated device
 *   utilisation is at least 0.97 and the published value is at least 0.97 of the figure's
 *   `deviceLimit`. A figure without that field, and a metric other than the figure's own, has no
 *   saturated points.
 * - A predicted point outside the tolerance, and a claim that does not hold, fail, unless a known
 *   gap explains them. A known gap that no longer exists is stale and fails, too.
 */
import { assert } from "../base/assert.ts";
import { UsageError } from "../base/usage-error.ts";
import { type Figure, figurePoints, isCalibrated, seriesXs } from "../experiment/figure.ts";
import type { MetricName } from "../experiment/metric.ts";
import type { ResultRow } from "../experiment/result.ts";
import { type CheckContext, decideCheck } from "./claim.ts";
import { rowKey } from "./csv.ts";
import type { PublishedValue } from "./published.ts";

/** Share of a limit from which on a point counts as sitting on it. */
const SATURATION = 0.97;

export interface JudgedPoint {
  readonly series: string;
  readonly x: number;
  readonly metric: MetricName;
  readonly published: number;
  readonly simulated: number;
  /** (simulated − published) ÷ published, in per cent. */
  readonly errorPercent: number;
  readonly role: "predicted" | "calibrated";
  readonly saturated: boolean;
  readonly verdict: "calibrated" | "inside" | "outside" | "known gap" | "stale gap";
  /** Why the point is allowed to miss. */
  readonly gap?: string;
}

export interface JudgedClaim {
  readonly id?: string;
  readonly text: string;
  readonly where?: string;
  readonly verdict: "holds" | "fails" | "known gap" | "stale gap";
  /** The simulated numbers that decided it. */
  readonly detail: string;
  /** Why the claim is allowed to fail. */
  readonly gap?: string;
}

export interface FigureJudgement {
  readonly id: string;
  readonly title: string;
  readonly machine: string;
  /** What x = 1, 2, … are called; undefined: x is a quantity. */
  readonly xNames: readonly string[] | undefined;
  readonly tolerancePercent: number;
  readonly points: readonly JudgedPoint[];
  readonly claims: readonly JudgedClaim[];
  /** One sentence per reason to turn red; empty when the figure stands. */
  readonly failures: readonly string[];
}

/**
 * Judges one figure; `rows` may hold other figures, too.
 * @throws UsageError when `rows` lack a value that is needed.
 */
export function judgeFigure(
  figure: Figure,
  published: readonly PublishedValue[],
  rows: readonly ResultRow[],
): FigureJudgement {
  const value = lookUp(figure, rows);
  const measured = published.map((row) => judgePoint(figure, row, value));
  const points = measured.map((point) => excused(figure, point, measured));
  const context: CheckContext = {
    metric: figure.y.metric,
    value,
    xs: (id) =>
      figure.series.flatMap((series) => (series.id === id ? seriesXs(figure, series) : [])),
    errors: (metric) =>
      points.filter((point) => point.role === "predicted" && point.metric === metric),
  };
  const claims = figure.claims.map((claim) => judgeClaim(figure, claim, context));
  const machine = figure.run["machine"];
  return {
    id: figure.id,
    title: figure.title,
    machine: typeof machine === "string" ? machine : ownMachineId(machine),
    xNames: figure.x.names,
    tolerancePercent: figure.tolerancePercent,
    points,
    claims,
    failures: [
      ...points.flatMap((point) => pointFailure(figure, point)),
      ...idleGaps(figure, points),
      ...claims.flatMap((claim) => claimFailure(figure, claim)),
    ],
  };
}

/** The points whose errors are reported: predicted and not saturated, known gaps included. */
export function countedPoints(judgement: FigureJudgement): readonly JudgedPoint[] {
  return judgement.points.filter((point) => point.role === "predicted" && !point.saturated);
}

type Value = CheckContext["value"];

function lookUp(figure: Figure, rows: readonly ResultRow[]): Value {
  const values = new Map(rows.map((row) => [rowKey(row), row.value]));
  return (series, x, metric) => {
    const found = values.get(rowKey({ figure: figure.id, series, x, metric }));
    if (found === undefined) {
      throw new UsageError(
        `${figure.id}: the results lack ${metric} of series "${series}" at x = ${x}; ` +
          "run the figure again",
      );
    }
    return found;
  };
}

function judgePoint(figure: Figure, row: PublishedValue, value: Value): JudgedPoint {
  const { series, x, metric } = row;
  const simulated = value(series, x, metric);
  const errorPercent = ((simulated - row.value) / row.value) * 100;
  const calibrated = isCalibrated(figure, series, x);
  const inside = Math.abs(errorPercent) <= figure.tolerancePercent;
  return {
    series,
    x,
    metric,
    published: row.value,
    simulated,
    errorPercent,
    role: calibrated ? "calibrated" : "predicted",
    saturated: isSaturated(figure, row, value),
    verdict: calibrated ? "calibrated" : inside ? "inside" : "outside",
  };
}

/** Applies a known gap; it covers a point as a whole, whichever of its metrics misses. */
function excused(figure: Figure, point: JudgedPoint, all: readonly JudgedPoint[]): JudgedPoint {
  const gap = pointGap(figure, point.series, point.x);
  if (gap === undefined || point.role === "calibrated") return point;
  if (point.verdict === "outside") return { ...point, verdict: "known gap", gap };
  const isNeeded = all.some(
    (other) => other.series === point.series && other.x === point.x && other.verdict === "outside",
  );
  return isNeeded ? point : { ...point, verdict: "stale gap", gap };
}

function isSaturated(figure: Figure, row: PublishedValue, value: Value): boolean {
  const limit = figure.deviceLimit;
  if (limit === undefined || row.metric !== figure.y.metric) return false;
  const deviceValue =
    "value" in limit ? limit.value : limit.perDrive * drivesAt(figure, row.series, row.x);
  return (
    row.value >= SATURATION * deviceValue &&
    value(row.series, row.x, "deviceUtilisation") >= SATURATION
  );
}

function drivesAt(figure: Figure, series: string, x: number): number {
  const point = figurePoints(figure).find((other) => other.series === series && other.x === x);
  const drives = point?.input.drives;
  assert(drives !== undefined, "parseFigure has checked run.drives", figure.id);
  return drives;
}

function pointGap(figure: Figure, series: string, x: number): string | undefined {
  for (const gap of figure.knownGaps) {
    if ("series" in gap && gap.series === series && [gap.x].flat().includes(x)) return gap.why;
  }
  return undefined;
}

function judgeClaim(
  figure: Figure,
  claim: Figure["claims"][number],
  context: CheckContext,
): JudgedClaim {
  const { holds, detail } = decideCheck(claim.check, context);
  const gap = figure.knownGaps.find(
    (candidate) => "claim" in candidate && candidate.claim === claim.id,
  );
  const excuse = gap === undefined ? undefined : holds ? "stale gap" : "known gap";
  return {
    ...(claim.id === undefined ? {} : { id: claim.id }),
    text: claim.text,
    ...(claim.where === undefined ? {} : { where: claim.where }),
    verdict: excuse ?? (holds ? "holds" : "fails"),
    detail,
    ...(gap === undefined ? {} : { gap: gap.why }),
  };
}

function pointFailure(figure: Figure, point: JudgedPoint): string[] {
  const place = `${figure.id}: ${point.metric} of "${point.series}" at x = ${point.x}`;
  const miss = `is off by ${point.errorPercent.toFixed(1)} %`;
  const tolerance = `tolerance ${figure.tolerancePercent} %`;
  switch (point.verdict) {
    case "outside":
      return [`${place} ${miss} (${tolerance})`];
    case "stale gap":
      return [`${place} ${miss} only (${tolerance}): remove it from knownGaps`];
    default:
      return [];
  }
}

/** Gaps about points that nobody judges: without a published value, or calibrated. */
function idleGaps(figure: Figure, points: readonly JudgedPoint[]): string[] {
  return figure.knownGaps.flatMap((gap) => {
    if ("claim" in gap) return [];
    return [gap.x].flat().flatMap((x) => {
      const judged = points.some(
        (point) => point.series === gap.series && point.x === x && point.role === "predicted",
      );
      const place = `${figure.id}: "${gap.series}" at x = ${x}`;
      return judged ? [] : [`${place} is not a predicted point: remove it from knownGaps`];
    });
  });
}

function claimFailure(figure: Figure, claim: JudgedClaim): string[] {
  const claimed = `${figure.id}: claim "${claim.text}"`;
  switch (claim.verdict) {
    case "fails":
      return [`${claimed} fails: ${claim.detail}`];
    case "stale gap":
      return [`${claimed} holds (${claim.detail}): remove it from knownGaps`];
    default:
      return [];
  }
}

/** Id of a machine that the figure itself describes; one without a name is `custom`. */
function ownMachineId(machine: unknown): string {
  const { id } = (machine ?? {}) as { readonly id?: unknown };
  return typeof id === "string" ? id : "custom";
}
