/** What a run queue asks of the others. */
import type { KernelThread } from "./kernel-thread.ts";

/** The other run queues of the machine. */
export interface Siblings<Queue> {
  /** Where `thread`, which has been woken, is to run. */
  placeFor(thread: KernelThread, home: Queue): Queue;
  /** A thread for `idle`, which has none, taken from a busier core. */
  pullFor(idle: Queue): KernelThread | undefined;
  /** A timer has looked at `busy`: an idle core may help it. */
  ticked(busy: Queue): void;
  /** A thread has joined the queue that all cores share, and no core is free. */
  sharedGrew(atPs: number): void;
}
