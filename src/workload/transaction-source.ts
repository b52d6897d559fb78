/** What a workload's client asks for, one transaction after the other. */
import { assert } from "../base/assert.ts";
import type { EngineTask, Miss, Transaction } from "../engine/model.ts";

export interface TransactionSource {
  /** Draws the next transaction's inputs. */
  draw(): void;
  /**
   * Everything between begin and commit of what was drawn; called again with the same inputs when
   * the transaction had to give way.
   * @returns false when the transaction is to be rolled back, as its inputs demand.
   */
  run(transaction: Transaction): EngineTask<boolean>;
  /** `run` as a plain call, for what only reads; MISS: call `run`, in the same transaction. */
  tryRun?(transaction: Transaction): boolean | Miss;
  /** What was drawn last has committed. */
  committed?(): void;
}

/** A row that must be there: the workload never looks up what does not exist. */
export function required(row: Uint8Array | undefined, tree: string): Uint8Array {
  assert(row !== undefined, "a row that the workload relies on is not there", tree);
  return row;
}
