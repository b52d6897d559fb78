import { describe, expect, it } from "vitest";
import { RandomStream } from "../base/random.ts";
import { scaledMask, UniformKeys, ZipfKeys } from "./keys.ts";

/** Largest difference between the cumulative shares drawn and those of `weight`. */
function worstGap(
  count: number,
  draws: number,
  next: () => number,
  weight: (rank: number) => number,
) {
  const seen = new Float64Array(count);
  for (let draw = 0; draw < draws; draw++) seen[next()]! += 1 / draws;
  const weights = Array.from({ length: count }, (_, rank) => weight(rank + 1));
  const total = weights.reduce((sum, each) => sum + each, 0);
  let gap = 0;
  let difference = 0;
  for (let rank = 0; rank < count; rank++) {
    difference += seen[rank]! - weights[rank]! / total;
    gap = Math.max(gap, Math.abs(difference));
  }
  return gap;
}

describe("key choosers", () => {
  it.each([0.3, 0.99, 1, 1.5])("draw Zipf's law with exponent %f", (theta) => {
    for (const count of [1, 2, 7, 1_000]) {
      const keys = new ZipfKeys(new RandomStream(1, "zipf"), theta);
      const gap = worstGap(
        count,
        100_000,
        () => keys.next(count),
        (rank) => rank ** -theta,
      );
      expect(gap).toBeLessThan(0.006);
      // A law that is a little off is noticed.
      const other = worstGap(
        count,
        100_000,
        () => keys.next(count),
        (rank) => rank ** -(theta + 0.1),
      );
      if (count > 2) expect(other).toBeGreaterThan(0.006);
    }
  });

  it.each([0.3, 0.99, 1, 1.5])("draw Zipf's law behind the first ranks, exponent %f", (theta) => {
    for (const count of [6, 7, 1_000]) {
      const keys = new ZipfKeys(new RandomStream(1, "zipf"), theta, 5);
      const gap = worstGap(
        count,
        100_000,
        () => keys.next(count),
        (rank) => (rank > 5 ? rank ** -theta : 0),
      );
      expect(gap).toBeLessThan(0.006);
    }
  });

  it("draw uniformly", () => {
    const keys = new UniformKeys(new RandomStream(1, "uniform"));
    expect(
      worstGap(
        1_000,
        100_000,
        () => keys.next(1_000),
        () => 1,
      ),
    ).toBeLessThan(0.006);
  });

  it("refuse an exponent that is none", () => {
    for (const theta of [0, -1, Number.NaN, 11]) {
      expect(() => new ZipfKeys(new RandomStream(1, "zipf"), theta)).toThrow(RangeError);
    }
  });

  it("shrink a mask with its range", () => {
    expect(scaledMask(8_191, 100_000, 100_000)).toBe(8_191);
    expect(scaledMask(8_191, 100_000, 12_500)).toBe(1_023);
    expect(scaledMask(1_023, 3_000, 30)).toBe(7);
    expect(scaledMask(255, 1_000, 1)).toBe(1);
  });
});
