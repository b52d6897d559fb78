/**
 * Zipf's law for a scaled twin: it misses as often as the original, and its clients meet at popular
 * entries hardly more often.
 *
 * How many requests go to one entry decides how long locks on it are waited for, and among fewer
 * entries each gets more: with an exponent of 0.99 the first of 10 million gets 5.5 % of them, of
 * 20 thousand 9 %. So the twin's most popular entries are the original's, with its popularity. All
 * others share what is left, by an exponent of their own.
 *
 * That exponent is larger than the original's, for among fewer entries the same one is less skewed.
 * Memory holds pages, not entries: the popularity of a page is the sum of its k entries', whose
 * ranks are random. That the most popular share of entries gets as many requests in both is
 * therefore not enough: twins would read 3 to 10 % too much.
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
import type { RandomStream } from "../base/random.ts";
import { type KeyChooser, ZipfKeys, zipfIntegral } from "./keys.ts";
import type { EntriesTwin } from "./twin.ts";

/** Bins of half the width move no miss rate above 1 % by more than a five-hundredth of it. */
const BIN_WIDTH = 1 / 8;
/**
 * Entries that keep their popularity: with twice as many, clients meet 5 % less often, and in a
 * small pool their pages take twice the room.
 */
const HEAD = 32;
/** A twin has so many times as many entries as keep their popularity. */
const ENTRIES_PER_HEAD = 64;
/** Of the brackets of T and theta: then both are good to a millionth. */
const HALVINGS = 30;
/** e^−700 is nothing beside the other terms, and as far as `exp` goes. */
const EXPONENT_MAX = 700;

/** Bins of ranks: how many entries each has, and the popularity of one of them. */
interface Bins {
  readonly entries: number[];
  readonly popularity: number[];
}

/** Adds the ranks behind the first `leftOut` of `count`, which get `share` of all requests. */
function addBins(bins: Bins, leftOut: number, count: number, theta: number, share: number): void {
  const weights: number[] = [];
  const from = bins.entries.length;
  let total = 0;
  for (let first = leftOut + 1; first <= count; ) {
    const width = Math.min(Math.ceil(first * BIN_WIDTH), count + 1 - first);
    const weight = weightOf(first, width, theta);
    bins.entries.push(width);
    weights.push(weight / width);
    total += weight;
    first += width;
  }
  for (const [index, weight] of weights.entries()) {
    bins.popularity[from + index] = (weight * share) / total;
  }
}

/** Sum of `width` ranks from `first` on, each to the power −theta. */
function weightOf(first: number, width: number, theta: number): number {
  // The integral is no good for the first ranks, which are bins of their own.
  if (width === 1) return power(first, -theta);
  // Taken from its lower end it is not the small difference of two large numbers.
  const [from, to] = [first - 0.5, first + width - 0.5];
  return power(from, 1 - theta) * zipfIntegral(to / from, theta);
}

function binsOf(count: number, theta: number): Bins {
  const bins: Bins = { entries: [], popularity: [] };
  addBins(bins, 0, count, theta, 1);
  return bins;
}

/** The twin's: the most popular of the original's entries, and the others by `tailTheta`. */
function twinBins({ count }: EntriesTwin, original: Bins, tailTheta: number): Bins {
  const head = headOf(count);
  const bins: Bins = { entries: [], popularity: [] };
  let left = 1;
  let bin = 0;
  for (let rank = 0; rank < head; bin++) {
    const [entries, popularity] = [original.entries[bin]!, original.popularity[bin]!];
    const kept = Math.min(entries, head - rank);
    bins.entries.push(kept);
    bins.popularity.push(popularity);
    left -= kept * popularity;
    rank += kept;
  }
  addBins(bins, head, count, tailTheta, left);
  return bins;
}

/** How many entries of a twin keep their popularity. */
const headOf = (count: number): number => Math.min(HEAD, Math.floor(count / ENTRIES_PER_HEAD));

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
export const zipfMissRate = (
  count: number,
  theta: number,
  perPage: number,
  cachedShare: number,
): number => missRate(binsOf(count, theta), perPage, cachedShare);

function missRate(bins: Bins, perPage: number, cachedShare: number): number {
  const count = bins.entries.reduce((sum, entries) => sum + entries, 0);
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
 * The exponent of a twin's less popular entries, at most one above the original's: what would need
 * more reads next to nothing.
 * @returns `theta` itself where nothing is scaled or everything is in memory.
 */
export function twinTheta(theta: number, twin: EntriesTwin, cachedShare: number): number {
  const { nominalCount, count, perLeaf } = twin;
  if (cachedShare >= 1 || cachedShare <= 0 || count >= nominalCount) return theta;
  const original = binsOf(nominalCount, theta);
  const wanted = missRate(original, perLeaf, cachedShare);
  let low = theta;
  let high = theta + 1;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (missRate(twinBins(twin, original, middle), perLeaf, cachedShare) > wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** What draws the keys of a twin's clients, each from a stream of its own. */
export function twinKeys(
  theta: number,
  twin: EntriesTwin,
  cachedShare: number,
): (random: RandomStream) => KeyChooser {
  if (twin.count >= twin.nominalCount) return (random) => new ZipfKeys(random, theta);
  const tailTheta = twinTheta(theta, twin, cachedShare);
  return (random) => new TwinKeys(random, twin, theta, tailTheta);
}

class TwinKeys implements KeyChooser {
  readonly #nominalCount: number;
  readonly #head: number;
  readonly #original: ZipfKeys;
  readonly #tail: ZipfKeys;

  constructor(
    random: RandomStream,
    { nominalCount, count }: EntriesTwin,
    theta: number,
    tailTheta: number,
  ) {
    this.#nominalCount = nominalCount;
    this.#head = headOf(count);
    this.#original = new ZipfKeys(random, theta);
    this.#tail = new ZipfKeys(random, tailTheta, this.#head);
  }

  next(count: number): number {
    const rank = this.#original.next(this.#nominalCount);
    return rank < this.#head ? rank : this.#tail.next(count);
  }
}
