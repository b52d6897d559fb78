/**
 * Which leaves the caches of the cores hold: tags, no data.
 *
 * A visit touches some lines of a leaf. A core's own cache keeps them for its next few dozen
 * leaves, the last-level cache of its complex for tens of thousands; a leaf that comes back within
 * that distance is read from there instead of from memory. So what is popular is cheap, however
 * large the tree is. Both are set-associative and replace what was used longest ago: in a
 * direct-mapped one two popular leaves in one place would push each other out for ever.
 */
import type { Core } from "../os/model.ts";

/** Leaves that a core's own caches hold: 512 KiB of which each takes some lines. */
const OWN_LEAVES = 64;
/** Ways of both levels, as in Zen 2 and its successors. [7cpu-zen2] */
const OWN_WAYS = 8;
const LAST_LEVEL_WAYS = 16;

const EMPTY = -1;

/** Where a leaf's lines came from. */
export const OWN_CACHE = 0;
export const LAST_LEVEL = 1;
export const MEMORY = 2;

/** Sets of tags; in each the one that was used last comes first. */
class TagSets {
  readonly #tags: Int32Array;
  readonly #ways: number;
  readonly #sets: number;

  constructor(leaves: number, ways: number) {
    this.#ways = Math.min(ways, leaves);
    this.#sets = Math.ceil(leaves / this.#ways);
    this.#tags = new Int32Array(this.#sets * this.#ways).fill(EMPTY);
  }

  /** Whether `pageId` was there; now it is. */
  visit(pageId: number, hash: number): boolean {
    const tags = this.#tags;
    const first = (hash % this.#sets) * this.#ways;
    const end = first + this.#ways;
    let moved = pageId;
    for (let slot = first; slot < end; slot++) {
      const tag = tags[slot]!;
      tags[slot] = moved;
      if (tag === pageId) return true;
      moved = tag;
    }
    return false;
  }
}

export class LeafCaches {
  readonly #own: TagSets[] = [];
  readonly #lastLevel: TagSets[] = [];
  readonly #lastLevelLeaves: number;

  /** @param lastLevelLeaves of a complex; 0: nothing is found there. */
  constructor(lastLevelLeaves: number) {
    this.#lastLevelLeaves = lastLevelLeaves;
  }

  /** A leaf is visited by a core: where were its lines? */
  visit({ index, complex }: Core, pageId: number): number {
    const hash = Math.imul(pageId, 0x9e3779b1) >>> 0;
    this.#own[index] ??= new TagSets(OWN_LEAVES, OWN_WAYS);
    if (this.#own[index].visit(pageId, hash >>> 26)) return OWN_CACHE;
    const leaves = this.#lastLevelLeaves;
    if (leaves === 0) return MEMORY;
    this.#lastLevel[complex] ??= new TagSets(leaves, LAST_LEVEL_WAYS);
    return this.#lastLevel[complex].visit(pageId, hash) ? LAST_LEVEL : MEMORY;
  }
}
