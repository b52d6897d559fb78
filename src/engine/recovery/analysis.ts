/**
 * Analysis: one pass over the log finds who had not ended at the crash, and how to undo it.
 *
 * The scan begins before the first record of every transaction that was under way at the
 * checkpoint, so the log itself says all; a checkpoint need not list transactions or dirty pages.
 */

import { UndoList } from "../transaction/undo-list.ts";
import type { LogOwner } from "../wal/change-log.ts";
import { beforeOf, keyOf, offsetOfRecord, treeOfRecord, undoNextOf } from "../wal/leaf-record.ts";
import { ABORTED, COMMIT, isLeafChange, type RecordView } from "../wal/log-record.ts";
import { undoOf } from "../wal/write-ahead-log.ts";
import type { LogReader } from "./log-reader.ts";

export class Analysis {
  /** Above the number of every transaction in the log. */
  nextTransactionId = 1;
  readonly #open = new Map<number, LogOwner>();

  constructor(log: LogReader, scanLsn: number) {
    log.forEach(scanLsn, (record) => this.#look(record));
  }

  /** Transactions that had begun and not ended, oldest first. */
  losers(): readonly LogOwner[] {
    return [...this.#open.values()];
  }

  #look(record: RecordView): void {
    const { transaction, kind } = record;
    if (transaction >= this.nextTransactionId) this.nextTransactionId = transaction + 1;
    if (kind === COMMIT || kind === ABORTED) this.#open.delete(transaction);
    else if (isLeafChange(kind)) this.#lookAtChange(record);
  }

  #lookAtChange(record: RecordView): void {
    let owner = this.#open.get(record.transaction);
    if (owner === undefined) {
      const transactionId = record.transaction;
      const undo = new UndoList();
      const firstLsn = record.lsn;
      owner = { transactionId, firstLsn, lastLsn: 0, undoNextLsn: -1, logBytes: 0, undo };
      this.#open.set(transactionId, owner);
    }
    owner.lastLsn = record.lsn;
    const { undo } = owner;
    if (record.isCompensation) {
      const next = undoNextOf(record);
      while (undo.lsn > next) undo.pop();
      return;
    }
    const offset = offsetOfRecord(record);
    const tree = treeOfRecord(record);
    const before = beforeOf(record);
    const kind = undoOf(record.kind);
    undo.push(kind, tree, offset, keyOf(record), before, 0, before.length, record.lsn);
  }
}
