import { describe, expect, it } from "vitest";
import { METRIC_NAMES } from "./metric.ts";
import type { RunResult } from "./result.ts";
import { intervalsOver, seedsFrom } from "./seeds.ts";

const resultWith = (value: number): RunResult =>
  ({ metrics: Object.fromEntries(METRIC_NAMES.map((name) => [name, value])) }) as RunResult;

describe("seeds", () => {
  it("counts up from the first", () => {
    expect(seedsFrom(7, 3)).toEqual([7, 8, 9]);
  });

  it("gives the textbook interval: 1, 2, 3 have mean 2 ± 4.303 · 1 ÷ √3", () => {
    const [iops] = intervalsOver([1, 2, 3].map(resultWith));
    expect(iops?.mean).toBe(2);
    expect(iops?.halfWidth).toBeCloseTo(4.303 / Math.sqrt(3), 12);
  });

  it("knows nothing from one seed, and everything from equal values", () => {
    expect(intervalsOver([resultWith(5)])[0]).toMatchObject({ mean: 5, halfWidth: 0 });
    expect(intervalsOver([5, 5, 5, 5].map(resultWith))[0]).toMatchObject({ mean: 5, halfWidth: 0 });
  });

  it("narrows with more seeds", () => {
    const alternating = (count: number) =>
      intervalsOver(seedsFrom(0, count).map((seed) => resultWith(seed % 2)))[0]?.halfWidth ?? 0;
    expect(alternating(40)).toBeLessThan(alternating(10));
    expect(alternating(10)).toBeLessThan(alternating(4));
  });
});
