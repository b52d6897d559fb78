/** What one job measured inside the window: counts, latencies, and how much it had outstanding. */
import { Histogram } from "../base/histogram.ts";

/** Moments between which a run is measured, in picoseconds. */
export interface Window {
  readonly startPs: number;
  readonly endPs: number;
}

/** Reads or writes of one job. */
export class DirectionStatistics {
  ios = 0;
  bytes = 0;
  /** From preparing a request to its hand-over; empty where one call does all. */
  readonly submissionPs = new Histogram();
  /** From hand-over, or the call, to the moment at which the job saw the completion. */
  readonly completionPs = new Histogram();
  /** Both together. */
  readonly totalPs = new Histogram();
}

export class JobStatistics {
  readonly read = new DirectionStatistics();
  readonly write = new DirectionStatistics();
  readonly sync = new DirectionStatistics();
  readonly #startPs: number;
  readonly #endPs: number;
  readonly #isBlocking: boolean;
  #outstanding = 0;
  /**
   * Time integral of outstanding requests over the window: each request adds its completion's
   * moment and subtracts its preparation's, both moved into the window. Syncs are not requests.
   */
  #area = 0;
  /** What `#area` has beside the latencies that were recorded. */
  #edgesPs = 0;

  /**
   * @param isBlocking a call returns when its request has completed: there is no hand-over, and
   *   all of it is completion latency. [fio-source ioengines.c td_io_queue, FIO_SYNCIO]
   */
  constructor(window: Window, isBlocking: boolean) {
    this.#startPs = window.startPs;
    this.#endPs = window.endPs;
    this.#isBlocking = isBlocking;
  }

  /** Requests prepared and not yet seen complete. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Time average of outstanding requests over the window; valid once everything has completed. */
  get outstandingMean(): number {
    return this.#area / (this.#endPs - this.#startPs);
  }

  /**
   * What requests that straddle an edge of the window add to its outstanding time, in picoseconds,
   * less what they add to the recorded latencies: with it Little's law is exact.
   */
  get edgesPs(): number {
    return this.#edgesPs;
  }

  prepared(atPs: number): void {
    this.#outstanding += 1;
    this.#area -= this.#intoWindow(atPs);
  }

  syncPrepared(): void {
    this.#outstanding += 1;
  }

  /** The job saw a request complete at `atPs`; it counts if that lies in the window. */
  completed(
    direction: DirectionStatistics,
    bytes: number,
    preparedPs: number,
    submittedPs: number,
    atPs: number,
  ): void {
    this.#outstanding -= 1;
    const isRequest = direction !== this.sync;
    if (isRequest) this.#area += this.#intoWindow(atPs);
    if (atPs >= this.#endPs) {
      if (isRequest) this.#edgesPs += this.#intoWindow(atPs) - this.#intoWindow(preparedPs);
      return;
    }
    if (atPs < this.#startPs) return;
    if (isRequest && preparedPs < this.#startPs) this.#edgesPs -= this.#startPs - preparedPs;
    direction.ios += 1;
    direction.bytes += bytes;
    if (this.#isBlocking) direction.completionPs.record(atPs - preparedPs);
    else {
      direction.submissionPs.record(submittedPs - preparedPs);
      direction.completionPs.record(atPs - submittedPs);
    }
    direction.totalPs.record(atPs - preparedPs);
  }

  /** Picoseconds of the window that have passed at `atPs`. */
  #intoWindow(atPs: number): number {
    if (atPs <= this.#startPs) return 0;
    return (atPs < this.#endPs ? atPs : this.#endPs) - this.#startPs;
  }
}
