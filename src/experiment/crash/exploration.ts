/** What a crash exploration has found. */

export interface Violation {
  readonly state: string;
  readonly message: string;
}

export interface Exploration {
  readonly runs: number;
  readonly positions: number;
  readonly distinct: number;
  /** States met again, and not recovered again. */
  readonly repeated: number;
  readonly commits: number;
  /** Of the distinct states. */
  readonly nested: number;
  readonly withTornWrites: number;
  readonly withReordering: number;
  /** Runs that ended in an error told to the workload. */
  readonly failedRuns: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}
