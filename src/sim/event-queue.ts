/**
 * Future events in time order: a calendar queue in typed arrays.
 *
 * Time is cut into slices of `width` picoseconds; slice number modulo the bucket count picks the
 * bucket, whose events form a list sorted by time. The next event is nearly always at the head of
 * the current slice's bucket, so one insertion and removal cost 30–100 ns, from few pending events
 * to 65,536 (a typed 4-ary heap: 80–140 ns). Width and bucket count follow the pending events.
 *
 * I1  Events with equal times leave in the order of their arrival.
 * I2  The order depends on the sequence of calls only.
 */
import { assert } from "../base/assert.ts";

const NONE = -1;
const LINK_FIELDS = 4;
const NEXT = 0;
const HANDLER = 1;
const ARGUMENT = 2;
const INITIAL_BUCKETS = 64;
const INITIAL_CAPACITY = 256;
const INITIAL_WIDTH_PS = 65_536;
/** Operations between two looks at whether the calendar still fits its events. */
const REVIEW_INTERVAL = 8_192;
/**
 * Steps per operation, over empty buckets or along a bucket's list, that trigger a new calendar.
 */
const STEPS_TOLERATED = 3;
/** About a second: wider slices would put everything into one bucket. */
const WIDTH_MAX_PS = 1_099_511_627_776;

export class EventQueue {
  /** Time, handler and argument of the event that the last successful `next` removed. */
  timePs = 0;
  handler = 0;
  argument = 0;

  #times = new Float64Array(INITIAL_CAPACITY);
  /** Per event, side by side: next in its list, handler, argument. */
  #links = new Int32Array(INITIAL_CAPACITY * LINK_FIELDS);
  #free = NONE;
  #used = 0;
  #length = 0;

  #heads = new Int32Array(INITIAL_BUCKETS).fill(NONE);
  #tails = new Int32Array(INITIAL_BUCKETS).fill(NONE);
  #mask = INITIAL_BUCKETS - 1;
  #width = INITIAL_WIDTH_PS;
  #inverseWidth = 1 / INITIAL_WIDTH_PS;
  /** Slice now being emptied, and the moment at which it ends. */
  #slice = 0;
  #sliceEndPs = INITIAL_WIDTH_PS;

  #operations = 0;
  #steps = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds an event; `timePs` is an integer ≥ 0. */
  add(timePs: number, handler: number, argument: number): void {
    let slot = this.#free;
    if (slot !== NONE) this.#free = this.#links[slot * LINK_FIELDS + NEXT]!;
    else {
      if (this.#used === this.#times.length) this.#grow();
      slot = this.#used++;
    }
    this.#times[slot] = timePs;
    this.#links[slot * LINK_FIELDS + HANDLER] = handler;
    this.#links[slot * LINK_FIELDS + ARGUMENT] = argument;
    this.#length += 1;
    this.#insert(slot, timePs);
    if (++this.#operations >= REVIEW_INTERVAL) this.#review();
    else if (this.#length > 2 * this.#heads.length) this.#rebuild();
  }

  /**
   * Removes the earliest event if it happens at or before `limitPs` and puts it in `timePs`,
   * `handler` and `argument`; returns whether there was one.
   */
  next(limitPs: number): boolean {
    if (this.#length === 0) return false;
    const head = this.#earliest();
    const timePs = this.#times[head]!;
    if (timePs > limitPs) return false;
    const bucket = this.#slice & this.#mask;
    const after = this.#links[head * LINK_FIELDS + NEXT]!;
    this.#heads[bucket] = after;
    if (after === NONE) this.#tails[bucket] = NONE;
    this.#links[head * LINK_FIELDS + NEXT] = this.#free;
    this.#free = head;
    this.#length -= 1;
    this.timePs = timePs;
    this.handler = this.#links[head * LINK_FIELDS + HANDLER]!;
    this.argument = this.#links[head * LINK_FIELDS + ARGUMENT]!;
    return true;
  }

  /** Whether an event happens at or before `limitPs`. */
  hasUntil(limitPs: number): boolean {
    return this.#length > 0 && this.#times[this.#earliest()]! <= limitPs;
  }

  /** Makes the earliest event's slice the current one; there is an event. */
  #earliest(): number {
    let head = this.#heads[this.#slice & this.#mask]!;
    let visited = 0;
    while (head === NONE || this.#times[head]! >= this.#sliceEndPs) {
      visited += 1;
      if ((visited & this.#mask) === 0) {
        this.#jumpToEarliest();
        visited += this.#mask;
      } else {
        this.#slice += 1;
        this.#sliceEndPs += this.#width;
      }
      head = this.#heads[this.#slice & this.#mask]!;
    }
    this.#steps += visited;
    return head;
  }

  #insert(slot: number, timePs: number): void {
    const slice = Math.floor(timePs * this.#inverseWidth);
    if (slice < this.#slice) this.#moveTo(slice);
    const bucket = slice & this.#mask;
    const tail = this.#tails[bucket]!;
    if (tail === NONE) {
      this.#links[slot * LINK_FIELDS + NEXT] = NONE;
      this.#heads[bucket] = slot;
      this.#tails[bucket] = slot;
    } else if (this.#times[tail]! <= timePs) {
      this.#links[slot * LINK_FIELDS + NEXT] = NONE;
      this.#links[tail * LINK_FIELDS + NEXT] = slot;
      this.#tails[bucket] = slot;
    } else {
      this.#insertBeforeTail(slot, timePs, bucket);
    }
  }

  #insertBeforeTail(slot: number, timePs: number, bucket: number): void {
    let before = NONE;
    let at = this.#heads[bucket]!;
    while (this.#times[at]! <= timePs) {
      before = at;
      at = this.#links[at * LINK_FIELDS + NEXT]!;
      this.#steps += 1;
    }
    this.#links[slot * LINK_FIELDS + NEXT] = at;
    if (before === NONE) this.#heads[bucket] = slot;
    else this.#links[before * LINK_FIELDS + NEXT] = slot;
  }

  #moveTo(slice: number): void {
    this.#slice = slice;
    this.#sliceEndPs = (slice + 1) * this.#width;
  }

  #jumpToEarliest(): void {
    let earliestPs = Number.POSITIVE_INFINITY;
    for (const head of this.#heads) {
      if (head !== NONE && this.#times[head]! < earliestPs) earliestPs = this.#times[head]!;
    }
    this.#moveTo(Math.floor(earliestPs * this.#inverseWidth));
  }

  #review(): void {
    const tooManySteps = this.#steps > STEPS_TOLERATED * this.#operations;
    this.#operations = 0;
    this.#steps = 0;
    if (tooManySteps) this.#rebuild();
  }

  /** A new calendar for the events now pending: about one event per bucket and slice. */
  #rebuild(): void {
    const slots = new Int32Array(this.#length);
    let found = 0;
    for (const head of this.#heads) {
      // Equal times share a bucket and leave it in order, which keeps I1.
      for (let slot = head; slot !== NONE; slot = this.#links[slot * LINK_FIELDS + NEXT]!)
        slots[found++] = slot;
    }
    assert(found === this.#length, "the event queue lost an event");
    let buckets = INITIAL_BUCKETS;
    while (buckets < this.#length) buckets *= 2;
    this.#heads = new Int32Array(buckets).fill(NONE);
    this.#tails = new Int32Array(buckets).fill(NONE);
    this.#mask = buckets - 1;
    const earliestPs = this.#setWidth(slots);
    this.#moveTo(Math.floor(earliestPs * this.#inverseWidth));
    for (const slot of slots) this.#insert(slot, this.#times[slot]!);
  }

  /** Slice width = mean distance of the nearer half of the events; returns the earliest time. */
  #setWidth(slots: Int32Array): number {
    const times = Float64Array.from(slots, (slot) => this.#times[slot]!).sort();
    const earliestPs = times[0] ?? 0;
    const half = times.length >> 1;
    const spacingPs = half === 0 ? this.#width : (times[half]! - earliestPs) / half;
    let width = 1;
    while (width < spacingPs && width < WIDTH_MAX_PS) width *= 2;
    this.#width = width;
    this.#inverseWidth = 1 / width;
    return earliestPs;
  }

  #grow(): void {
    const capacity = 2 * this.#times.length;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    this.#times = times;
    const links = new Int32Array(capacity * LINK_FIELDS);
    links.set(this.#links);
    this.#links = links;
  }
}
