/**
 * Portable maths: the same bits on every JavaScript engine.
 *
 * Only + − × ÷ sqrt and integers are specified to the last bit by ECMAScript; `Math.log` and its
 * family are not, and do differ between engines.
 */
const LN_2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;

const buffer = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm of a finite x > 0 that is not subnormal; error below 2 units in the last place.
 *
 * x = 2^k · m with m in [√½, √2), and ln m = 2 artanh((m−1)/(m+1)) by its odd power series.
 * @throws RangeError for any other x.
 */
export function ln(x: number): number {
  if (!(x >= 2.2250738585072014e-308) || x === Number.POSITIVE_INFINITY) {
    throw new RangeError(`ln is not defined here for ${x}`);
  }
  buffer.setFloat64(0, x);
  const high = buffer.getUint32(0);
  let exponent = (high >>> 20) - 1022;
  buffer.setUint32(0, (high & 0x000fffff) | 0x3fe00000);
  let mantissa = buffer.getFloat64(0);
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent -= 1;
  }
  const above = mantissa - 1;
  const ratio = above / (mantissa + 1);
  const square = ratio * ratio;
  // ratio ≤ 0.172, so the terms fall by a factor of at least 34 each: twelve reach 2^-60.
  let sum = 0;
  for (let term = 23; term >= 3; term -= 2) sum = square * (1 / term + sum);
  // 2 ratio (1 + sum), written so that the rounding of `ratio` is scaled down by the exact `above`.
  return exponent * LN_2 + (above - ratio * (above - 2 * sum));
}

/** ln 2 in two parts, so that subtracting multiples of it keeps the last bits. */
const LN_2_HIGH = 0.6931471803691238;
const LN_2_LOW = 1.9082149292705877e-10;

/**
 * e to the power x, for |x| ≤ 700; relative error below 4 · 10⁻¹⁶ for |x| ≤ 1 and 10⁻¹³ anywhere.
 *
 * x = k ln 2 + r with |r| ≤ ½ ln 2, the power series for r, and 2^k by the exponent's bits.
 * @throws RangeError for any other x.
 */
export function exp(x: number): number {
  if (!(x >= -700 && x <= 700)) throw new RangeError(`exp is not defined here for ${x}`);
  const power = Math.round(x / LN_2);
  const rest = x - power * LN_2_HIGH - power * LN_2_LOW;
  // |rest| ≤ 0.347: the term of order 15 is below 2^-60.
  let sum = 1;
  for (let term = 15; term >= 1; term--) sum = 1 + (rest * sum) / term;
  buffer.setUint32(0, (power + 1023) << 20);
  buffer.setUint32(4, 0);
  return sum * buffer.getFloat64(0);
}

/** `base` to the power `exponent`, for base > 0 and within the limits of `ln` and `exp`. */
export function power(base: number, exponent: number): number {
  return exp(exponent * ln(base));
}
