import { describe, expect, it } from "vitest";
import { type Figure, parseFigure } from "../experiment/figure.ts";
import type { ResultRow } from "../experiment/result.ts";
import { isOfBars } from "./bar-chart.ts";
import { figureSvg } from "./plot.ts";
import type { PublishedValue } from "./published.ts";

const json = {
  id: "toy-fig1",
  title: "A ladder",
  source: { key: "toy", figure: "1", readFrom: "text", readErrorPercent: 1 },
  x: { name: "step", label: "steps", names: ["plain", "+ batches", "+ pool"] },
  y: { metric: "iops", label: "reads", divisor: 1e6, unit: "M/s", scale: "log" },
  run: { workload: { kind: "raw-io" } },
  points: [1, 2, 3].map((x) => ({ x, run: { workload: { kind: "raw-io", jobs: x } } })),
  series: [
    { id: "a", title: "first" },
    { id: "b", title: "second" },
  ],
  calibrated: [{ series: "a", xs: [1], why: "input" }],
  tolerancePercent: 5,
  claims: [],
  knownGaps: [],
};
const parse = (change: object): Figure =>
  parseFigure(JSON.stringify({ ...json, ...change }), "figure.json");
const figure = parse({});

const at = (series: string, x: number, value: number) =>
  ({ figure: "toy-fig1", series, x, metric: "iops", unit: "1/s", value }) as const;
const rows: ResultRow[] = [at("a", 1, 1e6), at("a", 2, 20e6), at("b", 3, 300e6)].map((row) => ({
  ...row,
  spec: "s",
}));
const published: PublishedValue[] = [at("a", 1, 1.1e6), at("a", 2, 22e6), at("a", 3, 250e6)].map(
  (row) => ({ ...row, provenance: "V-P" }),
);
const svg = figureSvg(figure, published, rows);
const described = (start: string): number => svg.split(`aria-description="${start}`).length - 1;

describe("a figure of named steps", () => {
  it("is drawn as bars, as one with a single x is; others are not", () => {
    expect(isOfBars(figure)).toBe(true);
    const x = { name: "jobs", label: "jobs", path: "workload.jobs" };
    expect(isOfBars(parse({ x, points: undefined, calibrated: [], xs: [4] }))).toBe(true);
    expect(isOfBars(parse({ x, points: undefined, calibrated: [], xs: [4, 8] }))).toBe(false);
  });

  it("has one bar per simulated and one symbol per published value, inputs hollow", () => {
    expect(described("simulated: ")).toBe(3);
    expect(described("published: ")).toBe(2);
    expect(described("calibrated: ")).toBe(1);
    expect(described("reading error: ")).toBe(3);
  });

  it("names every step, and writes both numbers behind a bar", () => {
    for (const name of json.x.names) expect(svg).toContain(`>${name}<`);
    expect(svg).toContain(">20<");
    expect(svg).toContain(">(22)<");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("does not take an x without a name", () => {
    const points = [{ x: 4, run: {} }];
    expect(() => parse({ points, calibrated: [] })).toThrow(/x = 4 has no name: there are 3/);
  });
});
