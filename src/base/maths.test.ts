import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, ln, power } from "./maths.ts";

const FRACTION_BITS = 160n;
const ONE = 1n << FRACTION_BITS;
const LN_2 = doubleArtanh(1n, 3n);

/** 2 artanh(numerator / denominator) in fixed point: the oracle, sharing no rounding with `ln`. */
function doubleArtanh(numerator: bigint, denominator: bigint): bigint {
  const ratio = (numerator * ONE) / denominator;
  const square = (ratio * ratio) >> FRACTION_BITS;
  let sum = 0n;
  let power = ratio;
  for (let divisor = 1n; power !== 0n; divisor += 2n) {
    sum += power / divisor;
    power = (power * square) >> FRACTION_BITS;
  }
  return 2n * sum;
}

interface Parts {
  readonly exponent: bigint;
  readonly significand: bigint;
}

function partsOf(x: number): Parts {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  return { exponent: (bits >> 52n) - 1023n, significand: (bits & (2n ** 52n - 1n)) | (2n ** 52n) };
}

/** How far ln(x) is from the true logarithm, in units of the last place of ln(x). */
function errorInUlp(x: number): number {
  const { exponent, significand } = partsOf(x);
  const exact = exponent * LN_2 + doubleArtanh(significand - 2n ** 52n, significand + 2n ** 52n);
  const got = ln(x);
  if (got === 0) return exact === 0n ? 0 : Number.POSITIVE_INFINITY;
  const result = partsOf(got);
  const ulp = 1n << (FRACTION_BITS + result.exponent - 52n);
  const value = result.significand * ulp * (got < 0 ? -1n : 1n);
  return Math.abs(Number(value - exact)) / Number(ulp);
}

function hex(x: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16);
}

const normal = fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true });
const nearOne = fc.double({ min: 0.7, max: 1.5, noNaN: true });
const uniform = fc.integer({ min: 1, max: 2 ** 32 }).map((draw) => draw / 2 ** 32);

describe("ln", () => {
  it("stays within 1.6 units in the last place of the true logarithm", () => {
    for (const numbers of [normal, nearOne, uniform]) {
      fc.assert(
        fc.property(numbers, (x) => {
          expect(errorInUlp(x)).toBeLessThan(1.6);
        }),
        { seed: 1, numRuns: 4_000 },
      );
    }
  });

  it("agrees with the host's Math.log within 3 units in the last place", () => {
    fc.assert(
      fc.property(normal, (x) => {
        const host = Math.log(x);
        expect(Math.abs(ln(x) - host)).toBeLessThanOrEqual(
          3 * Number.EPSILON * Math.abs(host) + Number.MIN_VALUE,
        );
      }),
      { seed: 2, numRuns: 20_000 },
    );
  });

  it("has the same bits on every engine", () => {
    const expected: readonly (readonly [number, string])[] = [
      [1, "0"],
      [2, "3fe62e42fefa39ef"],
      [0.5, "bfe62e42fefa39ef"],
      [10, "40026bb1bbb55515"],
      [0.1, "c0026bb1bbb55515"],
      [Math.E, "3ff0000000000000"],
      [0.9999999997671694, "bdf0000000080000"],
      [2 ** -32, "c0362e42fefa39ef"],
      [2 ** -1022, "c086232bdd7abcd2"],
      [Number.MAX_VALUE, "40862e42fefa39ef"],
    ];
    expect(expected.map(([x]) => [x, hex(ln(x))])).toEqual(expected);
  });

  it("turns products into sums and never falls", () => {
    const part = fc.double({ min: 1e-100, max: 1e100, noNaN: true });
    fc.assert(
      fc.property(part, part, (x, y) => {
        const sum = ln(x) + ln(y);
        expect(Math.abs(ln(x * y) - sum)).toBeLessThanOrEqual(2e-13);
        expect(ln(Math.max(x, y))).toBeGreaterThanOrEqual(ln(Math.min(x, y)));
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  it("refuses what has no finite logarithm or is subnormal", () => {
    for (const x of [0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -1023]) {
      expect(() => ln(x)).toThrow(RangeError);
    }
  });
});

describe("exp", () => {
  it("agrees with the host's", () => {
    const exponent = fc.double({ min: -700, max: 700, noNaN: true });
    fc.assert(
      fc.property(exponent, (x) => {
        expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(2e-13);
      }),
      { seed: 4, numRuns: 5_000 },
    );
    for (const x of [-1, -0.5, 0.1, 0.9]) {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(5e-16);
    }
  });

  it("has the same bits on every engine", () => {
    const expected: readonly (readonly [number, string])[] = [
      [0, "3ff0000000000000"],
      [1, "4005bf0a8b14576a"],
      [-1, "3fd78b56362cef38"],
    ];
    expect(expected.map(([x]) => [x, hex(exp(x))])).toEqual(expected);
  });

  it("undoes ln, and makes powers", () => {
    for (const x of [1e-9, 0.3, 1, 7, 1e12]) expect(exp(ln(x)) / x).toBeCloseTo(1, 12);
    expect(power(2, 10)).toBeCloseTo(1_024, 9);
    expect(power(10, -0.5)).toBeCloseTo(Math.sqrt(0.1), 12);
  });

  it("refuses what is out of range", () => {
    for (const x of [701, -701, Number.NaN]) expect(() => exp(x)).toThrow(RangeError);
  });
});
