/**
 * The one moment at which something acts next; an earlier moment replaces a later one.
 *
 * The event of a moment that was replaced stays in the queue and finds nothing to do.
 */
import type { Simulation } from "./simulation.ts";

const NEVER = Number.POSITIVE_INFINITY;

export class Alarm {
  readonly #simulation: Simulation;
  readonly #handler: number;
  #duePs = NEVER;

  /** @param act what happens at the moment; it may set the alarm again. */
  constructor(simulation: Simulation, act: () => void) {
    this.#simulation = simulation;
    this.#handler = simulation.register({
      handle: () => {
        if (simulation.nowPs !== this.#duePs) return;
        this.#duePs = NEVER;
        act();
      },
    });
  }

  get isSet(): boolean {
    return this.#duePs !== NEVER;
  }

  /**
   * Sets it for `atPs`, or for now if that has passed; returns false, and does nothing, when it is
   * set for then or for an earlier moment.
   */
  set(atPs: number): boolean {
    if (atPs >= this.#duePs) return false;
    this.#duePs = Math.max(atPs, this.#simulation.nowPs);
    this.#simulation.schedule(this.#duePs, this.#handler, 0);
    return true;
  }

  /**
   * Instead of `set`, for whoever would end now and go on at `atPs`: moves the clock there and
   * returns true if nothing else happens up to that moment.
   */
  advanceTo(atPs: number): boolean {
    if (!this.#simulation.advanceTo(atPs)) return false;
    this.#duePs = NEVER;
    return true;
  }
}
