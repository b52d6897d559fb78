import { describe, expect, it } from "vitest";
import { checkSchema, type FigureCheck } from "../experiment/figure-check.ts";
import { type CheckContext, decideCheck } from "./claim.ts";

/** Two curves that cross at 3; the second saturates at 10 and then collapses. */
const CURVES: Readonly<Record<string, readonly number[]>> = {
  slow: [4, 5, 6, 6.5, 6],
  fast: [2, 4, 9.8, 10, 3],
  dips: [4, 3, 6, 7, 8],
};

const context: CheckContext = {
  metric: "iops",
  value: (series, x) => CURVES[series]![x - 1]!,
  xs: () => [1, 2, 3, 4, 5],
  errors: () => [
    { series: "slow", x: 1, errorPercent: -4 },
    { series: "fast", x: 1, errorPercent: 12 },
    { series: "dips", x: 1, errorPercent: 2 },
    { series: "dips", x: 2, errorPercent: -9 },
  ],
};

const CASES: readonly [string, object, boolean][] = [
  ["within: every point", { kind: "within", percent: 12 }, true],
  ["within: one point is off", { kind: "within", percent: 11 }, false],
  ["within: a series that is inside", { kind: "within", series: "slow", percent: 4 }, true],
  ["within: a negative error counts", { kind: "within", series: "slow", percent: 3 }, false],
  ["within: the worst is the farthest off", { kind: "within", series: "dips", percent: 8 }, false],
  ["within: one point alone", { kind: "within", series: "dips", x: 1, percent: 2 }, true],
  ["within: no point to compare", { kind: "within", series: "slow", x: 2, percent: 99 }, false],
  ["order", { kind: "order", x: 4, series: ["fast", "slow"] }, true],
  ["order: reversed", { kind: "order", x: 4, series: ["slow", "fast"] }, false],
  ["order: a tie is no order", { kind: "order", x: 4, series: ["fast", "fast"] }, false],
  ["ratio", { kind: "ratio", of: at("fast", 2), to: at("fast", 1), min: 2, max: 2 }, true],
  ["ratio: too small", { kind: "ratio", of: at("fast", 2), to: at("fast", 1), min: 2.1 }, false],
  ["ratio: too large", { kind: "ratio", of: at("fast", 2), to: at("fast", 1), max: 1.9 }, false],
  ["crossover", { kind: "crossover", series: ["slow", "fast"], from: 2, to: 3 }, true],
  [
    "crossover: already crossed",
    { kind: "crossover", series: ["slow", "fast"], from: 3, to: 4 },
    false,
  ],
  ["crossover: not yet", { kind: "crossover", series: ["slow", "fast"], from: 1, to: 2 }, false],
  [
    "saturates",
    { kind: "saturates-at", series: "fast", limit: { value: 10 }, by: 3, notBy: 2 },
    true,
  ],
  [
    "saturates: too early",
    { kind: "saturates-at", series: "fast", limit: { value: 10 }, by: 4, notBy: 3 },
    false,
  ],
  [
    "saturates: never",
    { kind: "saturates-at", series: "slow", limit: at("fast", 4), by: 4 },
    false,
  ],
  [
    "saturates: a stricter share",
    { kind: "saturates-at", series: "fast", limit: { value: 10 }, by: 3, fraction: 0.99 },
    false,
  ],
  ["monotone: falls at the end", { kind: "monotone", series: "slow", direction: "rising" }, false],
  ["monotone: falls at first", { kind: "monotone", series: "dips", direction: "rising" }, false],
  [
    "monotone: within slack",
    { kind: "monotone", series: "slow", direction: "rising", slackPercent: 8 },
    true,
  ],
  [
    "monotone: the other way",
    { kind: "monotone", series: "slow", direction: "falling", slackPercent: 8 },
    false,
  ],
  ["collapses", { kind: "collapses", series: "fast", from: 4, to: 5, byFactor: 3 }, true],
  [
    "collapses: not that far",
    { kind: "collapses", series: "fast", from: 4, to: 5, byFactor: 4 },
    false,
  ],
  [
    "below: at one point",
    { kind: "below", series: "slow", x: 1, limit: { value: 8 }, byFactor: 2 },
    true,
  ],
  [
    "below: everywhere",
    { kind: "below", series: "slow", limit: at("fast", 4), byFactor: 1.5 },
    true,
  ],
  [
    "below: not that far",
    { kind: "below", series: "slow", limit: at("fast", 4), byFactor: 1.6 },
    false,
  ],
  ["below: the peak is too high", { kind: "below", series: "slow", limit: { value: 6 } }, false],
];

describe("decideCheck", () => {
  it.each(CASES)("%s", (_, check, holds) => {
    const outcome = decideCheck(checkSchema.parse(check), context);
    expect(outcome.holds).toBe(holds);
    expect(outcome.detail).not.toBe("");
  });

  it("reads the metric that the check names", () => {
    const seen: string[] = [];
    const check: FigureCheck = {
      kind: "order",
      metric: "coresBusy",
      x: 1,
      series: ["slow", "fast"],
    };
    decideCheck(check, {
      ...context,
      value: (series, x, metric) => {
        seen.push(metric);
        return context.value(series, x, metric);
      },
    });
    expect(seen).toEqual(["coresBusy", "coresBusy"]);
  });
});

function at(series: string, x: number): { series: string; x: number } {
  return { series, x };
}
