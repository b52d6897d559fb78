/**
 * The exponent of Zipf's law under which a scaled twin misses as often as the original.
 *
 * Among fewer entries the same exponent is less skewed, so the twin's is larger. Memory holds
 * pages, not entries: the popularity of a page is the sum of its k entries', whose ranks are
 * random. That the most popular share of entries gets as many requests in both is therefore not
 * enough: twins would read 3 to 10 % too much.
 *
 * The miss rate is Che's approximation of LRU, which the clock comes close to: whatever was asked
 * for within the last T requests is in memory, and T is such that this fills it. [che02] A page
 * whose entries have popularities p₁ … p_k was not asked for with probability e^(−p₁T) · … ·
 * e^(−p_kT). The entries that share a page are k draws from all n, so the mean of that product is a
 * product of means, φ(T) = Σ e^(−pT) ÷ n each, and no page has to be looked at:
 *
 *   share of pages that are not in memory      φ(T)^k = 1 − cached share   (gives T)
 *   share of requests for pages that are not   Σ p e^(−pT) · φ(T)^(k−1)
 *
 * With one entry per page that is Che's formula. Of a billion ranks neighbours hardly differ: they
 * are summed up in bins, each an eighth as wide as its first rank.
 */
import { exp, ln, power } from "../base/maths.ts";
import { zipfIntegral } from "./keys.ts";
import type { EntriesTwin } from "./twin.ts";

/** Bins of half the width move no miss rate above 1 % by more than a five-hundredth of it. */
const BIN_WIDTH = 1 / 8;
/** Of the brackets of T and theta: then both are good to a millionth. */
const HALVINGS = 30;
/** e^−700 is nothing beside the other terms, and as far as `exp` goes. */
const EXPONENT_MAX = 700;

/** Bins of ranks: how many entries each has, and the popularity of one of them. */
interface Bins {
  readonly entries: readonly number[];
  readonly popularity: readonly number[];
}

function binsOf(count: number, theta: number): Bins {
  const entries: number[] = [];
  const weights: number[] = [];
  let total = 0;
  for (let first = 1; first <= count; ) {
    const width = Math.min(Math.ceil(first * BIN_WIDTH), count + 1 - first);
    const [from, to] = [first - 0.5, first + width - 0.5];
    // The integral is no good for the first ranks, which are bins of their own. Taken from its
    // lower end it is not the small difference of two large numbers.
    const weight =
      width === 1 ? power(first, -theta) : power(from, 1 - theta) * zipfIntegral(to / from, theta);
    entries.push(width);
    weights.push(weight / width);
    total += weight;
    first += width;
  }
  return { entries, popularity: weights.map((weight) => weight / total) };
}

/** φ(T): mean over the entries of the probability that nobody asks for one in T requests. */
function idleShare({ entries, popularity }: Bins, requests: number): number {
  let [sum, count] = [0, 0];
  for (let bin = 0; bin < entries.length; bin++) {
    const exponent = popularity[bin]! * requests;
    if (exponent < EXPONENT_MAX) sum += entries[bin]! * exp(-exponent);
    count += entries[bin]!;
  }
  return sum / count;
}

/** Σ p e^(−pT): share of requests for an entry that nobody asked for in the T requests before. */
function idleRequests({ entries, popularity }: Bins, requests: number): number {
  let sum = 0;
  for (let bin = 0; bin < entries.length; bin++) {
    const exponent = popularity[bin]! * requests;
    if (exponent < EXPONENT_MAX) sum += entries[bin]! * popularity[bin]! * exp(-exponent);
  }
  return sum;
}

/**
 * Share of requests that find their page missing.
 * @param cachedShare share of the pages that memory holds, between 0 and 1, excluding both.
 */
export function zipfMissRate(
  count: number,
  theta: number,
  perPage: number,
  cachedShare: number,
): number {
  const bins = binsOf(count, theta);
  const logIdle = ln(1 - cachedShare) / perPage;
  const idle = exp(logIdle);
  // As long as T would be if all entries were as popular as the mean, and as the rarest.
  let low = -logIdle * count;
  let high = -logIdle / bins.popularity.at(-1)!;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = Math.sqrt(low * high);
    if (idleShare(bins, middle) > idle) low = middle;
    else high = middle;
  }
  return idleRequests(bins, low) * exp(((perPage - 1) / perPage) * ln(1 - cachedShare));
}

/**
 * The exponent of a twin, at most one above the original's: what would need more reads next to
 * nothing, and with still more skew its clients would only meet at one entry.
 * @returns `theta` itself where nothing is scaled or everything is in memory.
 */
export function twinTheta(
  theta: number,
  { nominalCount, count, perLeaf }: EntriesTwin,
  cachedShare: number,
): number {
  if (cachedShare >= 1 || cachedShare <= 0 || count >= nominalCount) return theta;
  const wanted = zipfMissRate(nominalCount, theta, perLeaf, cachedShare);
  let low = theta;
  let high = theta + 1;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (zipfMissRate(count, middle, perLeaf, cachedShare) > wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
