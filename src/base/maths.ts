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
