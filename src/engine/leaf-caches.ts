/**
 * Which leaves the caches of the cores hold: tags by place, no data.
 *
 * A visit touches some lines of a leaf. A core's own cache keeps them for its next few dozen
 * leaves, the last-level cache of its complex for tens of thousands; a leaf that comes back within
 * that distance is read from there instead of from memory. So what is popular is cheap, however
 * large the tree is. Both are direct-mapped here.
 */
import type { Core } from "../os/model.ts";

/** Leaves that a core's own caches hold: 512 KiB of which each takes some lines. */
const OWN_LEAVES = 64;

const EMPTY = -1;

/** Where a leaf's lines came from. */
export const OWN_CACHE = 0;
export const LAST_LEVEL = 1;
export const MEMORY = 2;

export class LeafCaches {
  readonly #own: Int32Array[] = [];
  readonly #lastLevel: Int32Array[] = [];
  readonly #lastLevelLeaves: number;

  /** @param lastLevelLeaves of a complex; 0: nothing is found there. */
  constructor(lastLevelLeaves: number) {
    this.#lastLevelLeaves = lastLevelLeaves;
  }

  /** A leaf is visited by a core: where were its lines? */
  visit({ index, complex }: Core, pageId: number): number {
    const hash = Math.imul(pageId, 0x9e3779b1) >>> 0;
    this.#own[index] ??= new Int32Array(OWN_LEAVES).fill(EMPTY);
    const own = this.#own[index];
    if (own[hash >>> 26] === pageId) return OWN_CACHE;
    own[hash >>> 26] = pageId;
    const leaves = this.#lastLevelLeaves;
    if (leaves === 0) return MEMORY;
    this.#lastLevel[complex] ??= new Int32Array(leaves).fill(EMPTY);
    const shared = this.#lastLevel[complex];
    const place = hash % leaves;
    if (shared[place] === pageId) return LAST_LEVEL;
    shared[place] = pageId;
    return MEMORY;
  }
}
