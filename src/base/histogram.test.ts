import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The record of rank ⌈percent · n / 100⌉ in sorted order; `permille` keeps the rank exact. */
function exactPercentile(values: readonly number[], permille: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (BigInt(permille) * BigInt(sorted.length) + 999n) / 1000n;
  return sorted[Math.max(1, Number(rank)) - 1]!;
}

/** Durations of every magnitude, with many ties and exact powers of two. */
const duration = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.maxSafeNat(),
  fc
    .tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -1, max: 1 }))
    .map(([exponent, step]) => Math.max(0, 2 ** exponent + step)),
  fc.constantFrom(80_000_000, 80_000_001, 2 ** 54 - 2),
);
const durations = fc.array(duration, { minLength: 1, maxLength: 120 });
const permille = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(500, 950, 990, 999));

describe("a histogram against an exact sort", () => {
  it("is off by at most 1/256 of the value at every percentile", () => {
    fc.assert(
      fc.property(durations, permille, (values, percent) => {
        const exact = exactPercentile(values, percent);
        const got = histogramOf(values).percentile(percent / 10);
        expect(Math.abs(got - exact)).toBeLessThanOrEqual(exact / 256);
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });

  it("has the exact count, minimum, maximum and mean", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values);
        expect(histogram.count).toBe(values.length);
        expect(histogram.min).toBe(Math.min(...values));
        expect(histogram.max).toBe(Math.max(...values));
        const mean = values.reduce((sum, value) => sum + value / values.length, 0);
        expect(Math.abs(histogram.mean - mean)).toBeLessThanOrEqual(1e-12 * mean);
      }),
      { seed: 2, numRuns: 1_000 },
    );
  });

  it("never reports less at a higher percentile, nor anything outside minimum and maximum", () => {
    fc.assert(
      fc.property(durations, permille, permille, (values, one, other) => {
        const histogram = histogramOf(values);
        const low = histogram.percentile(Math.min(one, other) / 10);
        const high = histogram.percentile(Math.max(one, other) / 10);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(histogram.min);
        expect(high).toBeLessThanOrEqual(histogram.max);
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });

  it("merges to the histogram of the union", () => {
    fc.assert(
      fc.property(durations, durations, (left, right) => {
        const merged = histogramOf(left);
        const added = histogramOf(right);
        merged.merge(added);
        merged.merge(new Histogram());
        const union = histogramOf([...left, ...right]);
        expect([merged.count, merged.min, merged.max]).toEqual([union.count, union.min, union.max]);
        for (const percent of [0.1, 25, 50, 90, 99, 99.9, 100]) {
          expect(merged.percentile(percent)).toBe(union.percentile(percent));
        }
        expect(Math.abs(merged.mean - union.mean)).toBeLessThanOrEqual(1e-12 * union.mean);
        expect(added.count).toBe(right.length);
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });
});

describe("a histogram", () => {
  it("takes the 999th of a thousand records for 99.9 %", () => {
    const histogram = histogramOf(new Array<number>(999).fill(1_000));
    histogram.record(1_000_000_000);
    expect(histogram.percentile(99.9)).toBe(1_002);
    expect(histogram.percentile(99.95)).toBe(1_000_000_000);
  });

  it("takes the 40959th of 41000 for 99.9 %, although the product is not exact in binary", () => {
    const histogram = histogramOf(new Array<number>(40_959).fill(1_000));
    for (let record = 0; record < 41; record++) histogram.record(1_000_000_000);
    expect(histogram.percentile(99.9)).toBe(1_002);
  });

  it("tells a duration of 0 from one of 1", () => {
    const histogram = histogramOf([0, 0, 1, 700]);
    expect(histogram.percentile(50)).toBe(0);
    expect(histogram.percentile(75)).toBeCloseTo(1, 2);
  });

  it("is all zeros when empty, also after merging an empty one", () => {
    const empty = new Histogram();
    empty.merge(new Histogram());
    const { count, min, max, mean, standardDeviation } = empty;
    expect([count, min, max, mean, standardDeviation, empty.percentile(99)]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  it("has the population's standard deviation", () => {
    expect(histogramOf([2, 4, 4, 4, 5, 5, 7, 9]).standardDeviation).toBe(2);
    expect(histogramOf([6, 6, 6]).standardDeviation).toBe(0);
    const merged = histogramOf([2, 4, 4, 4]);
    merged.merge(histogramOf([5, 5, 7, 9]));
    expect(merged.standardDeviation).toBe(2);
  });

  it("refuses what is not a duration and keeps its records", () => {
    const histogram = histogramOf([5]);
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 54]) {
      expect(() => histogram.record(value)).toThrow(RangeError);
    }
    expect([histogram.count, histogram.mean, histogram.percentile(100)]).toEqual([1, 5, 5]);
  });
});
