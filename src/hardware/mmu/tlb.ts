/**
 * A two-level translation lookaside buffer of one core.
 *
 * The first level is fully associative, the second set-associative; both hold entries of 4 KiB and
 * 2 MiB pages and replace in turn (first in, first out per set). An entry is a copy of the page
 * table's word: it stays what it is until it is invalidated or replaced, whatever happens to the
 * table. That is why systems need shootdowns.
 *
 * Interface: `lookUp` returns the word or 0 and tells in `level` where it was; `insert` after a
 * walk; `invalidatePage`, `invalidateAll`.
 *
 * I1  A page is in each level at most once.
 *
 * Not modelled: the processors' own replacement rules (unpublished), address-space identifiers (one
 * process runs at a time), coalesced entries, separate instruction TLBs.
 */
import { LARGE } from "./page-table.ts";

/** Counters that tell which keys a cache cannot hold; a power of two. */
const FILTER_SIZE = 512;

/** A set-associative array of words by key. */
class EntryCache {
  readonly #keys: Int32Array;
  readonly #words: Uint32Array;
  /** Per set: the way that is replaced next, and in which epoch it was last empty. */
  readonly #next: Uint16Array;
  readonly #epochs: Int32Array;
  #epoch = 1;
  /** How many keys there are of each remainder: most searches need not look at the ways. */
  readonly #filter = new Uint16Array(FILTER_SIZE);
  readonly #ways: number;
  readonly #sets: number;

  constructor(entries: number, ways: number) {
    this.#ways = Math.min(ways, entries);
    this.#sets = Math.max(1, Math.floor(entries / this.#ways));
    this.#keys = new Int32Array(this.#sets * this.#ways).fill(-1);
    this.#words = new Uint32Array(this.#sets * this.#ways);
    this.#next = new Uint16Array(this.#sets);
    this.#epochs = new Int32Array(this.#sets);
  }

  /** Where `key` is, or −1. */
  find(key: number): number {
    if (this.#filter[remainderOf(key)] === 0) return -1;
    const set = this.#setOf(key);
    if (this.#epochs[set] !== this.#epoch) return -1;
    const keys = this.#keys;
    const end = (set + 1) * this.#ways;
    for (let slot = set * this.#ways; slot < end; slot++) if (keys[slot] === key) return slot;
    return -1;
  }

  wordAt(slot: number): number {
    return this.#words[slot]!;
  }

  put(key: number, word: number): void {
    let slot = this.find(key);
    if (slot < 0) {
      const set = this.#setOf(key);
      if (this.#epochs[set] !== this.#epoch) this.#empty(set);
      const way = this.#next[set]!;
      this.#next[set] = way + 1 === this.#ways ? 0 : way + 1;
      slot = set * this.#ways + way;
      this.#forget(slot);
      this.#keys[slot] = key;
      this.#filter[remainderOf(key)]! += 1;
    }
    this.#words[slot] = word;
  }

  remove(key: number): void {
    const slot = this.find(key);
    if (slot >= 0) this.#forget(slot);
  }

  /** Everything is gone; sets are emptied when they are used again. */
  clear(): void {
    this.#epoch += 1;
    this.#filter.fill(0);
  }

  #forget(slot: number): void {
    const key = this.#keys[slot]!;
    if (key < 0) return;
    this.#keys[slot] = -1;
    this.#filter[remainderOf(key)]! -= 1;
  }

  #empty(set: number): void {
    this.#epochs[set] = this.#epoch;
    // A loop: for so few keys, calling `fill` takes the host longer than filling.
    const end = (set + 1) * this.#ways;
    for (let slot = set * this.#ways; slot < end; slot++) this.#keys[slot] = -1;
  }

  #setOf(key: number): number {
    return this.#sets === 1 ? 0 : (key >>> 1) % this.#sets;
  }
}

const remainderOf = (key: number): number => (key >>> 1) & (FILTER_SIZE - 1);

/** Entries and ways of both levels, and of the walker's own cache. */
export interface TlbGeometry {
  readonly l1Entries: number;
  readonly l2Entries: number;
  readonly l2Ways: number;
  readonly walkCacheEntries: number;
}

/** Ways of the cache of upper entries. */
const WALK_CACHE_WAYS = 4;

export class Tlb {
  /** Level of the last successful `lookUp`: 1 or 2. */
  level = 0;

  readonly #first: EntryCache;
  readonly #second: EntryCache;
  /** Upper entries that the walker keeps, by the prefix that they translate. */
  readonly #upper: EntryCache;
  #isEmpty = true;
  #holdsLarge = false;

  constructor({ l1Entries, l2Entries, l2Ways, walkCacheEntries }: TlbGeometry) {
    this.#first = new EntryCache(l1Entries, l1Entries);
    this.#second = new EntryCache(l2Entries, l2Ways);
    this.#upper = new EntryCache(walkCacheEntries, WALK_CACHE_WAYS);
  }

  /** The entry that translates `page`, or 0. */
  lookUp(page: number): number {
    const word = this.#lookUp(page * 2);
    if (word !== 0 || !this.#holdsLarge) return word;
    return this.#lookUp((page >>> 9) * 2 + 1);
  }

  #lookUp(key: number): number {
    let slot = this.#first.find(key);
    if (slot >= 0) {
      this.level = 1;
      return this.#first.wordAt(slot);
    }
    slot = this.#second.find(key);
    if (slot < 0) return 0;
    this.level = 2;
    const word = this.#second.wordAt(slot);
    this.#first.put(key, word);
    return word;
  }

  /** Keeps the page table's word for `page`, as a walk has found it. */
  insert(page: number, word: number): void {
    const isLarge = (word & LARGE) !== 0;
    if (isLarge) this.#holdsLarge = true;
    const key = isLarge ? (page >>> 9) * 2 + 1 : page * 2;
    this.#first.put(key, word);
    this.#second.put(key, word);
    this.#isEmpty = false;
  }

  /**
   * Whether the walker has the upper entry of `level` ≥ 1 that leads to `page`'s table below; from
   * now on it has.
   */
  keepUpper(page: number, level: number): boolean {
    const key = (page >>> (9 * level)) * 8 + level * 2;
    if (this.#upper.find(key) >= 0) return true;
    this.#upper.put(key, 1);
    this.#isEmpty = false;
    return false;
  }

  invalidatePage(page: number): void {
    if (this.#isEmpty) return;
    this.#first.remove(page * 2);
    this.#second.remove(page * 2);
    if (!this.#holdsLarge) return;
    const key = (page >>> 9) * 2 + 1;
    this.#first.remove(key);
    this.#second.remove(key);
  }

  invalidateAll(): void {
    if (this.#isEmpty) return;
    this.#first.clear();
    this.#second.clear();
    this.#upper.clear();
    this.#isEmpty = true;
    this.#holdsLarge = false;
  }
}
