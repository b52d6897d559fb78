/** Whether figures show a steady state: their points one window later, as text and JSON. */
import { renderTable, type Table } from "./table.ts";

/** One point, measured in its window and in the one that follows it. */
export interface PointLater {
  readonly series: string;
  /** What the figure calls this x. */
  readonly x: string;
  readonly simulated: number;
  /** Undefined: the longer run was refused, for the reason in `refusal`. */
  readonly later: number | undefined;
  readonly refusal?: string;
}

export interface FigureLater {
  readonly id: string;
  readonly metric: string;
  readonly points: readonly PointLater[];
  /** Points that have no window to move: a course over time, or a search. */
  readonly left: number;
}

/** What moves by less, in per cent, is called steady. */
const STEADY_PERCENT = 5;

/** How far the point moves, in per cent; 0 when that cannot be said. */
export function movedPercent({ simulated, later }: PointLater): number {
  return later === undefined || simulated === 0 ? 0 : 100 * (later / simulated - 1);
}

/** Points that are not steady, or cannot be told, those that move most first. */
function unsteadyPoints({ points }: FigureLater): readonly PointLater[] {
  return points
    .filter((point) => point.refusal !== undefined || !isSteady(point))
    .sort((a, b) => Math.abs(movedPercent(b)) - Math.abs(movedPercent(a)));
}

export function figureLaterText(figure: FigureLater): string {
  const { id, metric, points, left } = figure;
  const unsteady = unsteadyPoints(figure);
  const steady = points.length - unsteady.length;
  const lines = [`${id}: ${metric} one window later`];
  if (unsteady.length > 0) lines.push(renderTable(tableOf(unsteady)));
  if (points.length > 0) {
    lines.push(`${steady} of ${points.length} points move by less than ${STEADY_PERCENT} %`);
  }
  if (left > 0) lines.push(`${left} points are a course over time or a search: left out`);
  return `${lines.join("\n")}\n`;
}

const isSteady = (point: PointLater): boolean => Math.abs(movedPercent(point)) < STEADY_PERCENT;

function tableOf(points: readonly PointLater[]): Table {
  return {
    columns: [
      { title: "series" },
      { title: "x" },
      { title: "simulated" },
      { title: "later" },
      { title: "moves [%]", digits: 1 },
    ],
    rows: points.map((point) => [
      point.series,
      point.x,
      shown(point.simulated),
      point.later === undefined ? `refused: ${point.refusal}` : shown(point.later),
      point.later === undefined ? "–" : movedPercent(point),
    ]),
  };
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));

/** For `--output-format json`. */
export function figuresLaterJson(figures: readonly FigureLater[]): object {
  return {
    figures: figures.map(({ id, metric, points, left }) => ({
      id,
      metric,
      pointsLeftOut: left,
      points: points.map((point) => ({
        ...point,
        later: point.later ?? null,
        movedPct: point.later === undefined ? null : movedPercent(point),
      })),
    })),
  };
}
