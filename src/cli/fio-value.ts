/** Values as fio writes them: sizes with `kb_base`, durations, counts; and facets. */
import { badValue } from "../base/usage-error.ts";

/** fio's `kb_base`: what `k` means. */
export type KbBase = 1000 | 1024;

const PREFIXES = ["", "k", "m", "g", "t", "p"] as const;

/**
 * Bytes of `4k`, `1m`, `64KiB`.
 *
 * With a base of 1024, fio's default, `4k` is 4096 and `4ki` is 4000; with 1000 it is the other way
 * round.
 * @throws UsageError naming `field`.
 */
export function parseSize(text: string, base: KbBase, field: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?$/i.exec(text.trim());
  const prefix = match?.[2]?.toLowerCase() ?? "";
  if (!match || (match[3] !== "" && prefix === "")) {
    throw badValue(field, text, "give a size such as 512, 4k or 1m");
  }
  const isBinary = (match[3] === "") === (base === 1024);
  let bytes = Number(match[1]);
  for (let step = PREFIXES.indexOf(prefix as (typeof PREFIXES)[number]); step > 0; step--) {
    bytes *= isBinary ? 1024 : 1000;
  }
  if (!Number.isSafeInteger(bytes)) {
    throw badValue(field, text, "give a whole number of bytes below 2^53");
  }
  return bytes;
}

const MICROSECONDS: Readonly<Record<string, number>> = {
  us: 1,
  usec: 1,
  ms: 1e3,
  msec: 1e3,
  "": 1e6,
  s: 1e6,
  sec: 1e6,
  m: 60e6,
  min: 60e6,
  h: 3_600e6,
  d: 86_400e6,
};

/**
 * Microseconds of `200us`, `50ms`, `2s`, `1m`; a plain number is seconds, as in fio.
 * @throws UsageError naming `field`.
 */
export function parseDurationUs(text: string, field: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = MICROSECONDS[match?.[2]?.toLowerCase() ?? "?"];
  if (!match || factor === undefined) {
    const units = "us, ms, s, m, h or d behind it; a plain number is seconds";
    throw badValue(field, text, `give a time such as 200us or 50ms, with ${units}`);
  }
  return Number(match[1]) * factor;
}

/**
 * As `parseDurationUs`, for how long a run takes: at most `maxUs`, and 0 only if `mayBeZero`.
 * @throws UsageError naming `field`.
 */
export function parseRunUs(text: string, field: string, maxUs: number, mayBeZero: boolean): number {
  const us = parseDurationUs(text, field);
  if (us <= maxUs && (us > 0 || mayBeZero)) return us;
  const above = mayBeZero ? "of at least 0" : "above 0";
  throw badValue(field, text, `give a time ${above} and of at most one hour`);
}

/**
 * A whole number from `min` to `max`.
 * @throws UsageError naming `field`, the value and the range.
 */
export function parseCount(text: string, field: string, min: number, max: number): number {
  const value = /^[+-]?\d+(?:\.\d+)?(?:e\+?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badValue(field, text, `give a whole number from ${min} to ${max}`);
}

/**
 * `0` or `1`, as fio's flags.
 * @throws UsageError naming `field`.
 */
export function parseFlag(text: string, field: string): boolean {
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  throw badValue(field, text, "give 0 or 1");
}

/**
 * Backends by facet: `storage=unikernel,scheduler=linux`.
 * @param facets those that may be taken from another backend.
 * @throws UsageError naming `field`.
 */
export function parseFacets(
  text: string,
  field: string,
  facets: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [facet = "", id = "", ...rest] = part.split("=");
      if (facet === "memory" && !facets.includes(facet)) {
        throw badValue(field, text, "raw I/O uses no memory facet; `vm` and `db` do");
      }
      if (!facets.includes(facet) || id === "" || rest.length > 0) {
        throw badValue(field, text, `give facet=backend with a facet of ${facets.join(", ")}`);
      }
      return [facet, id];
    }),
  );
}
