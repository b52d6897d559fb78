/**
 * Searching a node: binary search over the heads in its slots.
 *
 * A head is the first four bytes of a key behind the prefix that the node's fences share. Only
 * where heads are equal and keys are longer is a cell looked at.
 */
import { HEADER_WORDS, PREFIX, SLOTS } from "./page-header.ts";
import type { PageMemory } from "./page-memory.ts";

/** A cell begins with its value's length; the key's suffix follows. */
export const CELL_HEADER_BYTES = 4;
/** Lets signed comparison order heads as unsigned ones. */
const SIGN = 0x8000_0000 | 0;

/**
 * The position of `key`, or, when it is not there, `~position` of the first record above it.
 *
 * `key` lies between the fences.
 */
export function search(memory: PageMemory, base: number, key: Uint8Array): number {
  const words = memory.words;
  const word = base >> 2;
  const from = words[word + PREFIX]!;
  const head = headOf(key, from);
  const slots = word + HEADER_WORDS;
  let low = 0;
  let high = words[word + SLOTS]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const slot = slots + 2 * middle;
    const other = words[slot]!;
    if (other < head) low = middle + 1;
    else if (other > head) high = middle;
    else {
      const order = compareTail(memory, base, words[slot + 1]!, key, from);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
  }
  return ~low;
}

/**
 * The first four bytes of `key` behind `from`, such that signed order is the bytes' order.
 * @param length bytes of `key` that count.
 */
export function headOf(key: Uint8Array, from: number, length: number = key.length): number {
  const left = length - from;
  if (left >= 4) {
    return (
      ((key[from]! << 24) | (key[from + 1]! << 16) | (key[from + 2]! << 8) | key[from + 3]!) ^ SIGN
    );
  }
  let head = 0;
  for (let index = 0; index < left; index++) head |= key[from + index]! << (24 - 8 * index);
  return head ^ SIGN;
}

/** Order of a stored suffix relative to `key` behind `from`, when their heads are equal. */
function compareTail(
  { bytes }: PageMemory,
  base: number,
  place: number,
  key: Uint8Array,
  from: number,
): number {
  const length = place >>> 16;
  const start = base + ((place & 0xffff) << 2) + CELL_HEADER_BYTES;
  const keyLength = key.length - from;
  const most = length < keyLength ? length : keyLength;
  // Zero padding made heads equal although one key is shorter: then the lengths decide.
  for (let index = 4; index < most; index++) {
    const difference = bytes[start + index]! - key[from + index]!;
    if (difference !== 0) return difference;
  }
  return length - keyLength;
}
