/**
 * What the explorer explores: a store with its workload, on a simulated operating system.
 *
 * The explorer knows neither pages nor logs. It runs the workload once on recording media, cuts the
 * power at positions of the trace, and asks the store to recover from what is left.
 */
import type { OperatingSystem, Thread, ThreadTask } from "../../os/model.ts";
import { applyRecord, SetDigest } from "./digest.ts";
import type { CommitOracle } from "./oracle.ts";

/** What recovery found: every record of the store, and what is wrong with it inside. */
export class Recovered {
  readonly digest = new SetDigest();
  /** Broken pages, tree invariants, conditions of the workload; empty: nothing. */
  readonly faults: string[] = [];
  /** Records by name, only when somebody wants to read them. */
  readonly records: Map<string, string> | undefined;
  recordCount = 0;

  constructor(isCollecting: boolean) {
    this.records = isCollecting ? new Map() : undefined;
  }

  record(tree: number, key: Uint8Array, value: Uint8Array): void {
    this.recordCount += 1;
    applyRecord(this.digest, tree, key, value, 1);
    this.records?.set(`${tree}:${key.join(",")}`, String(value));
  }
}

/** How often what happened; names are the store's own: `splits`, `checkpoints`. */
export type Coverage = Readonly<Record<string, number>>;

/** One run of a store's workload that is about to begin. */
export interface WorkloadRun {
  /** Bodies of its threads; a body that throws ends its thread, as a panic would. */
  readonly bodies: readonly ((thread: Thread) => ThreadTask)[];
  coverage(): Coverage;
}

/** One recovery that is about to begin. */
export interface RecoveryRun {
  body(thread: Thread): ThreadTask;
  coverage(): Coverage;
}

export interface CrashSubject {
  readonly id: string;
  /** Threads that its workload has. */
  readonly threads: number;
  /**
   * A fresh store on `system`'s empty drives, and its workload.
   * @param oracle is told what was asked and acknowledged.
   */
  start(system: OperatingSystem, oracle: CommitOracle, seed: number): WorkloadRun;
  /** Recovers from what is on `system`'s drives and reports everything that is there. */
  recover(system: OperatingSystem, found: Recovered, seed: number): RecoveryRun;
}
