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
  /** From preparing a request to its hand-over. */
  readonly submissionPs = new Histogram();
  /** From hand-over to the moment at which the job saw the completion. */
  readonly completionPs = new Histogram();
  /** Both together. */
  readonly totalPs = new Histogram();
}

export class JobStatistics {
  readonly read = new DirectionStatistics();
  readonly write = new DirectionStatistics();
  readonly #window: Window;
  #outstanding = 0;
  #changedPs = 0;
  /** Time integral of outstanding requests over the window. */
  #area = 0;

  constructor(window: Window) {
    this.#window = window;
  }

  /** Requests prepared and not yet seen complete. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Time average of outstanding requests over the window; call when it has passed. */
  get outstandingMean(): number {
    return this.#area / (this.#window.endPs - this.#window.startPs);
  }

  prepared(atPs: number): void {
    this.#advance(atPs);
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
    this.#advance(atPs);
    this.#outstanding -= 1;
    if (atPs < this.#window.startPs || atPs >= this.#window.endPs) return;
    direction.ios += 1;
    direction.bytes += bytes;
    direction.submissionPs.record(submittedPs - preparedPs);
    direction.completionPs.record(atPs - submittedPs);
    direction.totalPs.record(atPs - preparedPs);
  }

  /** Accounts the time up to `atPs`. */
  #advance(atPs: number): void {
    const fromPs = Math.max(this.#changedPs, this.#window.startPs);
    const toPs = Math.min(atPs, this.#window.endPs);
    if (toPs > fromPs) this.#area += this.#outstanding * (toPs - fromPs);
    this.#changedPs = atPs;
  }

  /** Accounts the rest of the window. */
  close(): void {
    this.#advance(Math.max(this.#changedPs, this.#window.endPs));
  }
}
