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

/** Who truncates the log. */
export interface Checkpointer {
  /** Whether enough has been logged since the last checkpoint, and nobody takes one now. */
  isDue(): boolean;
  run(worker: Worker): EngineTask<void>;
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
  readonly checkpointer: Checkpointer | undefined;
  treeOf(treeId: number): RecordAccess;
  /** A number that no transaction in the log has. */
  newId(): number;
  /** When the locks that are being given back are free. */
  releasedAtPs: number;
}
