/**
 * The contract between software that wants I/O and an operating-system model.
 *
 * An operating system is facets: storage, memory (`memory-model.ts`) and scheduler. A workload or
 * storage engine sees this file only, also of the hardware; nobody asks which backend it has, but
 * what its traits are.
 *
 * Interface: a thread opens one `IoChannel` for itself. It calls `prepare` per request, `submit` to
 * hand the prepared ones over, `reap` for what has completed. None of these suspends; all charge
 * the thread's core. When `reap` returns nothing and there is nothing else to do, the thread yields
 * the channel's `completionWait`: the operating system decides whether that sleeps or polls. After
 * any call a thread whose core has run ahead of the simulation (`isAhead`) yields `CATCH_UP`.
 */

import type { CostTable } from "../base/sourced.ts";
import type { Cause } from "../hardware/cpu/ledger.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import type { Opcode } from "../hardware/nvme/command-table.ts";
import type { Media } from "../hardware/nvme/media.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { MemoryFacet, MemoryTraits } from "./memory-model.ts";
import type { BackendOption, OptionValues } from "./options.ts";
import type { Thread, ThreadTask, Wait } from "./thread-model.ts";

export type { Core } from "../hardware/cpu/core.ts";
export { CAUSE } from "../hardware/cpu/ledger.ts";
export { type LineTransferTimes, SharedLine } from "../hardware/cpu/shared-line.ts";
export type { Opcode } from "../hardware/nvme/command-table.ts";
export { FLUSH, FLUSH_METADATA, NOP, READ, WRITE } from "../hardware/nvme/command-table.ts";
export type { Poller } from "../hardware/nvme/completion-watch.ts";
export type { Media } from "../hardware/nvme/media.ts";
export type { IoStatus } from "../hardware/nvme/status.ts";
export {
  IO_DEVICE_GONE,
  IO_MEDIA_ERROR,
  IO_OK,
  IO_STATUS_TEXT,
  IO_WRITE_FAULT,
} from "../hardware/nvme/status.ts";

export type {
  CatchUp,
  Compute,
  Park,
  Poll,
  Sleep,
  Spin,
  SystemTask,
  Thread,
  ThreadTask,
  Until,
  Wait,
  Yield,
} from "./thread-model.ts";
export { CATCH_UP, PARK, SLEEP, YIELD } from "./thread-model.ts";

/** One thread's way to the drives. */
export interface IoChannel {
  /** Most requests that may be outstanding. */
  readonly depth: number;
  /** Tags of the completions that the last `reap` found, oldest first. */
  readonly completed: Int32Array;
  /** How each of them ended: `IO_OK` or an error. */
  readonly completedStatus: Uint8Array;
  /** What to yield when there is nothing to do but wait for a completion. */
  readonly completionWait: Wait;
  /**
   * Prepares one request; it is not handed over before `submit`.
   *
   * A completed write is durable once a FLUSH that was handed over afterwards has completed (or at
   * once, when the drives protect their cache). FLUSH_METADATA does more only for files.
   * @param offset byte offset inside the drive's namespace; 0 for a flush, as are its `bytes`.
   * @param tag the caller's name for it, 0 ≤ tag < `CHANNEL_DEPTH_MAX`.
   * @param buffer the data, `bytes` long: a read has filled it when its completion is reaped, a
   *   write needs it unchanged until then. Without one only time passes.
   */
  prepare(
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    tag: number,
    buffer?: Uint8Array,
  ): void;
  /**
   * Hands every prepared request over.
   * @param mayBeCut the look-ahead may end a call of several requests (`isSubmitting`).
   */
  submit(mayBeCut?: boolean): void;
  /**
   * Whether the look-ahead has ended the last `submit`: it has to be called again, when the thread
   * has caught up, before anything else is done.
   */
  readonly isSubmitting?: boolean;
  /**
   * Looks for at most `limit` completions; returns how many are now in `completed`.
   * @param least how many more the caller waits for before it does anything else; default: one. A
   *   call that waits for them returns only then; what is taken before are pieces of its result.
   */
  reap(limit: number, least?: number): number;
  /**
   * Whether the look-ahead ended the last `reap`, and not what it stands for: the next one goes on
   * where it stopped. Who would do something else first has to reap again before.
   */
  readonly isCut?: boolean;
  /**
   * Whether completions are passed to callbacks, which may submit while the look goes on; absent:
   * the look is a call, and its caller can do nothing before it returns.
   */
  readonly callsBack?: boolean;
  /**
   * The channel on which the thread syncs beside this one, by a call that blocks it. Absent: a
   * FLUSH is a request like others.
   */
  openSyncChannel?(): IoChannel;
}

/** A page as the kernel's page cache has it. */
export interface CachedPage {
  readonly bytes: Uint8Array;
  readonly isDirty: boolean;
}

export interface BufferedIo extends IoChannel {
  /** A look from outside: costs nothing, and no program could do it. */
  cached(drive: number, offset: number): CachedPage | undefined;
}

/** What a kernel makes of a dirty page whose write-back has failed. */
export type FailedPages = "clean" | "dirty";

export interface StorageFacet {
  /** A channel for `thread` that keeps up to `depth` requests outstanding. */
  openChannel(thread: Thread, depth: number): IoChannel;
  /**
   * A channel whose calls go through the kernel's page cache, one at a time and in whole pages.
   * Absent: the system has no page cache.
   * @param failedPages "clean" is what Linux does; the other is for comparison.
   */
  openBuffered?(thread: Thread, failedPages: FailedPages): BufferedIo;
  /** NVMe interrupts taken so far. */
  readonly interrupts: number;
  /** Switches so far to kernel workers that are no threads of the scheduler, and from them. */
  readonly workerSwitches?: number;
}

/** How a thread wants to be scheduled; what a scheduler does not offer has no effect. */
export interface ThreadAttributes {
  /** −20 (most) … 19 (least): its share of a core; below 0 it is urgent to a light scheduler. */
  readonly nice?: number;
  /** Whether it may be moved to another core; default: it stays where it was placed. */
  readonly isMigratable?: boolean;
  /** It begins when somebody wakes it; default: at once. */
  readonly beginsAsleep?: boolean;
}

export type {
  AccessHint,
  FilePaging,
  FileReads,
  FileStores,
  MemoryCounters,
  MemoryFacet,
  MemoryRegion,
  MemoryTraits,
  PageContent,
  RegionRequest,
} from "./memory-model.ts";
export { BusError, MISS, PAGE_BYTES, populateToRead } from "./memory-model.ts";

export interface SchedulerFacet {
  /** Starts thread number `index`; the operating system places it on a core. */
  spawn(index: number, body: (thread: Thread) => ThreadTask, attributes?: ThreadAttributes): Thread;
  /** Charges every core's time up to `endPs`, idle or polling. */
  settle(endPs: number): void;
  /** Times so far that a thread lost its core although it could have gone on. */
  readonly preemptions: number;
  /** Threads that could run and wait for core number `core`. */
  waiting(core: number): number;
  /** Whether they wait in one queue for whichever core is free: then every core says the same. */
  readonly hasOneQueue: boolean;
  /** Whether each piece of work is a task that a dispatcher creates: it has to be woken for it. */
  readonly isDispatched?: boolean;
  /**
   * The storage facet as this scheduler's threads see it: tasks share their worker's channel.
   * Absent: threads open channels of their own.
   */
  shareStorage?(storage: StorageFacet): StorageFacet;
}

/** Capabilities, so that nobody compares backend names. */
export interface Traits {
  /** How a thread learns of a completion. */
  readonly completion: "interrupt" | "polling";
  /** Most requests that one channel can keep outstanding; 1 for a blocking call. */
  readonly channelDepthMax: number;
  /** Most that all channels together keep outstanding unless an administrator sets `by` higher. */
  readonly allDepthsMax?: { readonly most: number; readonly by: string };
  /** Kernel threads that the system runs beside each of the workload's. */
  readonly helperThreads: 0 | 1;
  /** Whether a request is handed over by entering a kernel. */
  readonly crossesKernel: boolean;
  /** Whether a request may be one that does nothing (NOP). */
  readonly takesNops: boolean;
  /** Whether a request may be a FLUSH. */
  readonly takesFlushes: boolean;
  /** Whether `openBuffered` is there. */
  readonly hasPageCache: boolean;
  /** Whether whoever asks commands the drives itself, and so sees what they say of their caches. */
  readonly commandsDrives: boolean;
}

/** What a scheduler offers to the storage facet above which it runs. */
export interface SchedulerTraits {
  /** Whether a thread can give up its core until an interrupt wakes it. */
  readonly canSleep: boolean;
  /** Whether the threads of a core share one channel, so that none may block it. */
  readonly sharesChannels: boolean;
  /** Whether kernel threads behind shared channels have cores, beside those of the workers. */
  readonly hasHelperCores?: boolean;
}

/** The drives as an engine finds them. */
export interface Volume {
  readonly driveCount: number;
  /** Bytes of one drive's namespace. */
  readonly driveBytes: number;
  /**
   * Whether a completed write is durable only after a FLUSH. False: the drives say that they
   * protect their caches, and there is no kernel between that demands to be asked.
   */
  readonly needsFlushes: boolean;
  /** What is written on them, for loading without simulated time; undefined: only time passes. */
  readonly media: Media | undefined;
}

export interface OperatingSystem {
  readonly traits: Traits;
  readonly volume: Volume;
  readonly storage: StorageFacet;
  readonly memory: MemoryFacet;
  readonly scheduler: SchedulerFacet;
}

/** Everything that an operating system is built on. */
export interface Ground {
  readonly seed: number;
  readonly simulation: Simulation;
  readonly machine: HostMachine;
  /** Time of each of the backend's costs on this machine at this run's clock, in picoseconds. */
  readonly costs: Readonly<Record<string, number>>;
  readonly options: OptionValues;
  /** Workload threads that will be spawned. */
  readonly threadCount: number;
  /** Hardware threads on which they may run: the first ones. */
  readonly coreCount: number;
}

/** Most requests that any channel keeps outstanding: tags are 16 bits. */
export const CHANNEL_DEPTH_MAX = 65_536;

export type BackendCosts = CostTable;
/** What each cost is, and the cause that it is charged to. */
export type CostMeanings<Name extends string = string> = {
  readonly [name in Name]: {
    readonly cause: Cause;
    readonly meaning: string;
    /** Time that passes without anybody's work: a rule's interval, charged nowhere. */
    readonly isInterval?: true;
    /** Work that waits for memory: it takes as long at every clock. */
    readonly waitsForMemory?: true;
  };
};

/** One folder of `src/os`, as the registry lists it. */
export interface BackendModule {
  readonly id: string;
  readonly title: string;
  /** One sentence: what it is in the real world. */
  readonly summary: string;
  /** What the lecture calls this model. */
  readonly lectureName: string;
  /** Options of the storage facet. */
  readonly options: readonly BackendOption[];
  /** Options of the scheduler facet. */
  readonly schedulerOptions: readonly BackendOption[];
  /** Costs on a machine that does not say otherwise. */
  readonly costs: BackendCosts;
  /** What each cost is and on which cause it is charged. */
  readonly costMeanings: CostMeanings;
  /** Traits of the storage facet under the given options, known before anything is built. */
  traits(options: OptionValues): Traits;
  schedulerTraits(options: OptionValues): SchedulerTraits;
  createScheduler(ground: Ground): SchedulerFacet;
  /** @param scheduler on which the facet's own kernel threads run, if it has any. */
  createStorage(ground: Ground, scheduler: SchedulerFacet): StorageFacet;
  readonly memory: MemoryModule;
}

/** A backend's memory facet, as its `memory.ts` exports it. */
export interface MemoryModule {
  readonly traits: MemoryTraits;
  /** Options of the facet, beside the storage facet's. */
  readonly options: readonly BackendOption[];
  /** Costs of the facet; a workload without regions does not have them. */
  readonly costs: BackendCosts;
  readonly costMeanings: CostMeanings;
  /** Kernel threads that the facet runs behind the workload's: kswapd. */
  helperThreads?(options: OptionValues): number;
  /** @param storage the run's storage facet, from which a file mapping reads. */
  create(ground: Ground, scheduler: SchedulerFacet, storage: StorageFacet): MemoryFacet;
}
