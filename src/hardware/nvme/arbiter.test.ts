import { describe, expect, it } from "vitest";
import { Arbiter } from "./arbiter.ts";

/** One that has fetched a 9 and queues `counts[queue]` commands of each: 100 × queue + position. */
function filled(burst: number, counts: readonly number[]): Arbiter {
  const arbiter = new Arbiter(1, burst);
  arbiter.push(0, 9);
  for (const [queue, count] of counts.entries()) {
    for (let place = 0; place < count; place++) arbiter.push(queue, 100 * queue + place);
  }
  return arbiter;
}

function drained(arbiter: Arbiter): number[] {
  const order: number[] = [];
  for (let next = arbiter.shift(); next !== undefined; next = arbiter.shift()) order.push(next);
  return order;
}

describe("an arbiter", () => {
  it("keeps the order of the doorbells among commands that it has fetched", () => {
    const arbiter = new Arbiter(4, 1);
    for (const command of [5, 105, 6, 7]) arbiter.push(command > 99 ? 1 : 0, command);
    expect(drained(arbiter)).toEqual([5, 105, 6, 7]);
  });

  it("takes one command of each queue in turn", () => {
    expect(drained(filled(1, [3, 1, 2]))).toEqual([9, 0, 100, 200, 1, 201, 2]);
  });

  it("takes a burst of each queue in turn, or what there is", () => {
    expect(drained(filled(2, [3, 1, 4]))).toEqual([9, 0, 1, 100, 200, 201, 2, 202, 203]);
  });

  it("gives a queue whose commands came later its turn before another's second", () => {
    const arbiter = filled(4, [8]);
    expect([arbiter.shift(), arbiter.shift()]).toEqual([9, 0]);
    arbiter.push(7, 700);
    expect(drained(arbiter)).toEqual([1, 2, 3, 700, 4, 5, 6, 7]);
    expect(arbiter.length).toBe(0);
  });

  it("begins a whole turn with a queue that had run empty in the middle of one", () => {
    const arbiter = filled(4, [2, 8]);
    expect([arbiter.shift(), arbiter.shift()]).toEqual([9, 0]);
    arbiter.push(0, 2);
    expect(drained(arbiter)).toEqual([1, 100, 101, 102, 103, 2, 104, 105, 106, 107]);
  });
});
