/**
 * MSI-X vector of one completion queue, with the controller's optional interrupt coalescing.
 *
 * Coalescing (feature 08h) holds an interrupt back until `threshold` completions have gathered or
 * `timePs` has passed since the first of them. [nvme2.0 §5.27.1.6] While a sent interrupt has not been
 * served, further completions send none: the handler finds them in the queue.
 */
import type { Simulation } from "../../sim/simulation.ts";

/** Coalescing setting; threshold 1 or less means off. */
export interface Coalescing {
  readonly threshold: number;
  readonly timePs: number;
}

export const NO_COALESCING: Coalescing = { threshold: 1, timePs: 0 };

export class InterruptVector {
  readonly #simulation: Simulation;
  readonly #handler: number;
  readonly #argument: number;
  readonly #deliveryPs: number;
  readonly #coalescing: Coalescing;
  #gathered = 0;
  #dueAtPs = Number.POSITIVE_INFINITY;

  /**
   * @param handler handler of the operating system, called with `argument` when the core is reached.
   * @param deliveryPs time from the device's write to the first instruction of the handler.
   */
  constructor(
    simulation: Simulation,
    handler: number,
    argument: number,
    deliveryPs: number,
    coalescing: Coalescing,
  ) {
    this.#simulation = simulation;
    this.#handler = handler;
    this.#argument = argument;
    this.#deliveryPs = deliveryPs;
    this.#coalescing = coalescing;
  }

  /** The controller has posted an entry that becomes visible at `visiblePs`. */
  completionPosted(visiblePs: number): void {
    this.#gathered += 1;
    const isEnough = this.#gathered >= this.#coalescing.threshold;
    const waitPs = isEnough ? 0 : this.#coalescing.timePs;
    const dueAtPs = visiblePs + waitPs + this.#deliveryPs;
    if (dueAtPs >= this.#dueAtPs) return;
    this.#dueAtPs = dueAtPs;
    this.#simulation.schedule(dueAtPs, this.#handler, this.#argument);
  }

  /** Whether the interrupt that arrives now is the one that was announced last. */
  isDue(): boolean {
    return this.#simulation.nowPs === this.#dueAtPs;
  }

  /**
   * The handler has emptied the queue; `nextVisiblePs` is when an entry that it could not see yet
   * becomes visible (Infinity: none is posted).
   */
  served(nextVisiblePs: number): void {
    this.#gathered = 0;
    this.#dueAtPs = Number.POSITIVE_INFINITY;
    if (nextVisiblePs < Number.POSITIVE_INFINITY) this.completionPosted(nextVisiblePs);
  }
}
