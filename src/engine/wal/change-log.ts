/**
 * What the B+-tree tells the log: every change of every page, before it is made.
 *
 * A *leaf change* is made by a transaction: it is redone by page and slot, and undone by tree and
 * key, wherever the record is by then (logical undo). `image` and `structure` say how pages are
 * split, merged and allocated: they change no content, are redone and never undone. What lies
 * between `beginGroup` and `endGroup` is redone entirely or not at all, so a structure modification
 * needs no nested top action (ARIES, Mohan et al., TODS 1992): it belongs to no transaction.
 *
 * Interface: all calls but `flushUpTo` are plain. The caller holds the page's latch, calls, changes
 * the bytes, and sets the page LSN to what was returned. Bytes handed in are copied.
 *
 * I1  A page reaches a drive only when the log is durable up to its page LSN (the buffer pool's
 *     duty: `durableLsn`, `flushUpTo`).
 * I2  Nothing suspends inside a group.
 */
import type { EngineTask } from "../model.ts";
import type { PageMemory } from "../page/page-memory.ts";
import type { UndoList } from "../transaction/undo-list.ts";
import type { Worker } from "../worker.ts";

/** On whose behalf a leaf changes: a transaction, or recovery that undoes one. */
export interface LogOwner {
  /** Number of the transaction, ≥ 1. */
  readonly transactionId: number;
  /** LSN of its first record; 0: it has none. */
  firstLsn: number;
  /** LSN of its last record; 0: it has none. */
  lastLsn: number;
  /** LSN of the record to undo next while it rolls back (0: none is left), else −1. */
  undoNextLsn: number;
  /** Bytes that its records take. */
  logBytes: number;
  /** How to undo what it did. */
  readonly undo: UndoList;
}

export interface ChangeLog {
  /** Where the next record will be: bytes logged so far. */
  readonly endLsn: number;
  /** Every record up to and with this LSN is durable; Infinity when nothing is logged. */
  readonly durableLsn: number;
  /** Returns when every record up to and with `lsn` is durable. */
  flushUpTo(lsn: number, worker: Worker): EngineTask<void>;
  insert(
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    value: Uint8Array,
  ): number;
  /** @param value the one that the record has. */
  remove(
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    value: Uint8Array,
  ): number;
  /** Another value under a key; of one with as many bytes, only what differs is logged. */
  replace(
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    before: Uint8Array,
    after: Uint8Array,
  ): number;
  /** A page as it is now: built or rebuilt by the caller, who logs afterwards here. */
  image(memory: PageMemory, base: number): number;
  /** A change in the tree's own format, see `page/redo.ts`. */
  structure(memory: PageMemory, base: number, kind: number, payload: Uint8Array): number;
  beginGroup(): void;
  endGroup(): void;
}

/** The log as transactions use it. */
export interface TransactionLog extends ChangeLog {
  /**
   * Says no when the log has ended: then nobody knows what the drives hold.
   * @throws LogFailure
   */
  assertAlive(): void;
  /** The changes are to stay: durable once the log is, up to the LSN that is returned. */
  commit(owner: LogOwner): number;
  /** Everything that the transaction did has been undone. */
  aborted(owner: LogOwner): number;
}
