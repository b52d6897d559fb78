/**
 * Which page of the file holds which page of the database, on the drives: two meta pages in turn,
 * map pages behind them.
 *
 * | place | content |
 * |---|---|
 * | 0, 1 | meta: checksum, magic, epoch, and where each map page lies |
 * | any | map page: checksum, number, epoch, places of 1,000 pages of the database |
 *
 * The meta page with the higher epoch whose checksum holds is the database. What it leads to is
 * never overwritten while it does: whatever changes goes to a free place first.
 */
import { UsageError } from "../../../base/usage-error.ts";
import { wordChecksum } from "../../page/checksum.ts";

export const META_PLACES = 2;
/** Pages of the database that one map page knows. */
export const MAP_ENTRIES = 1_000;
const MAGIC = 0x5348_4457;
const HEADER_WORDS = 4;
const MAP_PAGES_MAX = 1_000;

/** A page of 4 KiB as words. */
export function emptyPage(pageBytes: number): Int32Array {
  return new Int32Array(pageBytes >> 2);
}

/** @throws UsageError when a meta page cannot name so many map pages. */
export function mapPagesOf(filePages: number): number {
  const count = Math.ceil(filePages / MAP_ENTRIES);
  if (count > MAP_PAGES_MAX) {
    throw new UsageError(
      `filePages: shadow paging knows ${MAP_PAGES_MAX * MAP_ENTRIES} pages, not ${filePages}`,
    );
  }
  return count;
}

export function metaPage(pageBytes: number, epoch: number, mapPlaces: Int32Array): Int32Array {
  const words = emptyPage(pageBytes);
  words[1] = MAGIC;
  words[2] = epoch;
  words[3] = mapPlaces.length;
  words.set(mapPlaces, HEADER_WORDS);
  return sealed(words);
}

/** Epoch and places of the map pages; undefined: this is no whole meta page. */
export function readMeta(words: Int32Array): { epoch: number; mapPlaces: Int32Array } | undefined {
  if (words[1] !== MAGIC || !isSealed(words)) return undefined;
  return { epoch: words[2]!, mapPlaces: words.slice(HEADER_WORDS, HEADER_WORDS + words[3]!) };
}

export function mapPage(
  pageBytes: number,
  number: number,
  epoch: number,
  places: Int32Array,
): Int32Array {
  const words = emptyPage(pageBytes);
  words[1] = number;
  words[2] = epoch;
  words.set(places.subarray(number * MAP_ENTRIES, (number + 1) * MAP_ENTRIES), HEADER_WORDS);
  return sealed(words);
}

/** Places of the pages that map page `number` knows; undefined: it is not whole, or another one. */
export function readMap(words: Int32Array, number: number): Int32Array | undefined {
  if (words[1] !== number || !isSealed(words)) return undefined;
  return words.subarray(HEADER_WORDS, HEADER_WORDS + MAP_ENTRIES);
}

function sealed(words: Int32Array): Int32Array {
  words[0] = wordChecksum(words, 1, words.length);
  return words;
}

const isSealed = (words: Int32Array): boolean => words[0] === wordChecksum(words, 1, words.length);
