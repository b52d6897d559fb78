/** What the clients of one run measured inside the window, together. */
import { Histogram } from "../base/histogram.ts";
import type { Window } from "./job-statistics.ts";

export class TransactionStatistics {
  /** Committed transactions. */
  committed = 0;
  /** Rolled back because their inputs demanded it. */
  rolledBack = 0;
  /** Begun again because they had to give way. */
  restarts = 0;
  /** From the first begin to the commit; transactions that end inside the window. */
  readonly latencyPs = new Histogram();
  /** Longest transaction of which any part lies inside the window. */
  longestPs = 0;
  /** Time integral of the transactions under way over the window, once all have ended. */
  #area = 0;
  readonly #startPs: number;
  readonly #endPs: number;

  constructor(window: Window) {
    this.#startPs = window.startPs;
    this.#endPs = window.endPs;
  }

  isInside(atPs: number): boolean {
    return atPs >= this.#startPs && atPs < this.#endPs;
  }

  /** Time average of transactions between begin and end; valid once everything has ended. */
  get outstandingMean(): number {
    return this.#area / (this.#endPs - this.#startPs);
  }

  begun(atPs: number): void {
    this.#area -= this.#intoWindow(atPs);
  }

  restarted(atPs: number): void {
    if (this.isInside(atPs)) this.restarts += 1;
  }

  ended(isCommitted: boolean, begunPs: number, atPs: number): void {
    this.#area += this.#intoWindow(atPs);
    if (this.#intoWindow(begunPs) < this.#intoWindow(atPs)) {
      this.longestPs = Math.max(this.longestPs, atPs - begunPs);
    }
    if (!this.isInside(atPs)) return;
    this.latencyPs.record(atPs - begunPs);
    if (isCommitted) this.committed += 1;
    else this.rolledBack += 1;
  }

  /** Given up because the run ends. */
  abandoned(atPs: number): void {
    this.#area += this.#intoWindow(atPs);
  }

  /** Picoseconds of the window that have passed at `atPs`. */
  #intoWindow(atPs: number): number {
    return Math.min(this.#endPs, Math.max(this.#startPs, atPs)) - this.#startPs;
  }
}
