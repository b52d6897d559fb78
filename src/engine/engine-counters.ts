/** What has happened inside an engine so far; every number only grows. */
import type { TransactionCounts } from "./transaction/transaction-context.ts";

export interface EngineCounters extends Readonly<TransactionCounts> {
  readonly pageReads: number;
  readonly pageWrites: number;
  /** Pages that were asked for and not there. */
  readonly misses: number;
  readonly evictions: number;
  /** Bytes of log written, padding of batches included. */
  readonly logBytes: number;
  /** Batches of log records made durable. */
  readonly logFlushes: number;
  /** Those of them on which more than one transaction waited. */
  readonly groupCommits: number;
  readonly checkpoints: number;
  readonly splits: number;
  readonly merges: number;
}
