/**
 * A scan under locks: each key is locked under its leaf's latch, before it is shown.
 *
 * When a lock stands in the way the scan leaves the tree, waits, and goes on behind the key that it
 * showed last, for anything may have happened in between. A scan downwards first locks the key
 * above its beginning: the gap that it begins in lies before that one.
 */
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";
import { READ_COMMITTED, READ_UNCOMMITTED, REPEATABLE_READ, SERIALIZABLE } from "./isolation.ts";
import { GAP_SHARED, INSTANT, SCAN_KEY, SHARED } from "./lock-modes.ts";
import type { LockTable } from "./lock-table.ts";
import { type RecordAccess, VISIT_NEXT, VISIT_STOP, type VisitOutcome } from "./record-access.ts";

/** The transaction on whose behalf a scan locks. */
export interface ScanOwner {
  readonly level: number;
  readonly owner: number;
  readonly worker: Worker;
  /** Takes the named lock, and pays for it, unless it would have to wait. */
  tryLock(mode: number): boolean;
  /** Waits until the named lock is granted in `mode`. */
  waitForLock(mode: number): EngineTask<void>;
  /** Gives back what it holds of the named lock before the transaction ends. */
  giveBack(mode: number): void;
}

type Show = (key: Uint8Array, value: Uint8Array) => boolean;

export class Scan {
  readonly #transaction: ScanOwner;
  readonly #locks: LockTable;
  #treeId = 0;
  #show: Show = () => false;
  /** The key that was shown last, or where the scan begins. */
  #last = new Uint8Array(64);
  #lastBytes = 0;
  /** Whether the key in `#last` has been shown. */
  #hasShown = false;
  /** Mode that a lock did not grant; 0: none stood in the way. */
  #blockedMode = 0;
  #blockedLow = 0;
  #blockedHigh = 0;
  /** Whether it holds the lock that it waited for last, until its record has been read. */
  #isReading = false;
  #readingLow = 0;
  #readingHigh = 0;
  /** Whether it left the tree only to give that lock back. */
  #goesOn = false;

  constructor(transaction: ScanOwner, locks: LockTable) {
    this.#transaction = transaction;
    this.#locks = locks;
  }

  *run(tree: RecordAccess, fromKey: Uint8Array, direction: 1 | -1, show: Show): EngineTask<void> {
    this.#treeId = tree.treeId;
    this.#show = show;
    this.#remember(fromKey);
    if (direction === -1 && this.#transaction.level > READ_UNCOMMITTED) {
      this.#hasShown = false;
      yield* this.#visitAll(tree, 1, this.#visitBound);
    }
    this.#hasShown = false;
    yield* this.#visitAll(tree, direction, this.#visit);
  }

  *#visitAll(
    tree: RecordAccess,
    direction: 1 | -1,
    visit: (key: Uint8Array | undefined, value: Uint8Array | undefined) => VisitOutcome,
  ): EngineTask<void> {
    const transaction = this.#transaction;
    const locks = this.#locks;
    while (true) {
      this.#blockedMode = 0;
      this.#goesOn = false;
      const from = this.#last.subarray(0, this.#lastBytes);
      yield* tree.scan(transaction.worker, from, direction, visit);
      const mode = this.#blockedMode;
      if (this.#isReading) {
        locks.renameTo(this.#readingLow, this.#readingHigh);
        transaction.giveBack(SHARED);
        this.#isReading = false;
      }
      if (mode === 0 && !this.#goesOn) return;
      if (mode === 0) continue;
      [this.#readingLow, this.#readingHigh] = [this.#blockedLow, this.#blockedHigh];
      locks.renameTo(this.#blockedLow, this.#blockedHigh);
      yield* transaction.waitForLock(mode);
      this.#isReading = transaction.level === READ_COMMITTED && mode === SHARED;
    }
  }

  /** The first key above the beginning: its lock guards the gap in which the scan begins. */
  readonly #visitBound = (key: Uint8Array | undefined): VisitOutcome => {
    if (key !== undefined && this.#isLast(key)) return VISIT_NEXT;
    this.#mayShow(key);
    return VISIT_STOP;
  };

  readonly #visit = (key: Uint8Array | undefined, value: Uint8Array | undefined): VisitOutcome => {
    if (key !== undefined && this.#hasShown && this.#isLast(key)) return VISIT_NEXT;
    if (!this.#mayShow(key) || key === undefined || value === undefined) return VISIT_STOP;
    this.#remember(key);
    this.#hasShown = true;
    const wantsMore = this.#show(key, value);
    // Read-committed keeps a lock for one record: it gives it back outside the leaf's latch.
    this.#goesOn = wantsMore && this.#isReading;
    return wantsMore && !this.#isReading ? VISIT_NEXT : VISIT_STOP;
  };

  /** Takes the locks that the level asks for; notes what stood in the way. */
  #mayShow(key: Uint8Array | undefined): boolean {
    const { level, owner } = this.#transaction;
    if (level <= READ_UNCOMMITTED) return true;
    const locks = this.#locks;
    locks.name(this.#treeId, key);
    if (level === SERIALIZABLE) {
      return this.#transaction.tryLock(SCAN_KEY) || this.#blocked(SCAN_KEY);
    }
    // Whoever removed a key and has not ended yet holds the gap in which it was.
    if (!locks.isFree(owner, GAP_SHARED)) return this.#blocked(GAP_SHARED | INSTANT);
    if (key === undefined) return true;
    if (level === REPEATABLE_READ) {
      return this.#transaction.tryLock(SHARED) || this.#blocked(SHARED);
    }
    return locks.isFree(owner, SHARED) || this.#blocked(SHARED);
  }

  #blocked(mode: number): false {
    this.#blockedMode = mode;
    this.#blockedLow = this.#locks.nameLow;
    this.#blockedHigh = this.#locks.nameHigh;
    return false;
  }

  #remember(key: Uint8Array): void {
    if (key.length > this.#last.length) this.#last = new Uint8Array(2 * key.length);
    for (let index = 0; index < key.length; index++) this.#last[index] = key[index]!;
    this.#lastBytes = key.length;
  }

  #isLast(key: Uint8Array): boolean {
    if (key.length !== this.#lastBytes) return false;
    for (let index = 0; index < key.length; index++) {
      if (key[index] !== this.#last[index]) return false;
    }
    return true;
  }
}
