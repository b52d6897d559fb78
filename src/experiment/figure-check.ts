/**
 * The closed set of checks that a figure's claims are made of.
 *
 * Papers are believed for their shapes: who wins, where curves cross, where they saturate. Each
 * shape is one kind of check with the parameters that it needs; `report/claim.ts` decides it.
 */
import * as z from "zod";
import { METRIC_NAMES } from "./metric.ts";

/** Name of a series, a claim or a figure. */
export const ID = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]*$/, "use lower-case letters, digits, - and .");
/** Name of a metric of the catalogue. */
export const METRIC = z.enum(METRIC_NAMES);
const POINT = z.strictObject({ series: ID, x: z.number() });
/** A fixed value in the catalogue's unit, or the simulated value of another point. */
const LIMIT = z.union([z.strictObject({ value: z.number().positive() }), POINT]);
const FACTOR = z.number().min(1);
const metric = METRIC.optional();

/** The closed set of claims about a figure's simulated values; `metric` defaults to `y.metric`. */
export const checkSchema = z.discriminatedUnion("kind", [
  /** Simulated against published; all predicted points unless `series` (and `x`) narrow it down. */
  z.strictObject({
    kind: z.literal("within"),
    metric,
    series: ID.optional(),
    x: z.number().optional(),
    percent: z.number().positive(),
  }),
  /** At `x`, each series lies above the next. */
  z.strictObject({
    kind: z.literal("order"),
    metric,
    x: z.number(),
    series: z.array(ID).min(2),
  }),
  /** min ≤ value(of) ÷ value(to) ≤ max. */
  z.strictObject({
    kind: z.literal("ratio"),
    metric,
    of: POINT,
    to: POINT,
    min: z.number().min(0).optional(),
    max: z.number().positive().optional(),
  }),
  /** The first series lies above the second at `from`, and below it at `to`. */
  z.strictObject({
    kind: z.literal("crossover"),
    metric,
    series: z.tuple([ID, ID]),
    from: z.number(),
    to: z.number(),
  }),
  /** `fraction` of the limit is reached at `by` and not yet at `notBy`. */
  z.strictObject({
    kind: z.literal("saturates-at"),
    metric,
    series: ID,
    limit: LIMIT,
    by: z.number(),
    notBy: z.number().optional(),
    fraction: z.number().positive().max(1).default(0.97),
  }),
  /** Each point continues in `direction`, or steps back by at most `slackPercent`. */
  z.strictObject({
    kind: z.literal("monotone"),
    metric,
    series: ID,
    direction: z.enum(["rising", "falling"]),
    slackPercent: z.number().min(0).default(0),
  }),
  /** value(to) × byFactor ≤ value(from). */
  z.strictObject({
    kind: z.literal("collapses"),
    metric,
    series: ID,
    from: z.number(),
    to: z.number(),
    byFactor: FACTOR,
  }),
  /** value × byFactor ≤ limit, at `x` or at every point of the series. */
  z.strictObject({
    kind: z.literal("below"),
    metric,
    series: ID,
    x: z.number().optional(),
    limit: LIMIT,
    byFactor: FACTOR.default(1),
  }),
]);

/** One member of the closed set of checks. */
export type FigureCheck = z.output<typeof checkSchema>;
/** What a claim compares with: a fixed value, or another point's. */
export type CheckLimit = z.output<typeof LIMIT>;

/** The points whose simulated values a check names, as series and x values (none: all of them). */
export function placesOfCheck(check: FigureCheck): (readonly [string, ...number[]])[] {
  switch (check.kind) {
    case "within":
      if (check.series === undefined) return [];
      return [check.x === undefined ? [check.series] : [check.series, check.x]];
    case "order":
      return check.series.map((series) => [series, check.x] as const);
    case "ratio":
      return [check.of, check.to].map(({ series, x }) => [series, x] as const);
    case "crossover":
      return check.series.map((series) => [series, check.from, check.to] as const);
    case "saturates-at": {
      const notBy = check.notBy === undefined ? [] : [check.notBy];
      return [[check.series, check.by, ...notBy], ...placesOfLimit(check.limit)];
    }
    case "monotone":
      return [[check.series]];
    case "collapses":
      return [[check.series, check.from, check.to]];
    case "below": {
      const x = check.x === undefined ? [] : [check.x];
      return [[check.series, ...x], ...placesOfLimit(check.limit)];
    }
  }
}

const placesOfLimit = (limit: CheckLimit): (readonly [string, number])[] =>
  "value" in limit ? [] : [[limit.series, limit.x]];
