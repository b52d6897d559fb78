/**
 * MSI-X vector of one completion queue, with the controller's optional interrupt coalescing.
 *
 * Coalescing (feature 08h) holds an interrupt back until `threshold` completions have gathered or
 * `timePs` has passed since the first of them. [nvme2.0 §5.27.1.6] While a sent interrupt has not
 * been served, further completions send none: the handler finds them in the queue.
 *
 * An interrupt that is due within the look-ahead is delivered at once, with its moment, and needs
 * no event of its own.
 */
import type { Simulation } from "../../sim/simulation.ts";

/** Coalescing setting; threshold 1 or less means off. */
export interface Coalescing {
  readonly threshold: number;
  readonly timePs: number;
}

export const NO_COALESCING: Coalescing = { threshold: 1, timePs: 0 };

/** The operating system's side: takes interrupts. */
export interface InterruptTarget {
  /** Interrupt number `line` reaches its core at `atPs`, now or shortly. */
  interrupt(line: number, atPs: number): void;
}

/** What a vector needs to know of the machine, in picoseconds. */
export interface DeliveryTimes {
  /** From the device's write to the first instruction of the handler. */
  readonly deliveryPs: number;
  readonly lookaheadPs: number;
}

export class InterruptVector {
  readonly #simulation: Simulation;
  readonly #target: InterruptTarget;
  readonly #line: number;
  readonly #times: DeliveryTimes;
  readonly #coalescing: Coalescing;
  readonly #handler: number;
  #gathered = 0;
  #dueAtPs = Number.POSITIVE_INFINITY;
  /** When the handler returned last. */
  #returnedPs = Number.NEGATIVE_INFINITY;

  /** @param line what `target` calls this vector. */
  constructor(
    simulation: Simulation,
    target: InterruptTarget,
    line: number,
    times: DeliveryTimes,
    coalescing: Coalescing,
  ) {
    this.#simulation = simulation;
    this.#target = target;
    this.#line = line;
    this.#times = times;
    this.#coalescing = coalescing;
    this.#handler = simulation.register({ handle: () => this.#fire() });
  }

  /** The controller has posted an entry that becomes visible at `visiblePs`. */
  completionPosted(visiblePs: number): void {
    // The handler's last run has found it; it is the look-ahead that shows it only now.
    const wasFound = visiblePs <= this.#returnedPs;
    if (!wasFound) this.#gathered += 1;
    const isEnough = this.#gathered >= this.#coalescing.threshold;
    const waitPs = isEnough || wasFound ? 0 : this.#coalescing.timePs;
    const dueAtPs = visiblePs + waitPs + this.#times.deliveryPs;
    if (dueAtPs >= this.#dueAtPs) return;
    this.#dueAtPs = dueAtPs;
    if (dueAtPs - this.#simulation.nowPs <= this.#times.lookaheadPs) {
      this.#target.interrupt(this.#line, dueAtPs);
    } else this.#simulation.schedule(dueAtPs, this.#handler, 0);
  }

  /**
   * The handler has emptied the queue and returned at `returnedPs`; `nextVisiblePs` is when an
   * entry that it could not see yet becomes visible (Infinity: none is posted), and `posted` how
   * many such entries there are.
   */
  served(nextVisiblePs: number, posted: number, returnedPs: number): void {
    this.#returnedPs = returnedPs;
    this.#gathered = Math.max(0, posted - 1);
    this.#dueAtPs = Number.POSITIVE_INFINITY;
    if (nextVisiblePs < Number.POSITIVE_INFINITY) this.completionPosted(nextVisiblePs);
  }

  #fire(): void {
    // An earlier interrupt may have replaced the one that this event was for.
    const { nowPs } = this.#simulation;
    if (nowPs === this.#dueAtPs) this.#target.interrupt(this.#line, nowPs);
  }
}
