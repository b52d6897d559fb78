/** Customers' last names (clause 4.3.2.3): three syllables by the digits of a number 0 … 999. */
const SYLLABLES = [
  "BAR",
  "OUGHT",
  "ABLE",
  "PRI",
  "PRES",
  "ESE",
  "ANTI",
  "CALLY",
  "ATION",
  "EING",
] as const;

/** Each name as 16 bytes, zeroes behind it. */
const NAMES: readonly Uint8Array[] = Array.from({ length: 1_000 }, (_, number) => {
  const digits = [Math.floor(number / 100), Math.floor(number / 10) % 10, number % 10];
  const text = digits.map((digit) => SYLLABLES[digit]).join("");
  return Uint8Array.from({ length: 16 }, (_byte, index) => text.charCodeAt(index) || 0);
});

export function lastName(number: number): Uint8Array {
  const name = NAMES[number];
  if (name === undefined) throw new RangeError(`${number} is no number of a last name`);
  return name;
}
