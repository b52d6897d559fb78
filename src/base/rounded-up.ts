/** A positive number with two digits that is not smaller: what a message names as enough. */
export function roundedUp(value: number): number {
  const nearest = Number(value.toPrecision(2));
  if (nearest >= value) return nearest;
  const [digits, exponent] = value.toExponential(1).split("e");
  return Number(`${Math.round(Number(digits) * 10) + 1}e${Number(exponent) - 1}`);
}
