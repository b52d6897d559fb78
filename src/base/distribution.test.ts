import { describe, expect, it } from "vitest";
import { exponential } from "./distribution.ts";
import { RandomStream } from "./random.ts";

describe("an exponential variate", () => {
  const draws = 400_000;
  const mean = 80_000;
  const stream = new RandomStream(1, "exponential");
  const values = Float64Array.from({ length: draws }, () => exponential(stream, mean));
  const average = values.reduce((sum, value) => sum + value, 0) / draws;

  it("has the mean asked for", () => {
    // Four standard errors of a mean are 4 / √n of it.
    expect(Math.abs(average / mean - 1)).toBeLessThan(4 / Math.sqrt(draws));
  });

  it("has the variance of an exponential, mean²", () => {
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / draws;
    // The variance of the sample variance is 8 mean⁴ / n.
    expect(Math.abs(variance / mean ** 2 - 1)).toBeLessThan(4 * Math.sqrt(8 / draws));
  });

  it("has the tail of an exponential", () => {
    for (const multiple of [0.1, 0.5, 1, 2, 4]) {
      const beyond = values.filter((value) => value > multiple * mean).length / draws;
      const expected = Math.exp(-multiple);
      const error = Math.sqrt((expected * (1 - expected)) / draws);
      expect(Math.abs(beyond - expected)).toBeLessThan(4 * error);
    }
  });

  it("is finite and never below zero, at both ends of a draw", () => {
    const ends = [0, 1 - 2 ** -32].map((fraction) => {
      const stuck = Object.create(RandomStream.prototype, {
        fraction: { value: () => fraction },
      }) as RandomStream;
      return exponential(stuck, 1);
    });
    expect(ends).toEqual([0, 32 * Math.LN2]);
    expect(Object.is(ends[0], 0)).toBe(true);
  });
});
