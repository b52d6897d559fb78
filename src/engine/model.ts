/**
 * The contract between a workload and a storage engine.
 *
 * A workload opens one session per thread or task and runs one transaction of it at a time. What
 * may have to wait is a generator; `tryGet` is the plain call of the hot path.
 *
 * I1  A value handed out is a view, valid until the task's next suspension; nobody writes to it.
 * I2  After `TransactionAborted` the workload calls `abort`, and may then begin again.
 * I3  Keys and values passed in may be reused as soon as the call has returned.
 * I4  Keys are ordered as unsigned bytes, a prefix before what it begins.
 */
import type { Thread, Wait } from "../os/model.ts";

/** Work of the engine that may suspend. */
export type EngineTask<T> = Generator<Wait, T, void>;

/** What a plain call returns when it would have had to suspend: call the generator instead. */
export const MISS: unique symbol = Symbol("would have to suspend");
export type Miss = typeof MISS;

export const ISOLATION_LEVELS = [
  "serializable",
  "repeatable-read",
  "read-committed",
  "read-uncommitted",
] as const;
/** `none` is no level: nobody locks, so nothing may be rolled back. */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number] | "none";

/** A transaction had to give way to another one; nothing of it will remain. */
export class TransactionAborted extends Error {
  readonly reason: "deadlock" | "conflict";

  constructor(reason: "deadlock" | "conflict") {
    super(`the transaction gave way: ${reason}`);
    this.name = "TransactionAborted";
    this.reason = reason;
  }
}

/** A B+-tree of a database. */
export interface Tree {
  readonly name: string;
}

export interface Transaction {
  /** The value under `key`, undefined when there is none. */
  tryGet(tree: Tree, key: Uint8Array): Uint8Array | undefined | Miss;
  get(tree: Tree, key: Uint8Array): EngineTask<Uint8Array | undefined>;
  /** Returns false, and changes nothing, when the key exists. */
  insert(tree: Tree, key: Uint8Array, value: Uint8Array): EngineTask<boolean>;
  /** Inserts or replaces. */
  put(tree: Tree, key: Uint8Array, value: Uint8Array): EngineTask<void>;
  /**
   * Changes a value in place, its length stays; returns false when there is no such key.
   * @param change is called once, with the value's bytes, and does not suspend.
   */
  update(tree: Tree, key: Uint8Array, change: (value: Uint8Array) => void): EngineTask<boolean>;
  /** `update` as a plain call; MISS: nothing was done, `change` was not called. */
  tryUpdate(tree: Tree, key: Uint8Array, change: (value: Uint8Array) => void): boolean | Miss;
  /** Returns false when there is no such key. */
  delete(tree: Tree, key: Uint8Array): EngineTask<boolean>;
  /**
   * Visits entries from the first one at or after `fromKey` (direction 1), or at or before it (−1),
   * until `visit` returns false or the tree ends.
   */
  scan(
    tree: Tree,
    fromKey: Uint8Array,
    direction: 1 | -1,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): EngineTask<void>;
  /** `commit` as a plain call, for whoever has changed nothing; false: nothing was done. */
  tryCommit(): boolean;
  /** Returns when the transaction is durable. */
  commit(): EngineTask<void>;
  /** Undoes everything that the transaction did. */
  abort(): EngineTask<void>;
}

export interface Session {
  begin(level?: IsolationLevel): Transaction;
  /** Returns when nothing that the session has begun is outstanding. */
  close(): EngineTask<void>;
}

/** A database as a workload sees it. */
export interface Database {
  createTree(name: string): Tree;
  tree(name: string): Tree;
  /** Fills an empty tree with ascending keys, in host time only. Entries may be reused buffers. */
  bulkLoad(tree: Tree, entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): void;
  openSession(thread: Thread): Session;
}
