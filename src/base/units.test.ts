import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cycles,
  cyclesToDuration,
  GIB,
  gigahertz,
  ns,
  ps,
  seconds,
  toMs,
  toNs,
  toSeconds,
  toUs,
  us,
} from "./units.ts";

describe("units", () => {
  it("are whole picoseconds, each a thousand of the one below", () => {
    expect([ps(1), ns(1), us(1), seconds(1)]).toEqual([1, 1e3, 1e6, 1e12]);
    expect([ps(0.5), ps(0.49), ns(0.0004), ns(1.2345)]).toEqual([1, 0, 0, 1235]);
    expect(GIB).toBe(1024 * 1024 * 1024);
  });

  it("come back unchanged from their own unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000 }), (count) => {
        expect(toNs(ns(count))).toBe(count);
        expect(toUs(us(count))).toBe(count);
        expect(toMs(us(count * 1_000))).toBe(count);
        expect(toSeconds(seconds(count))).toBe(count);
      }),
      { seed: 1 },
    );
  });

  it("turn cycles into time at the core's clock, within half a picosecond", () => {
    expect(cyclesToDuration(cycles(230), gigahertz(2))).toBe(115_000);
    expect(cyclesToDuration(cycles(1), gigahertz(3.7))).toBe(270);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.double({ min: 0.8, max: 6, noNaN: true }),
        (work, ghz) => {
          const time = cyclesToDuration(cycles(work), gigahertz(ghz));
          expect(Number.isInteger(time)).toBe(true);
          const exact = (work / ghz) * 1e3;
          expect(Math.abs(time - exact)).toBeLessThanOrEqual(0.5 + 1e-12 * exact);
        },
      ),
      { seed: 2 },
    );
  });
});
