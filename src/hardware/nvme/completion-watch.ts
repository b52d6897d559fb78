/**
 * A polling core's view of its completion queues: how many entries lie in them, and whom to tell.
 *
 * A real core loads each queue's phase tag again and again. Here nothing happens while it waits:
 * the queue pairs count what they post, and tell the poller when a look will find it.
 */

/** Whoever waits for completions in a loop. */
export interface Poller {
  /** A look at or after `atPs`, now or later, will find something. */
  visibleAt(atPs: number): void;
}

/** A completion queue as its watcher sees it. */
export interface WatchedQueue {
  watch: CompletionWatch | undefined;
  /** When the oldest posted entry becomes (or became) visible; Infinity when none is posted. */
  earliestVisiblePs(): number;
}

export class CompletionWatch {
  /** Entries posted and not yet polled, over all watched queue pairs. */
  posted = 0;
  readonly #queuePairs: readonly WatchedQueue[];
  #poller: Poller | undefined;

  constructor(queuePairs: readonly WatchedQueue[]) {
    this.#queuePairs = queuePairs;
    for (const queuePair of queuePairs) queuePair.watch = this;
  }

  /**
   * From now on `poller` is told of every entry that is posted; returns when the earliest one
   * posted already becomes visible (Infinity: none is).
   */
  arm(poller: Poller): number {
    this.#poller = poller;
    let earliestPs = Number.POSITIVE_INFINITY;
    if (this.posted === 0) return earliestPs;
    for (const queuePair of this.#queuePairs) {
      const visiblePs = queuePair.earliestVisiblePs();
      if (visiblePs < earliestPs) earliestPs = visiblePs;
    }
    return earliestPs;
  }

  disarm(): void {
    this.#poller = undefined;
  }

  /** A watched queue pair has posted an entry that becomes visible at `visiblePs`. */
  completionPosted(visiblePs: number): void {
    this.posted += 1;
    if (this.#poller !== undefined) this.#poller.visibleAt(visiblePs);
  }
}
