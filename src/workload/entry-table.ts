/**
 * The one table of lookups and YCSB: numbered entries with 8-byte keys and values of one size.
 *
 * A key is the entry's number behind a mix of its bits, so that neighbours in number lie far apart,
 * as YCSB's hashed keys do: popular entries share no page, and new ones go anywhere. A value begins
 * with its entry's number, by which readers check that they were given the right one.
 */
import { assert } from "../base/assert.ts";
import { mixBits, unmixBits } from "../base/random.ts";
import type { Database, Tree } from "../engine/model.ts";
import { readU32, writeU32 } from "./row-layout.ts";

export const ENTRY_KEY_BYTES = 8;
export const ENTRY_TREE = "entries";

export function writeEntryKey(key: Uint8Array, entry: number): Uint8Array {
  writeU32(key, 0, mixBits(entry) >>> 0);
  writeU32(key, 4, entry);
  return key;
}

/** Number of the entry under a key. */
export const entryOfKey = (key: Uint8Array): number => readU32(key, 4);

/** Bytes that count up from 0 to 255, over and over: one row for each that comes first. */
let ramps: readonly Uint8Array[] = [];

/** The first value of an entry: its number, then bytes that count up from it. */
export function writeEntryValue(value: Uint8Array, entry: number): Uint8Array {
  const { length } = value;
  if (ramps[0]?.length !== length) ramps = rampsOf(length);
  value.set(ramps[entry & 255]!);
  writeU32(value, 0, entry);
  return value;
}

function rampsOf(length: number): Uint8Array[] {
  const ramp = Uint8Array.from({ length: length + 256 }, (_, index) => index);
  return Array.from({ length: 256 }, (_, first) => ramp.subarray(first, first + length));
}

export function checkEntry(value: Uint8Array | undefined, entry: number): void {
  assert(value !== undefined, "an entry is not there", entry);
  assert(readU32(value, 0) === entry, "an entry has the value of another", entry);
}

/** Entries 0 … count − 1 in key order; the buffers are reused. */
function* entries(
  count: number,
  valueBytes: number,
): Generator<readonly [key: Uint8Array, value: Uint8Array], void, void> {
  const sorted = new Uint32Array(count);
  for (let entry = 0; entry < count; entry++) sorted[entry] = mixBits(entry);
  sorted.sort();
  const key = new Uint8Array(ENTRY_KEY_BYTES);
  const value = new Uint8Array(valueBytes);
  for (const mixed of sorted) {
    const entry = unmixBits(mixed) >>> 0;
    yield [writeEntryKey(key, entry), writeEntryValue(value, entry)];
  }
}

export function loadEntries(database: Database, count: number, valueBytes: number): Tree {
  const tree = database.createTree(ENTRY_TREE);
  database.bulkLoad(tree, entries(count, valueBytes));
  return tree;
}
