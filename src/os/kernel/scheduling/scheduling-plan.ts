/**
 * What a scheduler's steps take, and which rules it follows: all in which kernel threads, light
 * threads and tasks differ.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { HaltTimes } from "../../../hardware/guest.ts";
import type { Poll } from "../../model.ts";
import type { DispatcherCosts } from "./dispatcher.ts";
import type { KernelThread } from "./kernel-thread.ts";
import type { RunnableThreads } from "./runnable-threads.ts";

/** One step of a path: a cause of the ledger and the work that it takes, in picoseconds. */
export interface Step {
  readonly cause: number;
  readonly ps: number;
}

/** Charges a path's steps to `core`; returns how long they took. */
export function paySteps(core: Core, steps: readonly Step[]): number {
  let tookPs = 0;
  for (const { cause, ps } of steps) tookPs += core.charge(cause, ps);
  return tookPs;
}

/** How software on one core gets the attention of another. */
export interface Signal {
  readonly send: readonly Step[];
  /** From the end of sending to the other core's first instruction, in picoseconds. */
  readonly travelPs: number;
  readonly receive: readonly Step[];
}

const NO_SIGNAL: Signal = { send: [], travelPs: 0, receive: [] };

/** What a sleep up to a moment takes, beside giving up the core and being switched to. */
export interface SleepTimer {
  /** Asking for it, unless the thread waits inside a call. */
  readonly call: readonly Step[];
  /** Setting the timer, and taking it back. */
  readonly set: readonly Step[];
  /** Leaving the guest for its interrupt, unless the core has halted and left it before. */
  readonly arrive: readonly Step[];
  /** Its end: the interrupt, and making the thread runnable. */
  readonly end: readonly Step[];
}

export const NO_TIMER: SleepTimer = { call: [], set: [], arrive: [], end: [] };

/** Switching back to a thread whose lines are still in the core's caches. */
export interface WarmSwitch {
  readonly switchPs: number;
  /** How long after a thread gave way its lines are there. */
  readonly withinPs: number;
}

/** How a core without a thread waits, and how another one's software reaches it. */
export interface IdlePlan {
  readonly rouse: Signal;
  /** Leaving the idle state. */
  readonly idleExitPs: number;
  /** It halts and leaves the guest; absent: it does not. */
  readonly halt?: HaltTimes;
}

/** Threads poll by loops of their own, which end when another one tells them to go on. */
export interface WakePolling {
  /**
   * Going round whatever it polls, in vain: so waits for another one who has its core to itself.
   * Absent: with nothing of its own to poll for, it gives up the core.
   */
  readonly round?: Poll;
  /** How another core's store gets here. */
  readonly signal: Signal;
}

/** A worker without runnable tasks sleeps in the kernel. */
export interface WorkerSleep {
  /** The call in which it does, unless it waits for completions. */
  readonly park: readonly Step[];
  /** Another core's software ends that. */
  readonly rouse: Signal;
}

export interface SchedulingPlan extends IdlePlan {
  readonly contextSwitchPs: number;
  /** Absent: every switch takes the same. */
  readonly warm?: WarmSwitch;
  /** What a core does that has no thread to run: a cause of the ledger. */
  readonly idleCause: number;
  /** Reaching a busy core that is to be preempted. */
  readonly kick: Signal;
  /** One look of the timer at a running thread: a tick, or the end of a quantum. */
  readonly timer: readonly Step[];
  /** Waiting for another thread; telling it; and what more it takes if it sleeps already. */
  readonly park: readonly Step[];
  readonly unpark: readonly Step[];
  readonly wakeUp: readonly Step[];
  /** Absent: who polls is in a call that ends with its I/O; who waits for another one sleeps. */
  readonly wakePolling?: WakePolling;
  /** Sleeping up to a moment; and a worker's own sleep up to when the first of its tasks is due. */
  readonly sleepTimer: SleepTimer;
  readonly workerTimer: SleepTimer;
  /** Switching the kernel to a worker that slept; 0 when workers never sleep. */
  readonly workerSwitchPs: number;
  /** Absent: workers never sleep. */
  readonly workerSleep?: WorkerSleep;
  /** The runnable threads of one core, or of all cores when `isShared`. */
  createRunnable(): RunnableThreads;
  /** Whether one queue serves all cores: no thread waits while a core is free. */
  readonly isShared: boolean;
  /** With a shared queue: the last core assigns threads to the others. */
  readonly dispatcher?: DispatcherCosts;
  /** Moves runnable threads from busy to idle cores; absent: they stay. */
  readonly balancing?: BalancingPlan;
}

/** What switching `core` to `next` takes; `hasIdled`: it has had no thread since the last one. */
export function switchPs(
  { warm, contextSwitchPs }: SchedulingPlan,
  core: Core,
  next: KernelThread,
  hasIdled: boolean,
): number {
  const { cursorPs } = core;
  const isWarm =
    warm !== undefined &&
    !hasIdled &&
    next.core === core &&
    // Otherwise it was woken for a moment that has not come yet, and the core idles until then.
    next.readyPs <= cursorPs &&
    cursorPs - next.leftPs <= warm.withinPs;
  return isWarm ? warm.switchPs : contextSwitchPs;
}

/** What a run queue per core needs to be fair over cores. */
export interface BalancingPlan {
  /** A thread that ran so recently is not moved: its data are in the core's cache. */
  readonly hotPs: number;
  /** Moving one thread. */
  readonly migratePs: number;
}

/** A plan without cost or signal, for the upper bound and as a base in tests. */
export function freePlan(createRunnable: () => RunnableThreads, idleCause: number): SchedulingPlan {
  return {
    contextSwitchPs: 0,
    idleCause,
    idleExitPs: 0,
    rouse: NO_SIGNAL,
    kick: NO_SIGNAL,
    timer: [],
    park: [],
    unpark: [],
    wakeUp: [],
    sleepTimer: NO_TIMER,
    workerTimer: NO_TIMER,
    workerSwitchPs: 0,
    createRunnable,
    isShared: false,
  };
}
