/** What another core's software has sent to a core and the core has not taken yet. */
import type { Core } from "../../../hardware/cpu/core.ts";
import { paySteps, type Signal } from "./scheduling-plan.ts";

export class SentSignal {
  #signal: Signal | undefined;
  /** When it is here. */
  #atPs = Number.POSITIVE_INFINITY;

  /**
   * Sends `signal` at `atPs`, which `from` may have passed, and charges that to `from`; returns
   * when it is here. One stands for several.
   */
  send(signal: Signal, atPs: number, from: Core): number {
    const arrivesPs = atPs + paySteps(from, signal.send) + signal.travelPs;
    if (this.#signal === undefined || arrivesPs < this.#atPs) this.#atPs = arrivesPs;
    this.#signal = signal;
    return arrivesPs;
  }

  /** Charges `core` for taking what is here at `nowPs`. */
  receive(core: Core, nowPs: number): void {
    if (this.#signal === undefined || this.#atPs > nowPs) return;
    paySteps(core, this.#signal.receive);
    this.#signal = undefined;
  }
}
