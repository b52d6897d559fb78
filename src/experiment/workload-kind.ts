/**
 * A kind of workload: what `spec.workload.kind` stands for.
 *
 * Interface: `resolve` checks a spec against machine and operating system before anything is built;
 * `build` makes the threads of one run; the running workload stops on demand, says what is still
 * outstanding, and turns what it saw into the metrics of its kind.
 */
import type { CostTable } from "../base/sourced.ts";
import type { LedgerRow } from "../hardware/cpu/ledger.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import type { MachineSpec } from "../hardware/machines/machine-spec.ts";
import type { DriveUtilisation } from "../hardware/nvme/drive.ts";
import type {
  CostMeanings,
  MemoryTraits,
  OperatingSystem,
  SchedulerFacet,
  Thread,
  Traits,
} from "../os/model.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Window } from "../workload/job-statistics.ts";
import type { Witness } from "../workload/witness.ts";
import type { Metrics } from "./metric.ts";
import type { Interval, JobResult } from "./result.ts";
import type { ExperimentInput, ExperimentSpec } from "./spec.ts";
import type { WorkloadSpec } from "./workloads/schema.ts";

/** What a spec is checked against. */
export interface WorkloadGround {
  /** The spec around the workload; `drives` is a number of drives, never 0. */
  readonly spec: ExperimentSpec;
  readonly machine: MachineSpec;
  readonly traits: Traits;
  readonly memoryTraits: MemoryTraits;
  /** Add what the user should know. */
  readonly warnings: string[];
}

/** What a workload is built on. */
export interface WorkloadSite {
  readonly spec: ExperimentSpec;
  readonly simulation: Simulation;
  readonly machine: HostMachine;
  readonly system: OperatingSystem;
  readonly window: Window;
  readonly memoryTraits: MemoryTraits;
  /** Builds machines and systems of its own, for a workload that runs several. */
  another(input: ExperimentInput, window: Window): () => WorkloadSite;
  /** Time of each cost in this run, in picoseconds. */
  readonly costs: Readonly<Record<string, number>>;
}

/** What a run measured around the workload, over its window. */
export interface Measured {
  readonly spec: ExperimentSpec;
  readonly traits: Traits;
  /** Ledgers of the cores that ran anything. */
  readonly rows: readonly LedgerRow[];
  readonly threads: readonly Thread[];
  readonly windowPs: number;
  readonly clockGHz: number;
  readonly switches: number;
  /** Of each of `threads`. */
  readonly threadSwitches: readonly number[];
  /** Where each of `threads` was when the window closed: draining may move it. */
  readonly threadCores: readonly number[];
  readonly interrupts: number;
  readonly utilisation: readonly DriveUtilisation[];
}

/** What a running workload has to say when its window is over and everything has ended. */
export interface WorkloadResult {
  readonly metrics: Metrics;
  /** Operations inside the window: the ledger is shown per operation. */
  readonly operations: number;
  /** One entry per thread, for kinds that report jobs as fio does. */
  readonly jobs?: readonly JobResult[];
  /** All jobs as one. */
  readonly allJobs?: JobResult;
  /** Data scale; 1 where nothing is scaled. */
  readonly scale?: number;
  /** Metrics over time, for kinds that report them. */
  readonly intervals?: readonly Interval[];
  /** What the user should know of the numbers, beside what was clear before the run. */
  readonly warnings?: readonly string[];
}

export interface RunningWorkload {
  /** Starts every thread of the workload; called once, at time 0. */
  start(scheduler: SchedulerFacet): readonly Thread[];
  /** From now on nothing new is begun. */
  stop(): void;
  /** Operations begun and not ended. */
  outstanding(): number;
  /** Grows with every part of an operation that is done; absent: operations have few parts. */
  progress?(): number;
  /** Asks, before the start, to be told what happens; absent: a kind without a story. */
  tell?(witness: Witness): void;
  /** @throws InvariantError when a law of the workload is broken. */
  result(measured: Measured): WorkloadResult;
}

/** What a page takes on a drive that does nothing else, in picoseconds. */
export interface IdleDrive {
  readonly readPs: number;
  readonly writePs: number;
}

export interface WorkloadKind<Spec extends WorkloadSpec = WorkloadSpec> {
  readonly id: Spec["kind"];
  /** What it does, in a few words. */
  readonly title: string;
  /** What one operation is called in tables: `I/O`. */
  readonly operation: string;
  /** Costs of software that this kind brings along, beside those of the operating system. */
  readonly costs?: CostTable;
  /** The same on a machine whose cores run at `clockGHz` when they work alone; else as they are. */
  costsAt?(clockGHz: number): CostTable;
  readonly costMeanings?: CostMeanings;
  /** Whether it creates memory regions: only then their facet's costs and options belong to it. */
  usesMemory?(workload: Spec, traits: MemoryTraits): boolean;
  /** Whether its threads wait for I/O that they have asked for themselves. */
  readonly awaitsIo?: true;
  /**
   * How far its cores may run ahead of the simulation's clock, in picoseconds, if not as far as
   * others: results must hardly depend on it, and a run takes the longer the nearer it is.
   */
  readonly lookaheadPs?: number;
  /** Threads that the workload spawns, those of a background included. */
  threads(workload: Spec): number;
  /**
   * Most requests per second, where the workload itself bounds them: as many as it has under way,
   * each of them as long as on an idle drive; or its own rate.
   */
  mostRequests?(workload: Spec, idle: IdleDrive): number;
  /**
   * Checks the workload and returns it as it will run.
   * @throws UsageError naming the field that is wrong.
   */
  resolve(workload: Spec, ground: WorkloadGround): Spec;
  build(workload: Spec, site: WorkloadSite): RunningWorkload;
}
