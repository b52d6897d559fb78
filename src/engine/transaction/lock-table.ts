/**
 * The lock table: who holds or wants what lock, in typed arrays.
 *
 * A lock is named by a 64-bit hash of tree and key; two keys with the same hash share a lock, which
 * costs concurrency and nothing else. One row per owner and lock, chained from a hash table; there
 * is no object per lock, and an uncontended request is one plain call.
 *
 * Interface: `name` hashes; `tryAcquire` and `isFree` use that name and never wait. When they
 * return false, `wait` queues the request, unless it would close a cycle of waits; if it is queued
 * the owner sleeps until `isWaiting` says no. `releaseAll` ends a transaction, `giveBack` a lock
 * that is held for one read.
 *
 * I1  Modes that owners hold on one lock never conflict.
 * I2  Requests are granted in the order of their arrival; only an owner that holds the lock already
 *     goes first.
 * I3  An owner waits for at most one lock, and no cycle of waits outlives the request that closed
 *     it.
 *
 * Not modelled: latches of the table between cores.
 */
import { assert } from "../../base/assert.ts";
import { mixBits } from "../../base/random.ts";
import { conflictsOf, GAP_SHARED, INSTANT } from "./lock-modes.ts";

const NONE = -1;
const FIELDS = 8;
const LOW = 0;
const HIGH = 1;
const OWNER = 2;
/** Mode that is held. */
const HELD = 3;
/** Mode that is waited for; 0: none. */
const WANTED = 4;
const CHAIN_NEXT = 5;
const OWNER_NEXT = 6;
/** Orders requests that wait. */
const TICKET = 7;

/** What ends the key of a tree, as a key that is above all others. */
const END_OF_TREE = Uint8Array.of();
const END_SEED = 0x51ed_270b;

export class LockTable {
  #rows = new Int32Array(1_024 * FIELDS);
  #buckets = new Int32Array(1_024).fill(NONE);
  #used = 0;
  #free = NONE;
  #count = 0;
  /** Whether the last `tryAcquire` gave its owner what it had not held before. */
  gaveMore = false;
  #gapLocks = 0;
  #tickets = 0;
  #waiting = 0;
  #low = 0;
  #high = 0;
  /** What others than the owner that `#look` was asked for hold and want of the named lock. */
  #othersHold = 0;
  #othersWant = 0;
  /** First row of each owner. */
  readonly #first: number[] = [];
  /** Row with which each owner waits. */
  readonly #waitsAt: number[] = [];
  readonly #visited: number[] = [];
  #visit = 0;
  readonly #granted: (owner: number) => void;

  /** @param granted is told of an owner whose request has been granted. */
  constructor(granted: (owner: number) => void) {
    this.#granted = granted;
  }

  /** A new owner's number. */
  addOwner(): number {
    this.#waitsAt.push(NONE);
    this.#visited.push(0);
    return this.#first.push(NONE) - 1;
  }

  /** Rows in use: locks held or wanted, over all owners. */
  get size(): number {
    return this.#count;
  }

  /** Whether somebody holds a gap in either mode. */
  get hasGapLocks(): boolean {
    return this.#gapLocks > 0;
  }

  /** Requests that wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  isWaiting(owner: number): boolean {
    return this.#waitsAt[owner] !== NONE;
  }

  /** Names the lock of a key for the next calls; undefined: the end of the tree. */
  name(treeId: number, key: Uint8Array | undefined): void {
    const bytes = key ?? END_OF_TREE;
    let low = key === undefined ? END_SEED : treeId;
    let high = treeId ^ 0x9e37_79b9;
    const { length } = bytes;
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      const word =
        bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      low = Math.imul(low ^ word, 0x01000193);
      low ^= low >>> 15;
      high = Math.imul(high ^ word, 0x2c1b_3c6d);
      high ^= high >>> 13;
    }
    let tail = length << 24;
    for (let shift = 0; at < length; at++, shift += 8) tail |= bytes[at]! << shift;
    low = Math.imul(low ^ tail, 0x01000193);
    high = Math.imul(high ^ tail, 0x2c1b_3c6d);
    this.#low = mixBits(low);
    this.#high = mixBits(high);
  }

  /** The name as two words, to come back to it after a suspension. */
  get nameLow(): number {
    return this.#low;
  }
  get nameHigh(): number {
    return this.#high;
  }

  renameTo(low: number, high: number): void {
    this.#low = low;
    this.#high = high;
  }

  /** Gives `owner` the named lock in `mode` beside what it holds, unless it would have to wait. */
  tryAcquire(owner: number, mode: number): boolean {
    const own = this.#look(owner);
    this.gaveMore = false;
    if (own !== NONE) {
      const held = this.#rows[own + HELD]!;
      if ((held & mode) === mode) return true;
      if ((this.#othersHold & conflictsOf(mode)) !== 0) return false;
      this.#hold(own, mode);
    } else {
      if (((this.#othersHold | this.#othersWant) & conflictsOf(mode)) !== 0) return false;
      this.#add(owner, mode, 0);
    }
    this.gaveMore = true;
    return true;
  }

  /** Whether `mode` could be granted now; changes nothing. */
  isFree(owner: number, mode: number): boolean {
    this.#look(owner);
    return (this.#othersHold & conflictsOf(mode)) === 0;
  }

  /** What `owner` holds of the named lock. */
  heldBy(owner: number): number {
    const own = this.#look(owner);
    return own === NONE ? 0 : this.#rows[own + HELD]!;
  }

  /**
   * Queues a request for the named lock.
   * @returns false, and the request is not queued, when it would close a cycle of waits.
   */
  wait(owner: number, mode: number): boolean {
    assert(!this.isWaiting(owner), "I3: an owner waits for one lock");
    let row = this.#look(owner);
    if (row === NONE) row = this.#add(owner, 0, mode);
    else this.#rows[row + WANTED] = mode;
    this.#tickets = (this.#tickets + 1) | 0;
    this.#rows[row + TICKET] = this.#tickets;
    this.#waitsAt[owner] = row;
    this.#waiting += 1;
    if (!this.#closesCycle(owner)) return true;
    this.#endWait(owner, row);
    return false;
  }

  /** Gives back everything that `owner` holds. */
  releaseAll(owner: number): void {
    assert(!this.isWaiting(owner), "a waiting transaction ended");
    const rows = this.#rows;
    let row = this.#first[owner]!;
    this.#first[owner] = NONE;
    while (row !== NONE) {
      const next = rows[row + OWNER_NEXT]!;
      this.#release(row);
      if (this.#waiting > 0) this.#grant(rows[row + LOW]!, rows[row + HIGH]!);
      row = next;
    }
  }

  /** Gives back `mode` of the named lock before the transaction ends; what else it holds stays. */
  giveBack(owner: number, mode: number): void {
    const row = this.#look(owner);
    assert(row !== NONE && !this.isWaiting(owner), "only what is held is given back");
    const rows = this.#rows;
    const [low, high] = [rows[row + LOW]!, rows[row + HIGH]!];
    if (rows[row + HELD] === mode) this.#drop(owner, row);
    else rows[row + HELD] = rows[row + HELD]! & ~mode;
    if (this.#waiting > 0) this.#grant(low, high);
  }

  /** Takes one row from its owner's list and its chain, and frees it. */
  #drop(owner: number, row: number): void {
    const rows = this.#rows;
    if (this.#first[owner] === row) this.#first[owner] = rows[row + OWNER_NEXT]!;
    else {
      let at = this.#first[owner]!;
      while (rows[at + OWNER_NEXT] !== row) at = rows[at + OWNER_NEXT]!;
      rows[at + OWNER_NEXT] = rows[row + OWNER_NEXT]!;
    }
    this.#release(row);
  }

  /** The row of `owner` for the named lock; what others hold and want is left in two fields. */
  #look(owner: number): number {
    const rows = this.#rows;
    const low = this.#low;
    const high = this.#high;
    let own = NONE;
    let hold = 0;
    let want = 0;
    let row = this.#buckets[low & (this.#buckets.length - 1)]!;
    while (row !== NONE) {
      if (rows[row + LOW] === low && rows[row + HIGH] === high) {
        if (rows[row + OWNER] === owner) own = row;
        else {
          hold |= rows[row + HELD]!;
          want |= rows[row + WANTED]!;
        }
      }
      row = rows[row + CHAIN_NEXT]!;
    }
    this.#othersHold = hold;
    this.#othersWant = want;
    return own;
  }

  #add(owner: number, held: number, wanted: number): number {
    let row = this.#free;
    if (row !== NONE) this.#free = this.#rows[row + CHAIN_NEXT]!;
    else {
      if (this.#used === this.#rows.length) this.#grow();
      row = this.#used;
      this.#used += FIELDS;
    }
    const rows = this.#rows;
    const bucket = this.#low & (this.#buckets.length - 1);
    rows[row + LOW] = this.#low;
    rows[row + HIGH] = this.#high;
    rows[row + OWNER] = owner;
    rows[row + HELD] = 0;
    this.#hold(row, held);
    rows[row + WANTED] = wanted;
    rows[row + CHAIN_NEXT] = this.#buckets[bucket]!;
    rows[row + OWNER_NEXT] = this.#first[owner]!;
    this.#buckets[bucket] = row;
    this.#first[owner] = row;
    this.#count += 1;
    return row;
  }

  /** Adds modes to a row. */
  #hold(row: number, mode: number): void {
    const held = this.#rows[row + HELD]!;
    if ((mode & GAP_SHARED) > (held & GAP_SHARED)) this.#gapLocks += 1;
    this.#rows[row + HELD] = held | mode;
  }

  /** Takes a row out of its chain. */
  #unlink(row: number): void {
    const rows = this.#rows;
    if ((rows[row + HELD]! & GAP_SHARED) !== 0) this.#gapLocks -= 1;
    const bucket = rows[row + LOW]! & (this.#buckets.length - 1);
    let at = this.#buckets[bucket]!;
    if (at === row) {
      this.#buckets[bucket] = rows[row + CHAIN_NEXT]!;
      return;
    }
    while (rows[at + CHAIN_NEXT] !== row) at = rows[at + CHAIN_NEXT]!;
    rows[at + CHAIN_NEXT] = rows[row + CHAIN_NEXT]!;
  }

  /** Takes a row out of its chain; it may be used again. */
  #release(row: number): void {
    this.#unlink(row);
    this.#rows[row + CHAIN_NEXT] = this.#free;
    this.#free = row;
    this.#count -= 1;
  }

  #grow(): void {
    const rows = new Int32Array(2 * this.#rows.length);
    rows.set(this.#rows);
    this.#rows = rows;
    const buckets = new Int32Array(rows.length / FIELDS).fill(NONE);
    for (const first of this.#first) {
      for (let row = first; row !== NONE; row = rows[row + OWNER_NEXT]!) {
        const bucket = rows[row + LOW]! & (buckets.length - 1);
        rows[row + CHAIN_NEXT] = buckets[bucket]!;
        buckets[bucket] = row;
      }
    }
    this.#buckets = buckets;
  }

  #endWait(owner: number, row: number): void {
    this.#rows[row + WANTED] = 0;
    this.#waitsAt[owner] = NONE;
    this.#waiting -= 1;
  }

  /** Grants every request for a lock that nothing stands against any more, oldest first. */
  #grant(low: number, high: number): void {
    const rows = this.#rows;
    for (let after = NONE, row = this.#nextWaiting(low, high, NONE); row !== NONE; ) {
      if (!this.#isBlocked(row)) {
        const owner = rows[row + OWNER]!;
        if ((rows[row + WANTED]! & INSTANT) === 0) this.#hold(row, rows[row + WANTED]!);
        this.#endWait(owner, row);
        this.#granted(owner);
      } else after = row;
      row = this.#nextWaiting(low, high, after);
    }
  }

  /** The oldest waiting row of a lock whose ticket is above that of `after`. */
  #nextWaiting(low: number, high: number, after: number): number {
    const rows = this.#rows;
    let oldest = NONE;
    let row = this.#buckets[low & (this.#buckets.length - 1)]!;
    for (; row !== NONE; row = rows[row + CHAIN_NEXT]!) {
      if (rows[row + LOW] !== low || rows[row + HIGH] !== high || rows[row + WANTED] === 0)
        continue;
      if (after !== NONE && !this.#isEarlier(after, row)) continue;
      if (oldest === NONE || this.#isEarlier(row, oldest)) oldest = row;
    }
    return oldest;
  }

  #isEarlier(row: number, than: number): boolean {
    return ((this.#rows[row + TICKET]! - this.#rows[than + TICKET]!) | 0) < 0;
  }

  /** Whether somebody holds, or has asked earlier for, what the waiting row cannot stand beside. */
  #isBlocked(row: number): boolean {
    return this.#nextBlocker(row, NONE) !== NONE;
  }

  /** The next row in the chain behind `after` (NONE: from its head) for which `row` waits. */
  #nextBlocker(row: number, after: number): number {
    const rows = this.#rows;
    const low = rows[row + LOW]!;
    const high = rows[row + HIGH]!;
    const conflicts = conflictsOf(rows[row + WANTED]!);
    const holdsAlready = rows[row + HELD] !== 0;
    let other =
      after === NONE ? this.#buckets[low & (this.#buckets.length - 1)]! : rows[after + CHAIN_NEXT]!;
    for (; other !== NONE; other = rows[other + CHAIN_NEXT]!) {
      if (other === row || rows[other + LOW] !== low || rows[other + HIGH] !== high) continue;
      if ((rows[other + HELD]! & conflicts) !== 0) return other;
      const isAhead = !holdsAlready && this.#isEarlier(other, row);
      if (isAhead && (rows[other + WANTED]! & conflicts) !== 0) return other;
    }
    return NONE;
  }

  /** Depth-first search from `owner` along who waits for whom. */
  #closesCycle(owner: number): boolean {
    this.#visit += 1;
    return this.#reaches(owner, owner);
  }

  #reaches(from: number, goal: number): boolean {
    const row = this.#waitsAt[from]!;
    if (row === NONE) return false;
    for (let other = this.#nextBlocker(row, NONE); other !== NONE; ) {
      const owner = this.#rows[other + OWNER]!;
      if (owner === goal) return true;
      if (this.#visited[owner] !== this.#visit) {
        this.#visited[owner] = this.#visit;
        if (this.#reaches(owner, goal)) return true;
      }
      other = this.#nextBlocker(row, other);
    }
    return false;
  }
}
