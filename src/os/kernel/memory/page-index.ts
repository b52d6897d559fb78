/**
 * Which frame holds a page of the file: what the kernel keeps in `address_space.i_pages`.
 *
 * The kernel's is a radix tree (XArray); here it is a hash table, because only its answers and its
 * lock matter to the model. Sixteen neighbouring pages share a group of slots, one slot each, and
 * a group keeps its pages next to each other and then their frames: fault-around, which asks for
 * all sixteen, reads one line of the host's cache. A slot that is taken sends its page to the same
 * place of the next group. Deletion moves later entries back: no tombstones.
 *
 * I1  Every frame that was added is found under its page, and under no other.
 */
import { NO_FRAME } from "./page-frames.ts";

const GROUP_SHIFT = 4;
const GROUP = 1 << GROUP_SHIFT;
const PLACE_MASK = GROUP - 1;
/** Words of a group: its pages, then their frames. */
const GROUP_WORDS = 2 * GROUP;
const GROUP_WORDS_SHIFT = GROUP_SHIFT + 1;

export class PageIndex {
  /** Page + 1 at each slot, 0: empty; its frame `GROUP` words further on. */
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #pageOf: Uint32Array;
  #size = 0;

  /** @param pageOf the page that each frame holds; read, never written. */
  constructor(pageOf: Uint32Array) {
    let slots = 4 * GROUP;
    while (slots < 2 * pageOf.length + GROUP * GROUP) slots *= 2;
    this.#words = new Int32Array(2 * slots);
    this.#mask = 2 * slots - 1;
    this.#pageOf = pageOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The frame that holds `page`, or `NO_FRAME`. */
  find(page: number): number {
    const words = this.#words;
    for (let slot = this.#home(page); ; slot = (slot + GROUP_WORDS) & this.#mask) {
      const key = words[slot]!;
      if (key === page + 1) return words[slot + GROUP]!;
      if (key === 0) return NO_FRAME;
    }
  }

  /** Adds `frame` under the page that it holds, which must not be there yet. */
  add(frame: number): void {
    const words = this.#words;
    const page = this.#pageOf[frame]!;
    let slot = this.#home(page);
    while (words[slot] !== 0) slot = (slot + GROUP_WORDS) & this.#mask;
    words[slot] = page + 1;
    words[slot + GROUP] = frame;
    this.#size += 1;
  }

  /** Removes `frame`, which still holds its page; returns whether it was there. */
  remove(frame: number): boolean {
    const words = this.#words;
    const mask = this.#mask;
    const page = this.#pageOf[frame]!;
    let hole = this.#home(page);
    for (; words[hole] !== page + 1; hole = (hole + GROUP_WORDS) & mask) {
      if (words[hole] === 0) return false;
    }
    let slot = (hole + GROUP_WORDS) & mask;
    for (; words[slot] !== 0; slot = (slot + GROUP_WORDS) & mask) {
      const home = this.#home(words[slot]! - 1);
      // An entry may move back only as far as the slot where its own search begins.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      words[hole] = words[slot]!;
      words[hole + GROUP] = words[slot + GROUP]!;
      hole = slot;
    }
    words[hole] = 0;
    this.#size -= 1;
    return true;
  }

  /** Where the search for `page` begins. */
  #home(page: number): number {
    const group = page >>> GROUP_SHIFT;
    const mixed = Math.imul(group ^ (group >>> 15), 0x2c1b_3c6d);
    const home = mixed ^ (mixed >>> 13);
    return ((home << GROUP_WORDS_SHIFT) & this.#mask) | (page & PLACE_MASK);
  }
}
