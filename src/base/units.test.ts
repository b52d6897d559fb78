import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  after,
  cycles,
  cyclesToDuration,
  durationToCycles,
  GIB,
  gigahertz,
  instant,
  KIB,
  MIB,
  ms,
  ns,
  ps,
  START,
  seconds,
  toMs,
  toNs,
  toSeconds,
  toUs,
  us,
} from "./units.ts";

describe("units", () => {
  it("are whole picoseconds, each a thousand of the one below", () => {
    expect([ps(1), ns(1), us(1), ms(1), seconds(1)]).toEqual([1, 1e3, 1e6, 1e9, 1e12]);
    expect([ps(0.5), ps(0.49), ns(0.0004), ns(1.2345)]).toEqual([1, 0, 0, 1235]);
    expect([KIB, MIB, GIB]).toEqual([1024, 1024 * 1024, 1024 * 1024 * 1024]);
  });

  it("come back unchanged from their own unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000 }), (count) => {
        expect(toNs(ns(count))).toBe(count);
        expect(toUs(us(count))).toBe(count);
        expect(toMs(ms(count))).toBe(count);
        expect(toSeconds(seconds(count))).toBe(count);
      }),
      { seed: 1 },
    );
  });

  it("turn cycles into time at the core's clock, and back within half a picosecond", () => {
    expect(cyclesToDuration(cycles(230), gigahertz(2))).toBe(115_000);
    expect(cyclesToDuration(cycles(1), gigahertz(3.7))).toBe(270);
    expect(durationToCycles(ns(100), gigahertz(3.7))).toBeCloseTo(370, 9);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.double({ min: 0.8, max: 6, noNaN: true }),
        (work, ghz) => {
          const time = cyclesToDuration(cycles(work), gigahertz(ghz));
          expect(Number.isInteger(time)).toBe(true);
          const back = durationToCycles(time, gigahertz(ghz));
          expect(Math.abs(back - work)).toBeLessThanOrEqual(0.0005 * ghz + 1e-12 * work + 1e-9);
        },
      ),
      { seed: 2 },
    );
  });

  it("add a delay to a moment", () => {
    expect(START).toBe(0);
    expect(after(instant(40), ps(2))).toBe(42);
  });
});
