/** What a scheduling workload measured inside the window. */
import { Histogram } from "../../base/histogram.ts";
import type { Window } from "../job-statistics.ts";

export class SchedulingStatistics {
  /** From arrival to end: of all operations, of short and of long ones. */
  readonly latencyPs = new Histogram();
  readonly shortPs = new Histogram();
  readonly longPs = new Histogram();
  /** From the moment at which a thread should run to the moment at which it does. */
  readonly wakeDelayPs = new Histogram();
  /** Highest rate at which the latency limit still held, per second, if it was looked for. */
  kneePerS: number | undefined;
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
  }

  get operations(): number {
    return this.latencyPs.count;
  }

  isInside(atPs: number): boolean {
    return atPs >= this.#window.startPs && atPs < this.#window.endPs;
  }

  /** An operation that arrived at `arrivedPs` ends at `atPs`. */
  ended(arrivedPs: number, atPs: number, isLong: boolean): void {
    if (!this.isInside(atPs)) return;
    this.latencyPs.record(atPs - arrivedPs);
    (isLong ? this.longPs : this.shortPs).record(atPs - arrivedPs);
  }

  /** The same for one that counts neither as short nor as long. */
  endedOther(arrivedPs: number, atPs: number): void {
    if (this.isInside(atPs)) this.latencyPs.record(atPs - arrivedPs);
  }

  /** A thread that was to run at `duePs` runs at `atPs`. */
  began(duePs: number, atPs: number): void {
    if (this.isInside(atPs)) this.wakeDelayPs.record(Math.max(0, atPs - duePs));
  }
}

/** A workload that the experiment starts, stops and asks. */
export interface SchedulingWork {
  readonly statistics: SchedulingStatistics;
  /** Operations begun and not ended. */
  readonly outstanding: number;
  /** From now on nothing new is begun. */
  stop(): void;
}
