/** The log of a database that runs without one (`wal off`): rollback works, a crash loses all. */
import { treeIdOf } from "../page/page-header.ts";
import { UNDO_INSERT, UNDO_PATCH, UNDO_REMOVE, UNDO_REPLACE } from "../transaction/undo-list.ts";
import type { TransactionLog } from "./change-log.ts";
import { firstDifference, lastDifference } from "./write-ahead-log.ts";

const NO_BYTES = new Uint8Array(0);

export const NO_LOG: TransactionLog = {
  endLsn: 0,
  durableLsn: Number.POSITIVE_INFINITY,
  *flushUpTo() {
    // Everything is as durable as it will ever be.
  },
  insert(owner, memory, base, _slot, key) {
    if (owner.undoNextLsn < 0) {
      owner.undo.push(UNDO_INSERT, treeIdOf(memory, base), 0, key, NO_BYTES, 0, 0, 0);
    }
    return 0;
  },
  remove(owner, memory, base, _slot, key, value) {
    if (owner.undoNextLsn < 0) {
      owner.undo.push(UNDO_REMOVE, treeIdOf(memory, base), 0, key, value, 0, value.length, 0);
    }
    return 0;
  },
  replace(owner, memory, base, _slot, key, before, after) {
    if (owner.undoNextLsn >= 0) return 0;
    const treeId = treeIdOf(memory, base);
    if (before.length !== after.length) {
      owner.undo.push(UNDO_REPLACE, treeId, 0, key, before, 0, before.length, 0);
      return 0;
    }
    const from = firstDifference(before, after);
    if (from === before.length) return 0;
    const to = lastDifference(before, after) + 1;
    owner.undo.push(UNDO_PATCH, treeId, from, key, before, from, to, 0);
    return 0;
  },
  image: () => 0,
  structure: () => 0,
  beginGroup: () => {},
  endGroup: () => {},
  assertAlive: () => {},
  commit: () => 0,
  aborted: () => 0,
};
