/**
 * Next-key locks of one transaction: what it may insert and remove, decided under the leaf's latch.
 *
 * Inserting cuts the gap before the next key in two, so what the transaction itself holds of that
 * gap must hold for the new key's gap too. Nobody else holds any: that is what insertion waits for.
 */
import { GAP_INSERT, INSTANT, REMOVE_GAP, SHARED } from "./lock-modes.ts";
import type { LockTable } from "./lock-table.ts";
import type { GapGuard } from "./record-access.ts";

export class GapLocks {
  readonly #locks: LockTable;
  readonly #owner: number;
  readonly #insertion: GapGuard;
  readonly #removal: GapGuard;
  #treeId = 0;
  /** The lock that stood in the way, and the mode to wait for. */
  #blockedLow = 0;
  #blockedHigh = 0;
  #blockedMode = 0;
  #inherited = 0;

  constructor(locks: LockTable, owner: number) {
    this.#locks = locks;
    this.#owner = owner;
    this.#insertion = {
      isIdle: () => !locks.hasGapLocks,
      allows: (nextKey) => this.#mayInsert(nextKey),
    };
    this.#removal = { isIdle: () => false, allows: (nextKey) => this.#mayRemove(nextKey) };
  }

  forInsertion(treeId: number): GapGuard {
    this.#treeId = treeId;
    this.#inherited = 0;
    return this.#insertion;
  }

  forRemoval(treeId: number): GapGuard {
    this.#treeId = treeId;
    return this.#removal;
  }

  /** Names the lock that stood in the way; returns the mode to wait for. */
  nameBlocked(): number {
    this.#locks.renameTo(this.#blockedLow, this.#blockedHigh);
    return this.#blockedMode;
  }

  /** After an insertion: the new key's gap is guarded as the gap was that it was cut from. */
  inheritTo(treeId: number, key: Uint8Array): void {
    if (this.#inherited === 0) return;
    this.#locks.name(treeId, key);
    this.#locks.tryAcquire(this.#owner, this.#inherited);
  }

  #mayInsert(nextKey: Uint8Array | undefined): boolean {
    const locks = this.#locks;
    locks.name(this.#treeId, nextKey);
    if (!locks.isFree(this.#owner, GAP_INSERT)) return this.#blocked(GAP_INSERT | INSTANT);
    this.#inherited = locks.heldBy(this.#owner) & REMOVE_GAP;
    return true;
  }

  #mayRemove(nextKey: Uint8Array | undefined): boolean {
    const locks = this.#locks;
    locks.name(this.#treeId, nextKey);
    // A next key that is not committed may vanish, and what guards its gap would guard nothing.
    if (!locks.isFree(this.#owner, SHARED)) return this.#blocked(SHARED | INSTANT);
    return locks.tryAcquire(this.#owner, REMOVE_GAP) || this.#blocked(REMOVE_GAP);
  }

  #blocked(mode: number): false {
    this.#blockedMode = mode;
    this.#blockedLow = this.#locks.nameLow;
    this.#blockedHigh = this.#locks.nameHigh;
    return false;
  }
}
