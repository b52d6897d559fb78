/** The contract of threads: what code on a thread sees of it, and every reason to suspend. */
import type { Core } from "../hardware/cpu/core.ts";
import type { Poller } from "../hardware/nvme/completion-watch.ts";
import type { Task } from "../sim/task.ts";

/** Wait until the simulation's clock has reached this thread's core. */
export interface CatchUp {
  readonly kind: "catch-up";
}
/** Give up the core until somebody wakes this thread. */
export interface Sleep {
  readonly kind: "sleep";
  /** When what the thread waits for is there, if that is known already; Infinity: it is not. */
  earliestPs(): number;
  /** The core whose software wakes the thread then; absent or undefined: as `Thread.wake` says. */
  wokenBy?(): Core | undefined;
  /**
   * Whether the thread waits inside a call, which may have a time limit; absent, or false: to wait
   * up to a moment is a call of its own.
   */
  isInCall?(): boolean;
  /** The time limit has ended the call. */
  timedOut?(): void;
}
/**
 * Keep the core and look for completions in a loop; where threads poll for each other, too, a
 * wake-up also ends it.
 */
export interface Poll {
  readonly kind: "poll";
  /** Duration of one look that finds nothing, in picoseconds. */
  readonly periodPs: number;
  /** How long to look in vain before going on, in picoseconds; Infinity: for ever. */
  readonly timeoutPs: number;
  /**
   * From now on `poller` is told of each completion, when it is posted; returns when the earliest
   * already posted one becomes visible (Infinity: none).
   */
  arm(poller: Poller): number;
  /** Ends what `arm` began. */
  disarm(): void;
}

/**
 * Wait as `other` does, but not beyond `atPs`; whoever yields it may change `atPs` and reuse it.
 * Where `other` gives up the core this costs what the operating system takes for a timed sleep.
 */
export interface Until {
  readonly kind: "until";
  atPs: number;
  readonly other: Wait;
}

/**
 * Give up the core until another thread unparks this one: what a latch, a lock or a commit waits
 * with. It costs what the operating system takes for it (a futex call, or a function); `Sleep` is
 * for waits that are part of a call already paid for, and costs nothing. A reactor that is alone on
 * its core keeps it and polls.
 */
export interface Park {
  readonly kind: "park";
}
/** Let other runnable threads of the core run first, if there are any. */
export interface Yield {
  readonly kind: "yield";
}
/**
 * Work that may be long. The scheduler does it, counts `remainingPs` down and may preempt the
 * thread anywhere in it; what is charged directly runs to its end. May be reused when it has ended.
 */
export interface Compute {
  readonly kind: "compute";
  /** Cause in the ledger. */
  readonly cause: number;
  /** Work left, in picoseconds on a core that is not shared with a busy sibling. */
  remainingPs: number;
}

/**
 * Keep the core and wait for a moment that is known, with interrupts enabled.
 *
 * What interrupts do meanwhile does not lengthen the wait, unless they end after it. Whoever yields
 * it may change it and reuse it.
 */
export interface Spin {
  readonly kind: "spin";
  atPs: number;
  /** Cause that the waiting is charged to. */
  cause: number;
}

/** Every reason for which a task may suspend. */
export type Wait = CatchUp | Sleep | Poll | Until | Park | Yield | Compute | Spin;
export type ThreadTask = Task<Wait>;
/** Simulated control flow inside the system that may suspend its thread and has a result. */
export type SystemTask<Result = void> = Generator<Wait, Result, void>;

export const CATCH_UP: CatchUp = { kind: "catch-up" };
export const PARK: Park = { kind: "park" };
export const YIELD: Yield = { kind: "yield" };
export const SLEEP: Sleep = { kind: "sleep", earliestPs: () => Number.POSITIVE_INFINITY };

/** A thread of the simulated system, as the code that runs on it sees it. */
export interface Thread {
  /** The core that it runs on, or ran on last; it changes only while a migratable one suspends. */
  readonly core: Core;
  /**
   * Whether the thread should yield `CATCH_UP`: its core is further ahead of the clock than the
   * look-ahead allows, or somebody else is to have the core.
   */
  isAhead(): boolean;
  /**
   * Makes the thread runnable if it sleeps; remembered if it does not.
   * @param from the core whose software wakes it, if that is to pay for reaching another core;
   *   undefined: a device or a timer does, or the caller has paid.
   */
  wake(atPs: number, from?: Core): void;
  /** Wakes `other`, parked or about to park, and pays for it as this thread. */
  unpark(other: Thread): void;
  /** From now on nothing preempts the thread, until as many calls of `unmaskPreemption`. */
  maskPreemption(): void;
  unmaskPreemption(): void;
  /** Whether the thread sleeps now, so that a waker has work to do. */
  readonly isSleeping: boolean;
  /** Times a core was switched to this thread. */
  readonly switches: number;
}
