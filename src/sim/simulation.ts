/**
 * The clock and the loop: takes the next event, moves the clock, lets its handler act.
 *
 * Simulated time moves only in `step` and `advanceTo`. An event is two integers, a handler's number
 * and an argument for it, so scheduling never allocates.
 */
import { assert } from "../base/assert.ts";
import { EventQueue } from "./event-queue.ts";

/** Something that acts when one of its events is due. */
export interface EventHandler {
  /** @param argument the integer that was given when the event was scheduled. */
  handle(argument: number): void;
}

export class Simulation {
  /** The present, in picoseconds since the run began. */
  nowPs = 0;
  /** Events handled so far. */
  eventCount = 0;

  /** Up to where `advanceTo` may move the clock. */
  #advanceLimitPs = Number.NEGATIVE_INFINITY;
  readonly #events = new EventQueue();
  readonly #handlers: EventHandler[] = [];

  /** Makes `handler` known; the returned number is what `schedule` takes. */
  register(handler: EventHandler): number {
    return this.#handlers.push(handler) - 1;
  }

  /** Lets `handler` act at `atPs`, which must not lie in the past. */
  schedule(atPs: number, handler: number, argument: number): void {
    assert(atPs >= this.nowPs, "an event was scheduled in the past");
    this.#events.add(atPs, handler, argument);
  }

  /** Handles the next event at or before `limitPs`; returns whether there was one. */
  step(limitPs: number = Number.POSITIVE_INFINITY): boolean {
    const events = this.#events;
    if (!events.next(limitPs)) return false;
    this.nowPs = events.timePs;
    this.eventCount += 1;
    this.#handlers[events.handler]!.handle(events.argument);
    return true;
  }

  /** Handles every event up to and at `endPs`, then sets the clock to `endPs`. */
  runUntil(endPs: number): void {
    this.#advanceLimitPs = endPs;
    while (this.step(endPs));
    this.#advanceLimitPs = Number.NEGATIVE_INFINITY;
    if (this.nowPs < endPs) this.nowPs = endPs;
  }

  /**
   * Instead of an event at `atPs`, for a handler that would end now and go on there: moves the
   * clock and returns true if nothing else happens up to that moment. Inside `runUntil` only.
   */
  advanceTo(atPs: number): boolean {
    if (atPs > this.#advanceLimitPs || this.#events.hasUntil(atPs)) return false;
    this.nowPs = atPs;
    return true;
  }

  get pendingEvents(): number {
    return this.#events.length;
  }
}
