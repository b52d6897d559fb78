/** What the parts of one tree share. */
import type { BufferPool } from "../buffer/buffer-pool.ts";
import type { PageAllocator } from "../page-allocator.ts";
import type { ChangeLog } from "../wal/change-log.ts";
import type { Descent } from "./descent.ts";

/** How often structures changed, over all trees of a database. */
export interface StructureCounts {
  splits: number;
  merges: number;
  /** Times a root got another level. */
  grown: number;
}

export interface TreeParts {
  readonly treeId: number;
  readonly pool: BufferPool;
  readonly log: ChangeLog;
  readonly allocator: PageAllocator;
  readonly descent: Descent;
  readonly counts: StructureCounts;
  /** Memory for one key of each length, for whoever needs one until it suspends. */
  readonly keyScratch: Uint8Array[];
}
