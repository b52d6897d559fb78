/**
 * What a transaction needs of a tree: records, and a say about gaps while a leaf is latched.
 *
 * I1  `allows` and `visit` are called while the leaf is latched, and never suspend: what they
 *     decide about a lock holds when the leaf changes or the record is read.
 * I2  When they say no, nothing has been changed, nothing stays latched, and the caller waits for
 *     the lock and calls again.
 */
import type { EngineTask, Miss, Tree } from "../model.ts";
import type { LogOwner } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";

/** How a call that changes a record ended. */
export const DONE = 0;
/** Nothing changed: the key to insert exists, or the key to change does not. */
export const REFUSED = 1;
/** Nothing changed: the guard said no. */
export const BLOCKED = 2;
export type Outcome = typeof DONE | typeof REFUSED | typeof BLOCKED;

/** Says whether a key may appear in, or vanish from, the gap before the next key. */
export interface GapGuard {
  /** Whether nobody guards any gap now, so that the next key need not be found. */
  isIdle(): boolean;
  /** @param nextKey the smallest key above; undefined: there is none. */
  allows(nextKey: Uint8Array | undefined): boolean;
}

export const VISIT_NEXT = 0;
export const VISIT_STOP = 1;
export type VisitOutcome = typeof VISIT_NEXT | typeof VISIT_STOP;

/** Called for each record of a scan, and once with nothing where the tree ends. */
export type Visitor = (key: Uint8Array | undefined, value: Uint8Array | undefined) => VisitOutcome;

export interface RecordAccess extends Tree {
  readonly treeId: number;
  /** The value, as a view; undefined: no such key; MISS: call `lookup`. */
  tryLookup(worker: Worker, key: Uint8Array): Uint8Array | undefined | Miss;
  lookup(worker: Worker, key: Uint8Array): EngineTask<Uint8Array | undefined>;
  /** REFUSED: the key exists; that is found out before the guard is asked. */
  insert(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    value: Uint8Array,
    guard: GapGuard | undefined,
  ): EngineTask<Outcome>;
  /** REFUSED: no such key. */
  remove(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    guard: GapGuard | undefined,
  ): EngineTask<Outcome>;
  /** Gives an existing key another value of any length; false: no such key. */
  replace(worker: Worker, owner: LogOwner, key: Uint8Array, value: Uint8Array): EngineTask<boolean>;
  /** Changes a value in place; MISS: nothing was done, call `update`. */
  tryUpdate(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): boolean | Miss;
  update(
    worker: Worker,
    owner: LogOwner,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): EngineTask<boolean>;
  /** From the first record at or after (or, backwards, at or before) `fromKey`. */
  scan(worker: Worker, fromKey: Uint8Array, direction: 1 | -1, visit: Visitor): EngineTask<void>;
}
