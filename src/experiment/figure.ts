/**
 * One published figure as data: what was measured, what we run, how the two are judged.
 *
 * `bench/figures/<id>/figure.json` is parsed here once, so that a wrong field fails with its path.
 * A figure holds no results: `report/judge.ts` brings them together with `published.csv`.
 */

import * as z from "zod";
import { checked, parseJson } from "../base/checked.ts";
import { UsageError } from "../base/usage-error.ts";
import { checkSchema, ID, METRIC, placesOfCheck } from "./figure-check.ts";
import { atPath, merged, type Patch } from "./patch.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

const TEXT = z.string().min(1);
/** A partial spec; merged ones are checked as a whole by `parseSpec`. */
const PATCH = z.record(z.string(), z.unknown());

const claimSchema = z.strictObject({
  /** Needed only by a known gap that names the claim. */
  id: ID.optional(),
  text: TEXT,
  where: TEXT.optional(),
  check: checkSchema,
});

const xsSchema = z.array(z.number()).min(1);
/** Length of time that a point over time is the mean of, with the point in the middle. */
const WIDTH = z.number().positive().optional();
const pointsSchema = z.array(z.strictObject({ x: z.number(), run: PATCH.optional() })).min(1);

const seriesSchema = z.strictObject({
  id: ID,
  title: TEXT,
  run: PATCH.optional(),
  xs: xsSchema.optional(),
  points: pointsSchema.optional(),
  width: WIDTH,
});

const knownGapSchema = z.union([
  z.strictObject({ series: ID, x: z.union([z.number(), xsSchema]), why: TEXT }),
  z.strictObject({ claim: ID, why: TEXT }),
]);

const figureSchema = z.strictObject({
  id: ID,
  title: TEXT,
  source: z.strictObject({
    /** Key in `bench/sources.json`. */
    key: ID,
    /** Its number, or whatever else the values are in: `Table 1`, `§6.5`, a file. */
    figure: TEXT,
    readFrom: z.enum(["table", "vector plot", "raster plot", "text", "authors' data"]),
    /** Error of reading a value, in per cent of the axis, i.e. of the largest published y. */
    readErrorPercent: z.number().min(0).max(100),
  }),
  x: z.strictObject({
    name: TEXT,
    label: TEXT,
    unit: TEXT.optional(),
    /** Where x goes in the spec, `workload.jobs`; without it every point brings its own `run`. */
    path: TEXT.optional(),
    /** Multiplies x on its way into the spec, 1024 for KiB into bytes. */
    factor: z.number().positive().default(1),
    scale: z.enum(["linear", "log"]).default("linear"),
    /** What x = 1, 2, … are called, when they are steps or systems and not quantities. */
    names: z.array(TEXT).min(1).optional(),
    /** With it x is time: the points of a series are intervals of one run. */
    width: WIDTH,
  }),
  y: z.strictObject({
    metric: METRIC,
    label: TEXT.optional(),
    /** Plots and tables show value ÷ divisor under the name `unit`. */
    divisor: z.number().positive().default(1),
    unit: TEXT.optional(),
    scale: z.enum(["linear", "log"]).default("linear"),
  }),
  run: PATCH,
  xs: xsSchema.optional(),
  points: pointsSchema.optional(),
  series: z.array(seriesSchema).min(1),
  /** Points that set a model number: drawn hollow, never counted as reproduced. */
  calibrated: z.array(
    z.strictObject({ series: ID, xs: z.union([xsSchema, z.literal("all")]), why: TEXT }),
  ),
  tolerancePercent: z.number().positive(),
  /** What the devices alone allow, in the unit of `y.metric`: points there prove little. */
  deviceLimit: z
    .union([
      z.strictObject({ value: z.number().positive() }),
      z.strictObject({ perDrive: z.number().positive() }),
    ])
    .optional(),
  claims: z.array(claimSchema),
  knownGaps: z.array(knownGapSchema),
});

export type Figure = z.output<typeof figureSchema>;
export type FigureSeries = Figure["series"][number];

/** One simulated point of a figure; `input` has passed `parseSpec`. */
export interface FigurePoint {
  readonly series: string;
  readonly x: number;
  readonly input: ExperimentInput;
  /** The part of the run that the point shows; undefined: all of it. */
  readonly span: TimeSpan | undefined;
}

/** Part of a run, in seconds since its window opened. */
export interface TimeSpan {
  readonly startS: number;
  readonly endS: number;
}

/**
 * Reads the text of a `figure.json`; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseFigure(text: string, file: string): Figure {
  const figure = checked(figureSchema, parseJson(text, file), file);
  const problems = [...shapeProblems(figure), ...referenceProblems(figure)];
  if (problems.length > 0) throw new UsageError(`${file} is not valid:\n${problems.join("\n")}`);
  for (const point of rawPoints(figure)) {
    try {
      const spec = parseSpec(point.input);
      if (spec.drives === 0 && figure.deviceLimit && "perDrive" in figure.deviceLimit) {
        throw new UsageError("run.drives: give a number, deviceLimit.perDrive multiplies it");
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${file}, series "${point.series}" at x = ${point.x}: ${message}`);
    }
  }
  return figure;
}

/** Every point to simulate, in the order of the series and of their x. */
export function figurePoints(figure: Figure): FigurePoint[] {
  return rawPoints(figure).map((point) => ({ ...point, input: point.input as ExperimentInput }));
}

/** The x values of one series, rising. */
export function seriesXs(figure: Figure, series: FigureSeries): readonly number[] {
  return placesOf(figure, series).map((place) => place.x);
}

/** What a point's x is called: its name, or the number. */
export function xName({ x }: Figure, value: number): string {
  return x.names?.[value - 1] ?? String(value);
}

/** Where in its source a figure is: `Figure 2a`, `Table 1`. */
export function placeOf({ source }: Pick<Figure, "source">): string {
  return /^\d/.test(source.figure) ? `Figure ${source.figure}` : source.figure;
}

/** Whether the published value at this point is an input of the model. */
export function isCalibrated(figure: Figure, series: string, x: number): boolean {
  return figure.calibrated.some(
    (entry) => entry.series === series && (entry.xs === "all" || entry.xs.includes(x)),
  );
}

interface Place {
  readonly x: number;
  readonly run?: Patch | undefined;
}

/** A series' own points win over its own xs, and those over the figure's. */
function placesOf(figure: Figure, series: FigureSeries): readonly Place[] {
  if (series.points) return series.points;
  if (series.xs) return series.xs.map((x) => ({ x }));
  return figure.points ?? (figure.xs ?? []).map((x) => ({ x }));
}

type RawPoint = Omit<FigurePoint, "input"> & { readonly input: Patch };

function rawPoints(figure: Figure): RawPoint[] {
  return figure.series.flatMap((series) =>
    placesOf(figure, series).map(({ x, run }) => {
      const width = series.width ?? figure.x.width;
      const span = width === undefined ? undefined : { startS: x - width / 2, endS: x + width / 2 };
      let input = merged(merged(figure.run, series.run ?? {}), run ?? {});
      if (figure.x.path) input = merged(input, atPath(figure.x.path, x * figure.x.factor));
      return { series: series.id, x, input, span };
    }),
  );
}

function shapeProblems(figure: Figure): string[] {
  const ids = figure.series.map((series) => series.id);
  const problems = ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => `series: "${id}" appears twice`);
  for (const series of figure.series) {
    const places = placesOf(figure, series);
    if (places.length === 0) problems.push(`series "${series.id}": give xs or points`);
    places.forEach(({ x, run }, index) => {
      const before = places[index - 1];
      if (before && !(before.x < x)) problems.push(`series "${series.id}": x = ${x} must rise`);
      const needsRun = !figure.x.path && figure.x.width === undefined;
      if (!run && needsRun) problems.push(`series "${series.id}", x = ${x}: needs a run`);
      if (figure.x.names && figure.x.names[x - 1] === undefined) {
        problems.push(`x = ${x} has no name: there are ${figure.x.names.length}, from x = 1 on`);
      }
      if (figure.x.scale === "log" && x <= 0) problems.push(`x = ${x} does not fit a log scale`);
    });
  }
  return problems;
}

/** Names in claims, gaps and calibrations that point at nothing. */
function referenceProblems(figure: Figure): string[] {
  const known = new Map(figure.series.map((series) => [series.id, seriesXs(figure, series)]));
  const problems: string[] = [];
  const need = (where: string, series: string, xs: readonly number[]): void => {
    const places = known.get(series);
    if (!places) problems.push(`${where}: there is no series "${series}"`);
    for (const x of places ? xs : []) {
      if (!places?.includes(x)) problems.push(`${where}: series "${series}" has no x = ${x}`);
    }
  };
  for (const { series, xs } of figure.calibrated)
    need("calibrated", series, xs === "all" ? [] : xs);
  const claimIds = figure.claims.flatMap((claim) => claim.id ?? []);
  for (const gap of figure.knownGaps) {
    if ("series" in gap) need("knownGaps", gap.series, [gap.x].flat());
    else if (!claimIds.includes(gap.claim)) problems.push(`knownGaps: no claim "${gap.claim}"`);
  }
  figure.claims.forEach(({ check }, index) => {
    for (const [series, ...xs] of placesOfCheck(check)) need(`claims[${index}]`, series, xs);
    if (check.kind === "within" && check.x !== undefined && check.series === undefined) {
      problems.push(`claims[${index}]: x needs a series`);
    }
  });
  return problems;
}
