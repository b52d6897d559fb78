/**
 * What stands in for a log under shadow paging: how to undo is remembered, a commit is a snapshot.
 */
import type { ShadowPaging } from "../buffer/mapped/shadow-paging.ts";
import type { LogOwner, TransactionLog } from "./change-log.ts";
import { NO_LOG } from "./no-log.ts";

/** LSN of whoever has changed anything: there is nothing to tell changes apart by. */
const CHANGED = 1;

/** @param pages are known once the pool is there. */
export function shadowLog(pages: () => ShadowPaging): TransactionLog {
  const note = (owner: LogOwner): number => {
    owner.firstLsn = CHANGED;
    owner.lastLsn = CHANGED;
    return 0;
  };
  return {
    ...NO_LOG,
    insert(owner, ...change) {
      NO_LOG.insert(owner, ...change);
      return note(owner);
    },
    remove(owner, ...change) {
      NO_LOG.remove(owner, ...change);
      return note(owner);
    },
    replace(owner, ...change) {
      NO_LOG.replace(owner, ...change);
      return note(owner);
    },
    *flushUpTo(_lsn, worker) {
      yield* pages().commit(worker);
    },
  };
}
