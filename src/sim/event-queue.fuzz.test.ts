/** The calendar queue against a sorted array, under any sequence of operations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";

interface Entry {
  readonly timePs: number;
  readonly argument: number;
}

/** What an event queue is: a list sorted by time, equal times in the order of arrival. */
class SortedList {
  readonly #entries: Entry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  add(timePs: number, argument: number): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.timePs <= timePs) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, { timePs, argument });
  }

  hasUntil(limitPs: number): boolean {
    return this.#entries.some(({ timePs }) => timePs <= limitPs);
  }

  next(limitPs: number): Entry | undefined {
    const first = this.#entries[0];
    return first !== undefined && first.timePs <= limitPs ? this.#entries.shift() : undefined;
  }
}

/** Both queues side by side; every answer is compared. */
class Pair {
  nowPs = 0;
  #added = 0;
  readonly #queue = new EventQueue();
  readonly #list = new SortedList();

  get length(): number {
    return this.#list.length;
  }

  add(timePs: number): void {
    const argument = this.#added++;
    this.#queue.add(timePs, argument % 7, argument);
    this.#list.add(timePs, argument);
  }

  /** Takes one event up to the limit from both; returns whether there was one. */
  take(limitPs = Number.POSITIVE_INFINITY): boolean {
    const expected = this.#list.next(limitPs);
    const found = this.#queue.next(limitPs);
    if (found !== (expected !== undefined)) throw new Error(`found ${found} up to ${limitPs}`);
    if (expected === undefined) return false;
    const { timePs, argument, handler } = this.#queue;
    if (timePs !== expected.timePs || argument !== expected.argument || handler !== argument % 7) {
      throw new Error(`event ${argument} at ${timePs}, expected ${JSON.stringify(expected)}`);
    }
    this.nowPs = timePs;
    return true;
  }

  /** Asks both whether anything happens up to the limit. */
  look(limitPs: number): void {
    const expected = this.#list.hasUntil(limitPs);
    if (this.#queue.hasUntil(limitPs) !== expected) throw new Error(`${limitPs}: not ${expected}`);
  }

  takeAll(): void {
    while (this.take());
    expect(this.#queue.length).toBe(0);
    expect(this.length).toBe(0);
  }
}

/** Distance into the future: ties, neighbours, the same slice, other slices, other years. */
const distance = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: 0, max: 10_000_000 }),
  fc.integer({ min: 0, max: 2 ** 45 }),
);
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("add" as const), distance }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("burst" as const),
      distance,
      count: fc.integer({ min: 1, max: 400 }),
      step: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000_000 })),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("take" as const), distance }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("look" as const), distance }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("drain" as const),
      count: fc.integer({ min: 1, max: 500 }),
    }),
  },
);

describe("the event queue against a sorted array", () => {
  it("gives the same events in the same order, whatever is asked", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const pair = new Pair();
        for (const step of operations) {
          if (step.kind === "add") pair.add(pair.nowPs + step.distance);
          else if (step.kind === "take") pair.take(pair.nowPs + step.distance);
          else if (step.kind === "look") pair.look(pair.nowPs + step.distance);
          else if (step.kind === "drain") {
            for (let left = step.count; left > 0 && pair.take(); left--);
          } else {
            for (let index = 0; index < step.count; index++) {
              pair.add(pair.nowPs + step.distance + index * step.step);
            }
          }
        }
        pair.takeAll();
      }),
      { seed: 11, numRuns: 600 },
    );
  });

  it("takes events from before the last one that it gave out", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 50 }), (times) => {
        const pair = new Pair();
        times.forEach((timePs, index) => {
          pair.add(timePs);
          if (index % 3 === 2) pair.take();
        });
        pair.takeAll();
      }),
      { seed: 12, numRuns: 500 },
    );
  });

  it("survives changes of scale that make it build new calendars", () => {
    const pair = new Pair();
    let state = 1;
    const random = (bound: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    // Picoseconds, then milliseconds apart, then back: each phase longer than a review interval.
    for (const scalePs of [3, 1e9, 50, 1e12, 1, 1e6]) {
      for (let index = 0; index < 300; index++) pair.add(pair.nowPs + random(scalePs));
      for (let index = 0; index < 10_000; index++) {
        pair.take();
        pair.add(pair.nowPs + random(scalePs));
      }
    }
    pair.takeAll();
  });

  it("keeps thousands of simultaneous events in order", () => {
    const pair = new Pair();
    for (let index = 0; index < 5_000; index++) pair.add(1_000_000);
    for (let index = 0; index < 5_000; index++) pair.add(index % 2 === 0 ? 999_999 : 1_000_000);
    pair.takeAll();
  });
});
