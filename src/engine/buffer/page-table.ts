/**
 * Which frame holds which page: a hash table over typed arrays.
 *
 * Open addressing with linear probing; removal moves later entries back, so that no tombstones
 * gather. (D. Knuth, The Art of Computer Programming 3, 6.4, algorithm R.)
 *
 * I1  At most half of the table is used, so probes are short.
 */
import { mixBits } from "../../base/random.ts";

export const NO_FRAME = -1;
const EMPTY = -1;

export class PageTable {
  readonly #mask: number;
  /** Page number and frame, side by side. */
  readonly #entries: Int32Array;

  /** @param capacity most pages that are in the table at once. */
  constructor(capacity: number) {
    let size = 4;
    while (size < 2 * capacity) size *= 2;
    this.#mask = size - 1;
    this.#entries = new Int32Array(2 * size).fill(EMPTY);
  }

  /** The page's frame, or `NO_FRAME`. */
  get(pageId: number): number {
    const entries = this.#entries;
    const mask = this.#mask;
    let at = hash(pageId) & mask;
    while (true) {
      const found = entries[2 * at]!;
      if (found === pageId) return entries[2 * at + 1]!;
      if (found === EMPTY) return NO_FRAME;
      at = (at + 1) & mask;
    }
  }

  /** Adds a page that is not in the table. */
  add(pageId: number, frame: number): void {
    let at = hash(pageId) & this.#mask;
    while (this.#entries[2 * at] !== EMPTY) at = (at + 1) & this.#mask;
    this.#entries[2 * at] = pageId;
    this.#entries[2 * at + 1] = frame;
  }

  /** Removes a page that is in the table. */
  remove(pageId: number): void {
    const entries = this.#entries;
    const mask = this.#mask;
    let hole = hash(pageId) & mask;
    while (entries[2 * hole] !== pageId) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; entries[2 * at] !== EMPTY; at = (at + 1) & mask) {
      const home = hash(entries[2 * at]!) & mask;
      // An entry may fill the hole unless its home lies behind the hole.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      entries[2 * hole] = entries[2 * at]!;
      entries[2 * hole + 1] = entries[2 * at + 1]!;
      hole = at;
    }
    entries[2 * hole] = EMPTY;
  }
}

const hash = mixBits;
