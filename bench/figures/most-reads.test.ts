/** A claim that one point is the highest has to notice any other that is higher. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseFigure, seriesXs } from "../../src/experiment/figure.ts";
import { decideCheck } from "../../src/report/claim.ts";

const file = "haas23-fig3a/figure.json";
const figure = parseFigure(readFileSync(new URL(file, import.meta.url), "utf8"), file);
const { check } = figure.claims.find(({ text }) => /the most reads per second/.test(text))!;
const xs = seriesXs(figure, figure.series[0]!);

/** Whether the claim holds with 1.6 M reads of 4 KiB and `other` of `x` KiB per second. */
const holds = (x: number, other: number): boolean =>
  decideCheck(check, {
    metric: figure.y.metric,
    value: (_, at) => (at === 4 ? 1_600_000 : at === x ? other : 900_000),
    xs: () => xs,
    errors: () => [],
  }).holds;

describe("the page size with the most reads per second", () => {
  it.each(xs.filter((x) => x !== 4))("is not 4 KiB if %d KiB has more", (x) => {
    expect(holds(x, 1_590_000)).toBe(true);
    expect(holds(x, 1_610_000)).toBe(false);
  });
});
