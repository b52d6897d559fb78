/** Decides the checks of `experiment/figure-check.ts` on simulated values. */
import { assert } from "../base/assert.ts";
import type { CheckLimit, FigureCheck } from "../experiment/figure-check.ts";
import type { MetricName } from "../experiment/metric.ts";
import { short } from "./amount-text.ts";
import { metricColumn } from "./table.ts";

/** What a check may look at. */
export interface CheckContext {
  /** Metric of checks that name none. */
  readonly metric: MetricName;
  /** Simulated value of a point; throws `UsageError` when the results lack it. */
  readonly value: (series: string, x: number, metric: MetricName) => number;
  /** All x of a series, rising. */
  readonly xs: (series: string) => readonly number[];
  /** Errors of the predicted points that have a published value of this metric, in per cent. */
  readonly errors: (
    metric: MetricName,
  ) => readonly { readonly series: string; readonly x: number; readonly errorPercent: number }[];
}

export interface CheckOutcome {
  readonly holds: boolean;
  /** The numbers that decided it, for people. */
  readonly detail: string;
}

/** Decides one check; the meaning of each kind stands beside its schema. */
export function decideCheck(check: FigureCheck, context: CheckContext): CheckOutcome {
  const metric = check.metric ?? context.metric;
  const at = (series: string, x: number): number => context.value(series, x, metric);
  switch (check.kind) {
    case "within":
      return decideWithin(check, context, metric);
    case "order": {
      const values = check.series.map((series) => at(series, check.x));
      const holds = values.every((value, index) => index === 0 || values[index - 1]! > value);
      return { holds, detail: listed(check.series, values, metric) };
    }
    case "ratio": {
      const ratio = at(check.of.series, check.of.x) / at(check.to.series, check.to.x);
      const holds = ratio >= (check.min ?? 0) && ratio <= (check.max ?? Number.POSITIVE_INFINITY);
      return { holds, detail: `ratio ${short(ratio)}` };
    }
    case "crossover":
      return decideCrossover(check, at, metric);
    case "saturates-at":
      return decideSaturation(check, at);
    case "monotone":
      return decideMonotone(check, context.xs(check.series), at, metric);
    case "collapses": {
      const before = at(check.series, check.from);
      const after = at(check.series, check.to);
      return {
        holds: after * check.byFactor <= before,
        detail: placed([check.from, check.to], [before, after], metric),
      };
    }
    case "below":
      return decideBelow(check, context.xs(check.series), at);
  }
}

type Kind<Name extends FigureCheck["kind"]> = Extract<FigureCheck, { kind: Name }>;
type ValueAt = (series: string, x: number) => number;

function decideWithin(
  check: Kind<"within">,
  context: CheckContext,
  metric: MetricName,
): CheckOutcome {
  const points = context
    .errors(metric)
    .filter((point) => check.series === undefined || point.series === check.series)
    .filter((point) => check.x === undefined || point.x === check.x);
  // A claim about nothing must not pass.
  if (points.length === 0) return { holds: false, detail: "no predicted point to compare" };
  const worst = points.reduce((a, b) =>
    Math.abs(b.errorPercent) > Math.abs(a.errorPercent) ? b : a,
  );
  return {
    holds: Math.abs(worst.errorPercent) <= check.percent,
    detail:
      `worst of ${points.length}: ${worst.errorPercent.toFixed(1)} % ` +
      `(${worst.series} at ${worst.x})`,
  };
}

function decideCrossover(check: Kind<"crossover">, at: ValueAt, metric: MetricName): CheckOutcome {
  const [first, second] = check.series;
  const early = [at(first, check.from), at(second, check.from)] as const;
  const late = [at(first, check.to), at(second, check.to)] as const;
  return {
    holds: early[0] > early[1] && late[0] < late[1],
    detail:
      `at ${check.from}: ${listed(check.series, early, metric)}; ` +
      `at ${check.to}: ${listed(check.series, late, metric)}`,
  };
}

function decideSaturation(check: Kind<"saturates-at">, at: ValueAt): CheckOutcome {
  const limit = limitValue(check.limit, at);
  const share = (x: number): number => at(check.series, x) / limit;
  const late = share(check.by);
  const early = check.notBy === undefined ? undefined : share(check.notBy);
  const seen = [early === undefined ? [] : [[check.notBy, early]], [[check.by, late]]].flat();
  return {
    holds: late >= check.fraction && (early === undefined || early < check.fraction),
    detail: seen.map(([x, value]) => `${percent(value!)} of the limit at ${x}`).join(", "),
  };
}

function decideMonotone(
  check: Kind<"monotone">,
  xs: readonly number[],
  at: ValueAt,
  metric: MetricName,
): CheckOutcome {
  assert(xs.length > 0, "a series has points", check.series);
  const sign = check.direction === "rising" ? 1 : -1;
  for (const [index, x] of xs.entries()) {
    if (index === 0) continue;
    const before = at(check.series, xs[index - 1]!);
    const after = at(check.series, x);
    if (sign * (before - after) > Math.abs(before) * (check.slackPercent / 100)) {
      return {
        holds: false,
        detail: placed([xs[index - 1]!, x], [before, after], metric),
      };
    }
  }
  return { holds: true, detail: `${check.direction} over ${xs.length} points` };
}

function decideBelow(check: Kind<"below">, xs: readonly number[], at: ValueAt): CheckOutcome {
  const limit = limitValue(check.limit, at);
  const places = check.x === undefined ? xs : [check.x];
  const highest = places.reduce((a, b) => (at(check.series, b) > at(check.series, a) ? b : a));
  const value = at(check.series, highest);
  return {
    holds: value * check.byFactor <= limit,
    detail: `${percent(value / limit)} of the limit at ${highest}`,
  };
}

const limitValue = (limit: CheckLimit, at: ValueAt): number =>
  "value" in limit ? limit.value : at(limit.series, limit.x);

/** `spdk 12.59 M/s, libaio 7.66 M/s`. */
const listed = (names: readonly string[], values: readonly number[], metric: MetricName): string =>
  names.map((name, index) => `${name} ${quantity(metric, values[index]!)}`).join(", ");

/** `12.59 M/s at 4, 12.1 M/s at 8`. */
const placed = (xs: readonly number[], values: readonly number[], metric: MetricName): string =>
  xs.map((x, index) => `${quantity(metric, values[index]!)} at ${x}`).join(", ");

/** `12.46 M/s`; a metric without a unit is a bare number. */
export function quantity(metric: MetricName, value: number): string {
  const { column, divisor } = metricColumn(metric, [value]);
  return `${short(value / divisor)} ${column.unit ?? ""}`.trimEnd();
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
