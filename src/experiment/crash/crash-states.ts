/**
 * The states in which an array may be found after a crash.
 *
 * At a position of its trace, a drive with a volatile cache has for certain what its last flush
 * covered. A mapped page that was stored to may be on its drive as it is then, or not: the system
 * writes it when it likes. Of every later write it has all, nothing, or some of its atomic units,
 * and independently of the order in which they came: caches write back as they like. What a failed
 * flush should have covered is gone for good.
 *
 * Interface: `advance` moves to a position; `state(random, index)` lays one subset of the writes in
 * doubt over what is certain. The first indices keep or lose whole writes, the others
 * are random and tear some.
 *
 * I1  Writes to the same place keep their order.
 */
import type { RandomStream } from "../../base/random.ts";
import type { DeviceEvent, FlushEvent, StoreEvent, WriteEvent } from "./device-trace.ts";
import { Image } from "./image.ts";

/** Most subsets of unflushed writes that a position has; the explorer tries some of them. */
export const SUBSETS_MAX = 64;

/** Of at most so many writes every combination is one of them. */
const LISTED_WRITES = 4;

/** Bytes of which a drive writes all or none. */
export type AtomicBytes = 512 | 4096;

/** A state, and what was done to get it. */
export interface CrashState {
  readonly image: Image;
  /** Writes in doubt: of them kept whole, torn, lost. */
  readonly inDoubt: number;
  readonly kept: number;
  readonly torn: number;
  /** A write was lost although a later one was kept. */
  readonly isReordered: boolean;
}

/** Something that may or may not be on its drive. */
interface Doubtful {
  readonly event: WriteEvent | StoreEvent;
  /** How many writes the drive had accepted before; infinite: no flush covers it. */
  readonly number: number;
}

const isSameStore = (one: WriteEvent | StoreEvent, { drive, offset }: StoreEvent): boolean =>
  one.kind === "store" && one.drive === drive && one.offset === offset;

export class CrashStates {
  readonly #events: readonly DeviceEvent[];
  readonly #certain: Image;
  readonly #atomicBytes: AtomicBytes;
  /** Accepted, not flushed, not dropped; and the newest store to each page. */
  #doubtful: readonly Doubtful[] = [];
  readonly #accepted: number[] = [];
  #position = 0;

  /** @param base content before the first event; this object writes to it. */
  constructor(base: Image, events: readonly DeviceEvent[], atomicBytes: AtomicBytes) {
    this.#certain = base;
    this.#events = events;
    this.#atomicBytes = atomicBytes;
  }

  /** Moves on to `position`: the first so many events have happened. */
  advance(position: number): void {
    for (; this.#position < position; this.#position++) this.#take(this.#events[this.#position]!);
  }

  /** What may be on the drives, or not. */
  get inDoubt(): readonly (WriteEvent | StoreEvent)[] {
    return this.#doubtful.map(({ event }) => event);
  }

  /** How many subsets there are to try here. */
  get subsets(): number {
    const units = this.#doubtful.reduce((sum, { event }) => sum + this.#unitsOf(event), 0);
    return units >= 6 ? SUBSETS_MAX : 2 ** units;
  }

  /** @param index below `subsets`. */
  state(random: RandomStream, index: number): CrashState {
    const image = new Image(this.#certain);
    const isListed = index < this.#listed;
    const keepPercent = 10 + random.below(81);
    const tearPercent = 10 + random.below(60);
    let kept = 0;
    let torn = 0;
    let hasLost = false;
    let isReordered = false;
    this.#doubtful.forEach(({ event }, place) => {
      const isKept = isListed ? this.#keeps(index, place) : random.below(100) < keepPercent;
      if (!isKept) {
        hasLost = true;
        return;
      }
      if (hasLost) isReordered = true;
      if (!isListed && this.#unitsOf(event) > 1 && random.below(100) < tearPercent) {
        this.#tear(image, event, random);
        torn += 1;
      } else {
        image.write(event.drive, event.offset, event.content.length, event.content);
        kept += 1;
      }
    });
    return { image, inDoubt: this.#doubtful.length, kept, torn, isReordered };
  }

  /** Subsets of whole writes that have an index of their own: all of few, four of many. */
  get #listed(): number {
    return this.#doubtful.length <= LISTED_WRITES ? 2 ** this.#doubtful.length : 4;
  }

  /** 0 keeps nothing, 1 everything; then one by one, or all but the last and the last alone. */
  #keeps(index: number, place: number): boolean {
    if (index < 2) return index === 1;
    const { length } = this.#doubtful;
    if (length <= LISTED_WRITES) return (((index - 1) >>> place) & 1) === 1;
    return (place === length - 1) === (index === 3);
  }

  #take(event: DeviceEvent): void {
    const { drive } = event;
    if (event.kind === "store") {
      // Of each page only the newest content is tried, beside what a write has taken.
      const others = this.#doubtful.filter(({ event: other }) => !isSameStore(other, event));
      this.#doubtful = [...others, { event, number: Number.POSITIVE_INFINITY }];
      return;
    }
    if (event.kind === "write") {
      const number = this.#accepted[drive] ?? 0;
      this.#accepted[drive] = number + 1;
      this.#doubtful = [...this.#doubtful, { event, number }];
      return;
    }
    this.#settle(event);
  }

  /** What the flush covers is certain, or gone; stores that a durable write has taken are done. */
  #settle({ drive, accepted, hasFailed }: FlushEvent): void {
    const isCovered = ({ event, number }: Doubtful): boolean =>
      event.drive === drive && number < accepted;
    const written = new Set<number>();
    const left: Doubtful[] = [];
    for (const doubtful of this.#doubtful.toReversed()) {
      const { event } = doubtful;
      if (isCovered(doubtful)) written.add(event.offset);
      else if (event.kind === "write" || event.drive !== drive || !written.has(event.offset)) {
        left.push(doubtful);
      }
    }
    for (const doubtful of this.#doubtful) {
      if (hasFailed || !isCovered(doubtful)) continue;
      const { offset, content } = doubtful.event;
      this.#certain.write(drive, offset, content.length, content);
    }
    this.#doubtful = left.toReversed();
  }

  #unitsOf({ content }: WriteEvent | StoreEvent): number {
    return Math.ceil(content.length / this.#atomicBytes);
  }

  /** A beginning, an end, or any of its atomic units. */
  #tear(image: Image, event: WriteEvent | StoreEvent, random: RandomStream): void {
    const units = this.#unitsOf(event);
    const shape = random.below(3);
    const cut = 1 + random.below(units - 1);
    for (let unit = 0; unit < units; unit++) {
      const isThere = shape === 0 ? unit < cut : shape === 1 ? unit >= cut : random.below(2) === 0;
      if (!isThere) continue;
      const from = unit * this.#atomicBytes;
      const content = event.content.subarray(from, from + this.#atomicBytes);
      image.write(event.drive, event.offset + from, content.length, content);
    }
  }
}
