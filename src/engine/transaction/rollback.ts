/**
 * Undoing what a transaction did, newest first; at run time and after a crash alike.
 *
 * Each step is an ordinary change of the tree that is logged as a compensation record. It names the
 * record that is to be undone next, so that a crash in the middle of a rollback repeats no step
 * (ARIES: Mohan et al., TODS 1992).
 */
import { assert } from "../../base/assert.ts";
import type { EngineTask } from "../model.ts";
import type { LogOwner } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";
import { DONE, type RecordAccess } from "./record-access.ts";
import { UNDO_INSERT, UNDO_REMOVE, UNDO_REPLACE } from "./undo-list.ts";

/** Undoes the newest change that `owner` has not undone yet. */
export function* undoLast(
  owner: LogOwner,
  worker: Worker,
  treeOf: (treeId: number) => RecordAccess,
): EngineTask<void> {
  const { undo } = owner;
  const { kind, offset, key, before } = undo;
  const tree = treeOf(undo.treeId);
  owner.undoNextLsn = undo.previousLsn;
  let isDone: boolean;
  if (kind === UNDO_INSERT) {
    isDone = (yield* tree.remove(worker, owner, key, undefined)) === DONE;
  } else if (kind === UNDO_REMOVE) {
    isDone = (yield* tree.insert(worker, owner, key, before, undefined)) === DONE;
  } else if (kind === UNDO_REPLACE) {
    isDone = yield* tree.replace(worker, owner, key, before);
  } else {
    isDone = yield* tree.update(worker, owner, key, (value) => value.set(before, offset));
  }
  assert(isDone, "what a transaction did is still there when it is undone");
  undo.pop();
}
