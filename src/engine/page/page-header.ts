/**
 * The header of a page: 64 bytes, the same for every kind of page.
 *
 * ```
 *  word  0 checksum of all the rest      6 lowest byte of the cells
 *        1 page number                   7 bytes of dead cells
 *        2 page LSN, low 32 bits         8 bytes of the prefix that all keys share
 *        3 page LSN, high 32 bits        9 lower fence (place and length)
 *        4 kind, level, tree            10 upper fence, −1: none
 *        5 slots                        11 first child of an inner node; next free page
 *       12 first page number never used  13 first page of the free list   (of the meta page)
 * ```
 *
 * I1  The checksum is right whenever a page leaves for a drive, and is checked when it comes back.
 * I2  The page LSN is the LSN of the last log record that describes a change of this page.
 */
import { wordChecksum } from "./checksum.ts";
import type { PageMemory } from "./page-memory.ts";

export const HEADER_BYTES = 64;
export const HEADER_WORDS = HEADER_BYTES / 4;

const CHECKSUM = 0;
export const PAGE_ID = 1;
const LSN_LOW = 2;
const LSN_HIGH = 3;
const KIND = 4;
export const SLOTS = 5;
export const CELL_START = 6;
export const GARBAGE = 7;
export const PREFIX = 8;
export const LOWER_FENCE = 9;
export const UPPER_FENCE = 10;
export const FIRST_CHILD = 11;
export const NEXT_PAGE_ID = 12;
export const FREE_LIST = 13;

/** What a page is for. */
export const FREE_PAGE = 0;
export const LEAF_PAGE = 1;
export const INNER_PAGE = 2;
export const META_PAGE = 3;

const TWO_32 = 4_294_967_296;

export function pageIdOf({ words }: PageMemory, base: number): number {
  return words[(base >> 2) + PAGE_ID]!;
}

export function pageKind({ words }: PageMemory, base: number): number {
  return words[(base >> 2) + KIND]! & 0xff;
}

/** Distance from the leaves: 0 for a leaf. */
export function pageLevel({ words }: PageMemory, base: number): number {
  return (words[(base >> 2) + KIND]! >>> 8) & 0xff;
}

export function treeIdOf({ words }: PageMemory, base: number): number {
  return words[(base >> 2) + KIND]! >>> 16;
}

export function slotCount({ words }: PageMemory, base: number): number {
  return words[(base >> 2) + SLOTS]!;
}

/** Clears the page and names it; its LSN becomes 0. */
export function initialisePage(
  memory: PageMemory,
  base: number,
  pageId: number,
  kind: number,
  level: number,
  treeId: number,
): void {
  const { words, pageBytes } = memory;
  const word = base >> 2;
  words.fill(0, word, word + (pageBytes >> 2));
  words[word + PAGE_ID] = pageId;
  words[word + KIND] = kind | (level << 8) | (treeId << 16);
  words[word + CELL_START] = pageBytes;
  words[word + UPPER_FENCE] = -1;
}

export function pageLsn({ words }: PageMemory, base: number): number {
  const word = base >> 2;
  return words[word + LSN_HIGH]! * TWO_32 + (words[word + LSN_LOW]! >>> 0);
}

/** @param lsn an integer, 0 ≤ lsn < 2^53. */
export function setPageLsn({ words }: PageMemory, base: number, lsn: number): void {
  const word = base >> 2;
  words[word + LSN_LOW] = lsn | 0;
  words[word + LSN_HIGH] = Math.floor(lsn / TWO_32);
}

/** Writes the checksum of what the page now holds. */
export function sealPage(memory: PageMemory, base: number): void {
  memory.words[(base >> 2) + CHECKSUM] = checksumOf(memory, base);
}

/** Whether the page is what was once sealed as page `pageId`. */
export function isPageIntact(memory: PageMemory, base: number, pageId: number): boolean {
  const word = base >> 2;
  return (
    memory.words[word + PAGE_ID] === pageId &&
    memory.words[word + CHECKSUM] === checksumOf(memory, base)
  );
}

function checksumOf({ words, pageBytes }: PageMemory, base: number): number {
  const word = base >> 2;
  return wordChecksum(words, word + PAGE_ID, word + (pageBytes >> 2));
}
