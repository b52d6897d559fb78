/** What the engine's own steps take on a core, in picoseconds; see `costs.ts` for their sources. */
export interface EngineTimes {
  /** Beginning and ending one call: arguments, comparison of the result, its copy. */
  readonly operation: number;
  /** Visiting one node on the way down: its cache misses and the search in it. */
  readonly nodeVisit: number;
  /** More misses in a leaf that no cache holds. */
  readonly coldLeaf: number;
  /** The same in a leaf that the last-level cache holds. */
  readonly cachedLeaf: number;
  /** Looking up one page in the hash table of the buffer pool. */
  readonly hashLookup: number;
  /** Changing a leaf: moving slots, writing the record. */
  readonly leafChange: number;
  /** Visiting one more record of a scan. */
  readonly scanStep: number;
  /** Handling one page miss: frame, page table, verification. */
  readonly loadPage: number;
  /** Choosing one page to evict and taking it out. */
  readonly evictPage: number;
  /** Copying one page in memory. */
  readonly copyPage: number;
}

/** An engine whose own work takes no time, for tests. */
export const FREE_ENGINE: EngineTimes = {
  operation: 0,
  nodeVisit: 0,
  coldLeaf: 0,
  cachedLeaf: 0,
  hashLookup: 0,
  leafChange: 0,
  scanStep: 0,
  loadPage: 0,
  evictPage: 0,
  copyPage: 0,
};
