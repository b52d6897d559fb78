/** JSON with the same bytes for the same value. */

/**
 * Text of a JSON value, `indent` spaces deep, without a final line feed.
 *
 * Keys are sorted by code unit, unless `order` is "given"; members that are undefined are left out,
 * and BigInt becomes a decimal string because JSON numbers end at 2^53.
 * @throws RangeError for a number that JSON cannot hold: NaN or an infinity.
 */
export function stableJson(
  value: unknown,
  indent = 0,
  order: "sorted" | "given" = "sorted",
): string {
  return JSON.stringify(plain(value, order), null, indent) ?? "null";
}

function plain(value: unknown, order: "sorted" | "given"): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`${value} cannot be written as JSON`);
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, order));
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value);
  if (order === "sorted") keys.sort();
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(keys.map((key) => [key, plain(members[key], order)]));
}
