/**
 * Slotted pages: sorted records with keys and values of any length, for leaves and inner nodes.
 *
 * Slots grow upwards behind the header, cells downwards from the end. A slot is two words: the
 * first four bytes of the key's suffix as a number that compares like them (its *head*), and where
 * the cell is with the length of the suffix. A cell is the value's length, the suffix and the
 * value, each padded to whole words. All keys between the fences begin with the fences' common
 * prefix; only what comes after it, the suffix, is stored and compared.
 *
 * An inner node is the same page: slot i holds the lowest key of child i, the value is the child's
 * reference (one word), and keys below slot 0 belong to the first child, which the header names.
 *
 * I1  Suffixes ascend strictly, as unsigned bytes, a prefix before what it begins.
 * I2  lower fence ≤ every key < upper fence (an inner node's separators: lower fence < separator).
 * I3  Slots and cells never overlap; bytes of dead cells are counted in the header.
 *
 * The free functions take `(memory, base)`, so that a lookup allocates nothing.
 */
import { assert } from "../../base/assert.ts";
import {
  CELL_START,
  FIRST_CHILD,
  GARBAGE,
  HEADER_BYTES,
  HEADER_WORDS,
  initialisePage,
  LOWER_FENCE,
  PREFIX,
  pageIdOf,
  pageKind,
  pageLevel,
  pageLsn,
  SLOTS,
  setPageLsn,
  slotCount,
  treeIdOf,
  UPPER_FENCE,
} from "./page-header.ts";
import { PAGE_BYTES_MAX, type PageMemory, pageInBytes } from "./page-memory.ts";
import { CELL_HEADER_BYTES, headOf } from "./search.ts";

export const SLOT_BYTES = 8;
const NO_BYTES = new Uint8Array(0);
/** Of a record that goes from one page to another; nobody reads it afterwards. */
const keyOnItsWay = new Uint8Array(PAGE_BYTES_MAX >> 4);

/** Longest key, and longest record (key and value), that a page of this size takes. */
export const keyBytesMax = (pageBytes: number): number => pageBytes >> 4;
export const recordBytesMax = (pageBytes: number): number => pageBytes >> 2;

/** Makes an empty node between `lower` (inclusive) and `upper` (exclusive; undefined: no end). */
export function formatNode(
  memory: PageMemory,
  base: number,
  pageId: number,
  kind: number,
  level: number,
  treeId: number,
  lower: Uint8Array,
  upper: Uint8Array | undefined,
): void {
  initialisePage(memory, base, pageId, kind, level, treeId);
  const word = base >> 2;
  memory.words[word + LOWER_FENCE] = storeFence(memory, base, lower);
  if (upper === undefined) return;
  memory.words[word + UPPER_FENCE] = storeFence(memory, base, upper);
  let prefix = 0;
  const most = Math.min(lower.length, upper.length);
  while (prefix < most && lower[prefix] === upper[prefix]) prefix += 1;
  memory.words[word + PREFIX] = prefix;
}

function storeFence(memory: PageMemory, base: number, key: Uint8Array): number {
  const word = base >> 2;
  const start = (memory.words[word + CELL_START]! - key.length) & ~3;
  memory.words[word + CELL_START] = start;
  memory.bytes.set(key, base + start);
  return (start >> 2) | (key.length << 16);
}

export function lowerFence(memory: PageMemory, base: number): Uint8Array {
  return fence(memory, base, memory.words[(base >> 2) + LOWER_FENCE]!);
}

/** Undefined: the node has no upper end. */
export function upperFence(memory: PageMemory, base: number): Uint8Array | undefined {
  const stored = memory.words[(base >> 2) + UPPER_FENCE]!;
  return stored === -1 ? undefined : fence(memory, base, stored);
}

function fence({ bytes }: PageMemory, base: number, stored: number): Uint8Array {
  const start = base + ((stored & 0xffff) << 2);
  return bytes.slice(start, start + (stored >>> 16));
}

/** Offset of a record's value in `memory.bytes`. */
export function valueStart({ words }: PageMemory, base: number, position: number): number {
  const place = words[(base >> 2) + HEADER_WORDS + 2 * position + 1]!;
  return base + ((place & 0xffff) << 2) + CELL_HEADER_BYTES + (((place >>> 16) + 3) & ~3);
}

export function valueLength({ words }: PageMemory, base: number, position: number): number {
  const place = words[(base >> 2) + HEADER_WORDS + 2 * position + 1]!;
  return words[(base >> 2) + (place & 0xffff)]!;
}

/** A view of a record's value; it is the page's own memory. */
export function valueView(memory: PageMemory, base: number, position: number): Uint8Array {
  const { words, buffer, origin } = memory;
  const place = words[(base >> 2) + HEADER_WORDS + 2 * position + 1]!;
  const cell = (base >> 2) + (place & 0xffff);
  const start = (cell << 2) + CELL_HEADER_BYTES + (((place >>> 16) + 3) & ~3);
  // A constructor takes half the time of `subarray`.
  return new Uint8Array(buffer, origin + start, words[cell]!);
}

export function keyLength({ words }: PageMemory, base: number, position: number): number {
  const word = base >> 2;
  return words[word + PREFIX]! + (words[word + HEADER_WORDS + 2 * position + 1]! >>> 16);
}

/** Copies a record's whole key to the beginning of `into`; returns its length. */
export function copyKey(
  memory: PageMemory,
  base: number,
  position: number,
  into: Uint8Array,
): number {
  const { bytes, words } = memory;
  const word = base >> 2;
  const prefix = words[word + PREFIX]!;
  const prefixStart = base + ((words[word + LOWER_FENCE]! & 0xffff) << 2);
  for (let index = 0; index < prefix; index++) into[index] = bytes[prefixStart + index]!;
  const place = words[word + HEADER_WORDS + 2 * position + 1]!;
  const length = place >>> 16;
  const start = base + ((place & 0xffff) << 2) + CELL_HEADER_BYTES;
  for (let index = 0; index < length; index++) into[prefix + index] = bytes[start + index]!;
  return prefix + length;
}

/** A record's whole key, in memory of its own. */
export function keyAt(memory: PageMemory, base: number, position: number): Uint8Array {
  const key = new Uint8Array(keyLength(memory, base, position));
  copyKey(memory, base, position, key);
  return key;
}

/** Bytes that a record with this key and value takes in this page, its slot included. */
export function recordBytes(
  { words }: PageMemory,
  base: number,
  keyBytes: number,
  valueBytes: number,
): number {
  return SLOT_BYTES + cellBytes(keyBytes - words[(base >> 2) + PREFIX]!, valueBytes);
}

/** Bytes that the record at `position` takes, its slot included. */
export function recordSize(memory: PageMemory, base: number, position: number): number {
  const suffix = memory.words[(base >> 2) + HEADER_WORDS + 2 * position + 1]! >>> 16;
  return SLOT_BYTES + cellBytes(suffix, valueLength(memory, base, position));
}

function cellBytes(suffixBytes: number, valueBytes: number): number {
  return CELL_HEADER_BYTES + ((suffixBytes + 3) & ~3) + ((valueBytes + 3) & ~3);
}

/** Bytes between slots and cells. */
function gapBytes({ words }: PageMemory, base: number): number {
  const word = base >> 2;
  return words[word + CELL_START]! - HEADER_BYTES - SLOT_BYTES * words[word + SLOTS]!;
}

/** Bytes that new records may take, dead cells included. */
export function freeBytes(memory: PageMemory, base: number): number {
  return gapBytes(memory, base) + memory.words[(base >> 2) + GARBAGE]!;
}

/** Inserts a record at `position`; returns false, and changes nothing, when it does not fit. */
export function insertAt(
  memory: PageMemory,
  base: number,
  position: number,
  key: Uint8Array,
  value: Uint8Array,
): boolean {
  const start = insertKey(memory, base, position, key, key.length, value.length);
  if (start < 0) return false;
  memory.bytes.set(value, start);
  return true;
}

/**
 * Inserts a record whose key is the first `keyBytes` of `key`, and no value yet.
 * @returns where in `memory.bytes` the value belongs, or −1: the record does not fit.
 */
function insertKey(
  memory: PageMemory,
  base: number,
  position: number,
  key: Uint8Array,
  keyBytes: number,
  valueBytes: number,
): number {
  const { bytes, words } = memory;
  const word = base >> 2;
  const prefix = words[word + PREFIX]!;
  const suffix = keyBytes - prefix;
  const cell = cellBytes(suffix, valueBytes);
  if (gapBytes(memory, base) < cell + SLOT_BYTES) {
    if (freeBytes(memory, base) < cell + SLOT_BYTES) return -1;
    compact(memory, base);
  }
  const start = words[word + CELL_START]! - cell;
  words[word + CELL_START] = start;
  const count = words[word + SLOTS]!;
  words[word + SLOTS] = count + 1;
  const slot = word + HEADER_WORDS + 2 * position;
  if (position < count) words.copyWithin(slot + 2, slot, word + HEADER_WORDS + 2 * count);
  words[slot] = headOf(key, prefix, keyBytes);
  words[slot + 1] = (start >> 2) | (suffix << 16);
  words[(base + start) >> 2] = valueBytes;
  const keyStart = base + start + CELL_HEADER_BYTES;
  for (let index = 0; index < suffix; index++) bytes[keyStart + index] = key[prefix + index]!;
  return keyStart + ((suffix + 3) & ~3);
}

export function removeAt(memory: PageMemory, base: number, position: number): void {
  const { words } = memory;
  const word = base >> 2;
  const slot = word + HEADER_WORDS + 2 * position;
  const valueBytes = valueLength(memory, base, position);
  words[word + GARBAGE]! += cellBytes(words[slot + 1]! >>> 16, valueBytes);
  const count = words[word + SLOTS]!;
  words.copyWithin(slot, slot + 2, word + HEADER_WORDS + 2 * count);
  words[word + SLOTS] = count - 1;
}

/** Gives a record another value; returns false, and changes nothing, when it does not fit. */
export function replaceValueAt(
  memory: PageMemory,
  base: number,
  position: number,
  value: Uint8Array,
): boolean {
  const oldBytes = valueLength(memory, base, position);
  if (oldBytes === value.length) {
    memory.bytes.set(value, valueStart(memory, base, position));
    return true;
  }
  const suffix = memory.words[(base >> 2) + HEADER_WORDS + 2 * position + 1]! >>> 16;
  const more = cellBytes(suffix, value.length) - cellBytes(suffix, oldBytes);
  if (more > freeBytes(memory, base)) return false;
  const key = keyAt(memory, base, position);
  removeAt(memory, base, position);
  return insertAt(memory, base, position, key, value);
}

/** Removes every record at or above `position` and makes `upper` the end of the node. */
export function truncate(
  memory: PageMemory,
  base: number,
  position: number,
  upper: Uint8Array,
): void {
  rebuild(memory, base, 0, position, lowerFence(memory, base), upper);
}

/** Moves all cells together; afterwards no byte is wasted. */
function compact(memory: PageMemory, base: number): void {
  const count = slotCount(memory, base);
  rebuild(memory, base, 0, count, lowerFence(memory, base), upperFence(memory, base));
}

/** Bytes that records and fences take, dead cells left out. */
export function usedBytes(memory: PageMemory, base: number): number {
  return memory.pageBytes - HEADER_BYTES - freeBytes(memory, base);
}

function rebuild(
  memory: PageMemory,
  base: number,
  from: number,
  to: number,
  lower: Uint8Array,
  upper: Uint8Array | undefined,
): void {
  const { bytes, words, pageBytes } = memory;
  const copy = pageInBytes(bytes.slice(base, base + pageBytes));
  const pageId = pageIdOf(copy, 0);
  const level = pageLevel(copy, 0);
  formatNode(memory, base, pageId, pageKind(copy, 0), level, treeIdOf(copy, 0), lower, upper);
  setPageLsn(memory, base, pageLsn(copy, 0));
  words.set(copy.words.subarray(FIRST_CHILD, HEADER_WORDS), (base >> 2) + FIRST_CHILD);
  appendRange(memory, base, copy, 0, from, to);
}

/**
 * Appends records `from` ≤ position < `to` of another node, whose keys are above all of this one.
 */
export function appendRange(
  memory: PageMemory,
  base: number,
  source: PageMemory,
  sourceBase: number,
  from: number,
  to: number,
): void {
  for (let position = from; position < to; position++) {
    const keyBytes = copyKey(source, sourceBase, position, keyOnItsWay);
    const valueBytes = valueLength(source, sourceBase, position);
    const end = slotCount(memory, base);
    const start = insertKey(memory, base, end, keyOnItsWay, keyBytes, valueBytes);
    assert(start >= 0, "what has fitted into one node fits into its successor");
    // Values begin at whole words and are padded to them.
    const from = valueStart(source, sourceBase, position) >> 2;
    const to = start >> 2;
    const words = (valueBytes + 3) >> 2;
    for (let word = 0; word < words; word++) memory.words[to + word] = source.words[from + word]!;
  }
}

/** Adds a record whose key is above all others; returns false when it does not fit. */
export function append(
  memory: PageMemory,
  base: number,
  key: Uint8Array,
  value: Uint8Array = NO_BYTES,
): boolean {
  return insertAt(memory, base, slotCount(memory, base), key, value);
}
