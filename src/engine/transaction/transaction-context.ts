/** What the transactions of one database share. */
import type { EngineTask } from "../model.ts";
import type { TransactionLog } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";
import type { LockTable } from "./lock-table.ts";
import type { RecordAccess } from "./record-access.ts";

/** What transactions cost a core, in picoseconds; see `engine/costs.ts`. */
export interface TransactionCosts {
  /** Taking one lock and giving it back. */
  readonly lockPs: number;
  /** Beginning and ending a transaction. */
  readonly transactionPs: number;
  /** Logging 1,024 bytes: building, copying and checking records. */
  readonly logKibibytePs: number;
}

/** What a transaction passes before it changes anything: a checkpoint, or its turn to write. */
export interface WriteGate {
  /** Whether `run` has something to do. */
  isDue(worker: Worker): boolean;
  /**
   * @param mayWait whether the transaction has no locks that others may wait for.
   * @throws TransactionAborted when it would have to wait and must not.
   */
  run(worker: Worker, mayWait: boolean): EngineTask<void>;
  /** The worker's transaction has ended. */
  ended?(worker: Worker): void;
}

/** How transactions have ended, and what they met. */
export interface TransactionCounts {
  commits: number;
  aborts: number;
  /** Requests for a lock that closed a cycle of waits. */
  deadlocks: number;
  /** Requests for a lock that had to wait. */
  lockWaits: number;
}

export interface TransactionContext {
  readonly log: TransactionLog;
  readonly locks: LockTable;
  readonly costs: TransactionCosts;
  readonly counts: TransactionCounts;
  readonly gate: WriteGate | undefined;
  treeOf(treeId: number): RecordAccess;
  /** A number that no transaction in the log has. */
  newId(): number;
  /** Who is giving its locks back now. */
  releasing: Worker | undefined;
}
