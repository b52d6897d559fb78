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
 * Several servers with one queue: a request goes to the one that is free first.
 *
 * Arrival instants must not go back in time from call to call.
 */
export class MultiStation {
  readonly #freePs: Float64Array;
  #busyPs = 0;

  /** @param servers how many, ≥ 1; few, for they are looked at one by one. */
  constructor(servers: number) {
    this.#freePs = new Float64Array(servers);
  }

  /** Serves a request that arrives at `arrivalPs` for `servicePs`; returns when service ends. */
  serve(arrivalPs: number, servicePs: number): number {
    const freePs = this.#freePs;
    let first = 0;
    for (let server = 1; server < freePs.length; server++) {
      if (freePs[server]! < freePs[first]!) first = server;
    }
    const start = Math.max(arrivalPs, freePs[first]!);
    freePs[first] = start + servicePs;
    this.#busyPs += servicePs;
    return start + servicePs;
  }

  /** Mean over the servers of their service time that lies before `nowPs`: 0 … `nowPs`. */
  busyBeforePs(nowPs: number): number {
    let beforePs = this.#busyPs;
    for (const freePs of this.#freePs) beforePs -= Math.max(0, freePs - nowPs);
    return Math.min(Math.max(0, beforePs / this.#freePs.length), nowPs);
  }
}

/**
 * One server of unit-length slots for requests that may be announced out of order.
 *
 * A request takes the first free slot at or after its arrival, so one that is announced late, but
 * arrives early, fills a gap instead of queueing behind the future.
 *
 * I1  No slot is given out twice: the ring grows before its places would serve two slots at once.
 */
export class SlotCalendar {
  /** When the first slot of the last `reserveSlots` begins, not before its arrival. */
  firstPs = 0;

  readonly #slotPs: number;
  /** Number of the slot last taken at each ring position, modulo 2^32. */
  #taken: Int32Array;
  #mask: number;
  /** Number of the latest slot taken. */
  #latest = -1;
  /** All slots from `#runFrom` up to `#runTo` are taken: nobody need walk along the queue. */
  #runFrom = 0;
  #runTo = 0;

  /**
   * @param slotPs length of one service, in picoseconds, > 0.
   * @param horizonSlots power of two; how many there are at first.
   */
  constructor(slotPs: number, horizonSlots = 1_024) {
    this.#slotPs = slotPs;
    this.#taken = new Int32Array(horizonSlots).fill(-1);
    this.#mask = horizonSlots - 1;
  }

  /**
   * Takes the first `count` ≥ 1 free slots from `arrivalPs` on; `firstPs` is then when the first
   * of them begins. Returns when the last one does.
   */
  reserveSlots(arrivalPs: number, count: number): number {
    const slotPs = this.#slotPs;
    const arrivalSlot = Math.floor(arrivalPs / slotPs);
    // A core that has waited elsewhere comes with an arrival far ahead of the others'.
    while (this.#latest - arrivalSlot > this.#mask >>> 1) this.#grow();
    const first = this.#freeFrom(arrivalSlot);
    const last = first > this.#latest ? first + count - 1 : this.#lastOf(first, count);
    while (last - arrivalSlot > this.#mask >>> 1) this.#grow();
    this.#take(first, last);
    this.firstPs = first === arrivalSlot ? arrivalPs : first * slotPs;
    return last === arrivalSlot ? arrivalPs : last * slotPs;
  }

  /** Whether any slot that begins after `fromPs`, and not after `toPs`, is taken. */
  isTakenBetween(fromPs: number, toPs: number): boolean {
    const last = Math.min(this.#latest, Math.floor(toPs / this.#slotPs));
    for (let slot = Math.floor(fromPs / this.#slotPs) + 1; slot <= last; slot++) {
      if (this.#taken[slot & this.#mask] === (slot | 0)) return true;
    }
    return false;
  }

  /** The last of `count` free slots from `first` on, which is one. */
  #lastOf(first: number, count: number): number {
    let last = first;
    for (let left = count - 1; left > 0; left--) last = this.#freeFrom(last + 1);
    return last;
  }

  /** Takes what is free from `first` up to and including `last`. */
  #take(first: number, last: number): void {
    const taken = this.#taken;
    const mask = this.#mask;
    for (let slot = first; slot <= last; slot++) taken[slot & mask] = slot;
    // All of it is taken now, whoever had some of it before.
    if (first > this.#runTo) this.#runFrom = first;
    if (last >= this.#runTo) this.#runTo = last + 1;
    if (last > this.#latest) this.#latest = last;
  }

  /** The first free slot from `slot` on. */
  #freeFrom(slot: number): number {
    const taken = this.#taken;
    const mask = this.#mask;
    let free = slot;
    while (taken[free & mask] === (free | 0)) {
      free = free >= this.#runFrom && free < this.#runTo ? this.#runTo : free + 1;
    }
    return free;
  }

  #grow(): void {
    const old = this.#taken;
    this.#taken = new Int32Array(old.length * 2).fill(-1);
    this.#mask = this.#taken.length - 1;
    for (const slot of old) if (slot !== -1) this.#taken[slot & this.#mask] = slot;
  }
}
