/** The rules by which a core chooses its next thread. */
import type { KernelThread } from "./kernel-thread.ts";

/** Why a thread joins the runnable ones. */
export type Arrival = "new" | "woken" | "preempted" | "yielded" | "moved";

export interface RunnableThreads {
  /** Threads that wait for a core; the current one is not among them. */
  readonly length: number;
  add(thread: KernelThread, arrival: Arrival): void;
  /** Removes and returns the thread that is to run next, of those that are ready at `atPs`. */
  take(atPs: number): KernelThread | undefined;
  /** When the first of them is ready; Infinity: there is none. */
  earliestReadyPs(): number;
  /** `thread`, which sleeps, is about to wake on another core. */
  depart(thread: KernelThread): void;
  /** Removes and returns a thread for another core, if one may leave. */
  giveAway(mayLeave: (thread: KernelThread) => boolean): KernelThread | undefined;
  /** `current` has run for `ranPs` since it was last accounted for. */
  account(current: KernelThread, ranPs: number): void;
  /** When a timer looks next at `current`, whose core's time is `nowPs`; others wait. */
  nextCheckPs(current: KernelThread, nowPs: number): number;
  /** Whether `current` must give way to one of the others now, at a check. */
  mustGiveWay(current: KernelThread, nowPs: number): boolean;
  /** Whether `woken` takes the core from `current` at once. */
  preempts(woken: KernelThread, current: KernelThread): boolean;
}
