/** The published figures of `bench/figures`: found by their folders, run, judged, drawn. */
import { existsSync, readdirSync } from "node:fs";
import { badValue } from "../base/usage-error.ts";
import {
  type Figure,
  type FigurePoint,
  figurePoints,
  parseFigure,
  placeOf,
} from "../experiment/figure.ts";
import { metricsDuring } from "../experiment/intervals.ts";
import { METRICS, metricNames, metricOf } from "../experiment/metric.ts";
import type { ResultRow, RunResult } from "../experiment/result.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { type FigureJudgement, judgeFigure } from "../report/judge.ts";
import { type PublishedValue, parsePublished } from "../report/published.ts";
import { type PointRunner, resultOf } from "./pool.ts";
import { PROJECT_ROOT, readProjectFile } from "./project.ts";
import type { WarnedRun } from "./run-warnings.ts";

/** A figure and what was published. */
export interface PublishedFigure {
  readonly figure: Figure;
  readonly published: readonly PublishedValue[];
  /** `Haas & Leis 2023, Figure 6`. */
  readonly credit: string;
}

/** A figure that has been run. */
export interface FigureOutcome extends PublishedFigure {
  /** Every metric of every point. */
  readonly rows: readonly ResultRow[];
  readonly judgement: FigureJudgement;
  /** What its runs warned of. */
  readonly warned: readonly WarnedRun[];
}

const FOLDER = "bench/figures";

/** Ids of all figures, sorted. */
export function figureIds(): string[] {
  return readdirSync(new URL(FOLDER, PROJECT_ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * Reads the given figures, all of them when none is given.
 * @throws UsageError for an unknown id, or a folder whose files are not valid.
 */
export function loadFigures(ids: readonly string[] = []): PublishedFigure[] {
  const known = figureIds();
  for (const id of ids) {
    if (!known.includes(id)) throw badValue("figure", id, `choose: ${known.join(", ")}`);
  }
  return (ids.length === 0 ? known : [...new Set(ids)]).map(loadFigure);
}

function loadFigure(id: string): PublishedFigure {
  const path = `${FOLDER}/${id}`;
  const figure = parseFigure(readProjectFile(`${path}/figure.json`), `${path}/figure.json`);
  const file = `${path}/published.csv`;
  const published = parsePublished(readProjectFile(file), figure, file);
  return { figure, published, credit: creditOf(figure) };
}

interface Source {
  readonly authors: string;
  readonly year: number;
}

/** Title, authors and year of every source, by key. */
export function readSources(): Readonly<Record<string, Source>> {
  const file = "bench/sources.json";
  return existsSync(new URL(file, PROJECT_ROOT)) ? JSON.parse(readProjectFile(file)) : {};
}

function creditOf(figure: Figure): string {
  const { key } = figure.source;
  const cited = readSources()[key];
  if (cited === undefined) return `${key}, ${placeOf(figure)}`;
  const names = cited.authors.split(/,\s*/).map((name) => name.split(" ").at(-1)!);
  const who = names.length > 2 ? `${names[0]} et al.` : names.join(" & ");
  return `${who} ${cited.year}, ${placeOf(figure)}`;
}

/** What a command changes in every point of a figure. */
export type Adapt = (input: ExperimentInput) => ExperimentInput;

/** Runs every point of a figure and judges it. */
export async function runFigure(
  published: PublishedFigure,
  runner: PointRunner,
  onDone?: () => void,
  adapt: Adapt = (input) => input,
): Promise<FigureOutcome> {
  const { figure } = published;
  const points = figurePoints(figure);
  // Points over time are parts of the same run.
  const runs = distinctRuns(points);
  const each = [...runs.values()];
  const answers = await runner.outcomes(
    each.map(({ input }) => adapt(input)),
    onDone,
  );
  const names = each.map((point) => pointName(figure.id, point));
  const results = answers.map((answer, index) => resultOf(answer, names[index]));
  const places = [...runs.keys()];
  const rows = points.flatMap((point) => {
    const result = results[places.indexOf(JSON.stringify(point.input))]!;
    return rowsDuring(figure.id, point, result);
  });
  const warned = results.map(({ warnings }, index) => ({ name: names[index]!, warnings }));
  const judgement = judgeFigure(figure, published.published, rows);
  return { ...published, rows, judgement, warned };
}

/** What messages call a point of a figure. */
export const pointName = (id: string, { series, x }: Pick<FigurePoint, "series" | "x">): string =>
  `${id}, ${series} at ${x}`;

/** The runs that some points need, each once. */
export function distinctRuns(points: readonly FigurePoint[]): ReadonlyMap<string, FigurePoint> {
  return new Map(points.map((point) => [JSON.stringify(point.input), point]));
}

/** Every metric of one point, of its part of the run if it is one over time. */
export function rowsDuring(
  figure: string,
  point: Pick<FigurePoint, "series" | "x" | "span">,
  result: RunResult,
): ResultRow[] {
  const { span } = point;
  const metrics = span === undefined ? result.metrics : metricsDuring(result, span);
  return rowsOfPoint(figure, point, { ...result, metrics });
}

/** Every metric of one point. */
export function rowsOfPoint(
  figure: string,
  { series, x }: Pick<FigurePoint, "series" | "x">,
  { metrics, specHash }: Pick<RunResult, "metrics" | "specHash">,
): ResultRow[] {
  return metricNames(metrics).map((metric) => ({
    figure,
    series,
    x,
    metric,
    unit: METRICS[metric].unit,
    value: metricOf({ metrics }, metric),
    spec: specHash,
  }));
}
