/**
 * Which frame holds a page of the file: what the kernel keeps in `address_space.i_pages`.
 *
 * The kernel's is a radix tree (XArray); here it is a hash table, because only its answers and its
 * lock matter to the model. Sixteen neighbouring pages share a group of slots, one slot each, so
 * that fault-around finds them in one line of the host's cache; a slot that is taken sends its page
 * to the same place of the next group. Deletion moves later entries back: no tombstones.
 *
 * I1  Every frame that was added is found under its page, and under no other.
 */
import { NO_FRAME } from "./page-frames.ts";

const GROUP_SHIFT = 4;
const GROUP = 1 << GROUP_SHIFT;
const PLACE_MASK = GROUP - 1;

export class PageIndex {
  /** Frame + 1 at each slot; 0: empty. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #pageOf: Uint32Array;
  #size = 0;

  /** @param pageOf the page that each frame holds; read, never written. */
  constructor(pageOf: Uint32Array) {
    let slots = 4 * GROUP;
    while (slots < 2 * pageOf.length + GROUP * GROUP) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#pageOf = pageOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The frame that holds `page`, or `NO_FRAME`. */
  find(page: number): number {
    const slots = this.#slots;
    for (let slot = this.#home(page); ; slot = (slot + GROUP) & this.#mask) {
      const entry = slots[slot]!;
      if (entry === 0) return NO_FRAME;
      if (this.#pageOf[entry - 1] === page) return entry - 1;
    }
  }

  /** Adds `frame` under the page that it holds, which must not be there yet. */
  add(frame: number): void {
    const slots = this.#slots;
    let slot = this.#home(this.#pageOf[frame]!);
    while (slots[slot] !== 0) slot = (slot + GROUP) & this.#mask;
    slots[slot] = frame + 1;
    this.#size += 1;
  }

  /** Removes `frame`, which still holds its page; returns whether it was there. */
  remove(frame: number): boolean {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = this.#home(this.#pageOf[frame]!);
    for (; slots[hole] !== frame + 1; hole = (hole + GROUP) & mask) {
      if (slots[hole] === 0) return false;
    }
    for (let slot = (hole + GROUP) & mask; slots[slot] !== 0; slot = (slot + GROUP) & mask) {
      const home = this.#home(this.#pageOf[slots[slot]! - 1]!);
      // An entry may move back only as far as the slot where its own search begins.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = 0;
    this.#size -= 1;
    return true;
  }

  #home(page: number): number {
    const group = page >>> GROUP_SHIFT;
    const mixed = Math.imul(group ^ (group >>> 15), 0x2c1b_3c6d);
    const home = mixed ^ (mixed >>> 13);
    return ((home << GROUP_SHIFT) | (page & PLACE_MASK)) & this.#mask;
  }
}
