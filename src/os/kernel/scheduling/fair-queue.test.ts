/** Who runs next, and who gives way, by the rules of Linux 5.x's fair scheduler. */
import { describe, expect, it } from "vitest";
import type { ThreadAttributes } from "../../model.ts";
import { FairQueue } from "./fair-queue.ts";
import { KernelThread, type ThreadHome } from "./kernel-thread.ts";

const MS = 1_000_000_000;
const TIMES = {
  latencyPs: 24 * MS,
  minGranularityPs: 3 * MS,
  wakeupGranularityPs: 4 * MS,
  tickPs: 4 * MS,
};
const HOME = { residents: 0 } as ThreadHome;

const thread = (attributes: ThreadAttributes = {}) => new KernelThread(HOME, attributes);

/** A thread that has run for `virtualPs` more than one of nice 0 that has not run at all. */
function at(virtualPs: number, attributes: ThreadAttributes = {}): KernelThread {
  return Object.assign(thread(attributes), { virtualPs });
}

/** A queue of threads that were preempted, so that each keeps the place that it has. */
function queueOf(...threads: KernelThread[]): FairQueue {
  const queue = new FairQueue(TIMES);
  for (const one of threads) queue.add(one, "preempted");
  return queue;
}

/** How far behind a woken thread of `nice` must be to take the core, to 10 µs. */
function marginPs(nice: number): number {
  const queue = new FairQueue(TIMES);
  let marginPs = 0;
  while (!queue.preempts(at(0, { nice }), at(marginPs))) marginPs += MS / 100;
  return marginPs;
}

describe("a woken thread", () => {
  it("takes the core from one that is ahead of it by more than the wake-up granularity", () => {
    const queue = new FairQueue(TIMES);
    expect(queue.preempts(at(0), at(TIMES.wakeupGranularityPs))).toBe(false);
    expect(queue.preempts(at(0), at(TIMES.wakeupGranularityPs + 1))).toBe(true);
  });

  it("needs less of a lead the more it weighs", () => {
    // Weights of nice −5, 0 and 5 are 3121, 1024 and 335.
    expect(marginPs(-5) / TIMES.wakeupGranularityPs).toBeCloseTo(1_024 / 3_121, 2);
    expect(marginPs(5) / TIMES.wakeupGranularityPs).toBeCloseTo(1_024 / 335, 2);
  });
});

describe("a thread that yields", () => {
  const afterYield = (otherPs: number): "other" | "itself" => {
    const other = at(otherPs);
    const queue = queueOf(other);
    queue.add(at(0), "yielded");
    return queue.take(0) === other ? "other" : "itself";
  };

  it("lets the next one go first, though that has had more", () => {
    expect(afterYield(TIMES.wakeupGranularityPs)).toBe("other");
  });

  it("goes on if the next one has had more by more than the wake-up granularity", () => {
    expect(afterYield(TIMES.wakeupGranularityPs + 1)).toBe("itself");
  });

  it("is passed over once", () => {
    const yielder = at(0);
    const queue = queueOf(at(1), at(2));
    queue.add(yielder, "yielded");
    expect(queue.take(0)).not.toBe(yielder);
    expect(queue.take(0)).toBe(yielder);
  });
});

describe("the tick", () => {
  /** The longest that a thread runs beside `others` that have had `lagPs` less, to 10 µs. */
  function turnPs(others: number, lagPs: number): number {
    const queue = queueOf(...Array.from({ length: others }, () => at(0)));
    let ranPs = 0;
    while (!queue.mustGiveWay(at(lagPs + ranPs), ranPs)) ranPs += MS / 100;
    return ranPs / MS;
  }

  it("ends a turn when the thread has had its share of the period", () => {
    expect(turnPs(1, -1_000 * MS)).toBeCloseTo(24 / 2, 1);
    expect(turnPs(3, -1_000 * MS)).toBeCloseTo(24 / 4, 1);
  });

  it("lets each have the smallest share where they are many", () => {
    expect(turnPs(20, -1_000 * MS)).toBeCloseTo(3, 1);
  });

  it("ends it sooner if another one has had less by more than a share", () => {
    // It has had 10 ms more before: at 12 ms more it has to go.
    expect(turnPs(1, 8 * MS)).toBeCloseTo(4, 1);
  });

  it("lets it run for the smallest share however much more it has had", () => {
    expect(turnPs(1, 100 * MS)).toBeCloseTo(3, 1);
  });

  it("has the period grow with more threads than it has room for, in shares by weight", () => {
    // 16 threads: 48 ms, of which a weight of 3121 among 15 of 1024 has 17 %.
    const queue = queueOf(...Array.from({ length: 15 }, () => at(0)));
    const heavy = at(-1_000 * MS, { nice: -5 });
    const sharePs = (48 * MS * 3_121) / (3_121 + 15 * 1_024);
    expect(queue.mustGiveWay(heavy, sharePs * 0.99)).toBe(false);
    expect(queue.mustGiveWay(heavy, sharePs * 1.01)).toBe(true);
  });
});

describe("a place in another queue", () => {
  /** A queue whose threads have all run for `minPs`. */
  function atTime(minPs: number): FairQueue {
    const queue = new FairQueue(TIMES);
    queue.account(at(0), minPs);
    return queue;
  }

  it("is as far from the others as the one that it had", () => {
    const moved = at(503 * MS);
    atTime(500 * MS).depart(moved);
    atTime(90 * MS).add(moved, "moved");
    expect(moved.virtualPs).toBe(93 * MS);
  });

  it("is half a period in front of them at most", () => {
    const moved = at(100 * MS);
    atTime(500 * MS).depart(moved);
    atTime(90 * MS).add(moved, "moved");
    expect(moved.virtualPs).toBe((90 - 12) * MS);
  });

  it("is a share of its creator's period behind for a thread that is new, among any number", () => {
    const queue = atTime(90 * MS);
    const fresh = Array.from({ length: 20 }, () => thread());
    for (const one of fresh) queue.add(one, "new");
    expect(fresh.map(({ virtualPs }) => virtualPs)).toEqual(fresh.map(() => (90 + 24 / 2) * MS));
  });

  it("is less far behind for a new thread that weighs more", () => {
    const fresh = thread({ nice: -5 });
    atTime(90 * MS).add(fresh, "new");
    const debitMs = (24 * 1_024) / (3_121 + 1_024);
    expect(fresh.virtualPs / MS).toBeCloseTo(90 + debitMs, 6);
  });
});
