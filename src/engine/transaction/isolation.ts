/** Isolation levels as numbers; their order is that of protection. */
import type { IsolationLevel } from "../model.ts";

export const NONE = -1;
export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;
export const REPEATABLE_READ = 2;
export const SERIALIZABLE = 3;

export const LEVELS: { readonly [name in IsolationLevel]: number } = {
  serializable: SERIALIZABLE,
  "repeatable-read": REPEATABLE_READ,
  "read-committed": READ_COMMITTED,
  "read-uncommitted": READ_UNCOMMITTED,
  none: NONE,
};
