/**
 * A polling core's view of its completion queues: how many entries lie in them, and whom to tell.
 *
 * A real core loads each queue's phase tag again and again. Here nothing happens while it waits:
 * the queue pairs count what they post, and schedule the one event at which a look finds something.
 */
import type { Simulation } from "../../sim/simulation.ts";

/** A completion queue as its watcher sees it. */
export interface WatchedQueue {
  watch: CompletionWatch | undefined;
  /** When the oldest posted entry becomes (or became) visible; Infinity when none is posted. */
  earliestVisiblePs(): number;
}

export class CompletionWatch {
  /** Entries posted and not yet polled, over all watched queue pairs. */
  posted = 0;
  readonly #simulation: Simulation;
  readonly #queuePairs: readonly WatchedQueue[];
  #handler = -1;
  #argument = 0;

  constructor(simulation: Simulation, queuePairs: readonly WatchedQueue[]) {
    this.#simulation = simulation;
    this.#queuePairs = queuePairs;
    for (const queuePair of queuePairs) queuePair.watch = this;
  }

  /**
   * From now on `handler` is scheduled with `argument` whenever an entry becomes visible; returns
   * when the earliest one posted already does (Infinity: none is).
   */
  arm(handler: number, argument: number): number {
    this.#handler = handler;
    this.#argument = argument;
    let earliestPs = Number.POSITIVE_INFINITY;
    if (this.posted === 0) return earliestPs;
    for (const queuePair of this.#queuePairs) {
      const visiblePs = queuePair.earliestVisiblePs();
      if (visiblePs < earliestPs) earliestPs = visiblePs;
    }
    return earliestPs;
  }

  disarm(): void {
    this.#handler = -1;
  }

  /** A watched queue pair has posted an entry that becomes visible at `visiblePs`. */
  completionPosted(visiblePs: number): void {
    this.posted += 1;
    if (this.#handler >= 0) this.#simulation.schedule(visiblePs, this.#handler, this.#argument);
  }
}
