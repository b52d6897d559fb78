/** Amounts as people write them. */

/** Four digits at most. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** `500 ns`, `1.5 ms`: four digits at most. */
export function timeText(ns: number): string {
  if (ns >= 1e9) return `${short(ns / 1e9)} s`;
  if (ns >= 1e6) return `${short(ns / 1e6)} ms`;
  return ns >= 1e3 ? `${short(ns / 1e3)} µs` : `${short(ns)} ns`;
}

const UNITS = [
  ["TB", 1e12],
  ["TiB", 2 ** 40],
  ["GB", 1e9],
  ["GiB", 2 ** 30],
  ["MB", 1e6],
  ["MiB", 2 ** 20],
  ["kB", 1e3],
  ["KiB", 2 ** 10],
] as const;

/** `128 GiB`, `1 TB`: whole in the largest unit that makes it so; else rounded. */
export function sizeText(bytes: number): string {
  const whole = UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return whole === undefined ? roundedBytes(bytes) : `${bytes / whole[1]} ${whole[0]}`;
}

/** `171.8 MB`: four digits at most, in decimal units. */
export function roundedBytes(bytes: number): string {
  const unit = UNITS.find(([name, size]) => !name.includes("i") && bytes >= size);
  return unit === undefined ? `${short(bytes)} B` : `${short(bytes / unit[1])} ${unit[0]}`;
}
