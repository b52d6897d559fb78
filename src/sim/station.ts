/**
 * Service stations: places where requests queue, kept as next-free times.
 *
 * Both return the instant at which service ends, so that a request needs no event for its queueing.
 */

/**
 * One server that takes requests in the order of the calls.
 *
 * Arrival instants must not go back in time from call to call: use a `SlotCalendar` where they may.
 */
export class FifoStation {
  #freePs = 0;
  #busyPs = 0;

  /** Serves a request that arrives at `arrivalPs` for `servicePs`; returns when service ends. */
  serve(arrivalPs: number, servicePs: number): number {
    const start = arrivalPs > this.#freePs ? arrivalPs : this.#freePs;
    this.#freePs = start + servicePs;
    this.#busyPs += servicePs;
    return this.#freePs;
  }

  /** Service time given out so far, including what lies in the future. */
  get busyPs(): number {
    return this.#busyPs;
  }

  /**
   * Service time given out that lies before `nowPs`, 0 … `nowPs`.
   *
   * A little too low while a request has been announced that arrives only after `nowPs`: the gap in
   * front of it counts as service.
   */
  busyBeforePs(nowPs: number): number {
    const beforePs = this.#busyPs - Math.max(0, this.#freePs - nowPs);
    return Math.min(Math.max(0, beforePs), nowPs);
  }
}

/**
 * One server of unit-length slots for requests that may be announced out of order.
 *
 * A request takes the first free slot at or after its arrival, so one that is announced late, but
 * arrives early, fills a gap instead of queueing behind the future.
 */
export class SlotCalendar {
  readonly #slotPs: number;
  /** Number of the slot last taken at each ring position; distinguishes laps. */
  readonly #taken: Float64Array;
  readonly #mask: number;
  /** Number of the latest slot taken. */
  #latest = -1;

  /**
   * @param slotPs length of one service, in picoseconds, > 0.
   * @param horizonSlots power of two; announcements may differ by at most this many slots.
   */
  constructor(slotPs: number, horizonSlots = 4_096) {
    this.#slotPs = slotPs;
    this.#taken = new Float64Array(horizonSlots).fill(-1);
    this.#mask = horizonSlots - 1;
  }

  /** Returns when the service of a request that arrives at `arrivalPs` begins, ≥ `arrivalPs`. */
  reserve(arrivalPs: number): number {
    const arrivalSlot = Math.floor(arrivalPs / this.#slotPs);
    let slot = arrivalSlot;
    while (this.#taken[slot & this.#mask]! >= slot) slot += 1;
    this.#taken[slot & this.#mask] = slot;
    if (slot > this.#latest) this.#latest = slot;
    return slot === arrivalSlot ? arrivalPs : slot * this.#slotPs;
  }

  /** When the first slot taken after `fromPs` begins; Infinity when there is none. */
  nextTakenAfter(fromPs: number): number {
    const first = Math.floor(fromPs / this.#slotPs) + 1;
    for (let slot = first; slot <= this.#latest; slot++) {
      if (this.#taken[slot & this.#mask] === slot) return slot * this.#slotPs;
    }
    return Number.POSITIVE_INFINITY;
  }
}
