import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IntRing } from "./ring.ts";

describe("a ring of integers", () => {
  it("equals a plain queue under any pushes and shifts", () => {
    const step = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constant("shift"));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { maxLength: 200 }),
        (size, steps) => {
          const ring = new IntRing(size);
          const queue: number[] = [];
          for (const next of steps) {
            expect(ring.peek()).toBe(queue[0]);
            if (typeof next === "number") {
              queue.push(next);
              ring.push(next);
            } else expect(ring.shift()).toBe(queue.shift());
            expect(ring.length).toBe(queue.length);
          }
        },
      ),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it("gives nothing when empty, and 0 when a 0 was pushed", () => {
    const ring = new IntRing(1);
    expect([ring.peek(), ring.shift(), ring.length]).toEqual([undefined, undefined, 0]);
    ring.push(0);
    expect([ring.peek(), ring.length, ring.shift(), ring.shift()]).toEqual([0, 1, 0, undefined]);
  });

  it("keeps the order when it grows with the oldest item in the middle", () => {
    const ring = new IntRing(4);
    for (let item = 0; item < 3; item++) ring.push(item);
    for (let item = 0; item < 2; item++) ring.shift();
    for (let item = 3; item < 100; item++) ring.push(item);
    const drained = Array.from({ length: ring.length }, () => ring.shift());
    expect(drained).toEqual(Array.from({ length: 98 }, (_, index) => index + 2));
  });

  it("goes round many times", () => {
    const ring = new IntRing(3);
    for (let item = 0; item < 100_000; item++) {
      ring.push(item);
      ring.push(-item);
      if (ring.shift() !== item || ring.shift() !== -item) expect.fail(`lost item ${item}`);
    }
    expect(ring.length).toBe(0);
  });
});
