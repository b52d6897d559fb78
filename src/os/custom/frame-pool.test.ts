/** Where exmap's frames come from, and what that takes: lists of interfaces, or the kernel's. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { FrameAllocator } from "../../hardware/mmu/frame-allocator.ts";
import { bareRun, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import type { ExmapCosts } from "./memory/costs.ts";
import { FramePool, type PoolKind } from "./memory/frame-pool.ts";

const END_PS = 1e12;
const LOCK_PS = 1;
const STEAL_PS = 1_000_000;
const ALLOCATOR_PS = 2;
const HOLD_PS = 1_000_000;

/** A pool of `count` frames for `interfaces`, the first of which core 0 uses; what that takes. */
function bench(kind: PoolKind, count: number, interfaces = 2) {
  const { machine } = bareRun(
    { machine: TWO_CORES, backend: "custom", drives: 1, workload: { kind: "raw-io" } },
    END_PS,
  );
  const costs = {
    "exmap.listLock": LOCK_PS,
    "exmap.steal": STEAL_PS,
    "exmap.pageAllocator": ALLOCATOR_PS,
    "exmap.zoneHold": HOLD_PS,
  } as unknown as ExmapCosts;
  const core = machine.cores[0]!;
  const pool = new FramePool(machine, kind, new FrameAllocator(count, false), interfaces, costs);
  const taken: number[] = [];
  const spentPs = (work: () => void): number => {
    const fromPs = core.cursorPs;
    work();
    return core.cursorPs - fromPs;
  };
  const take = (frames: number): number =>
    spentPs(() => {
      for (let i = 0; i < frames; i++) taken.push(pool.take(core, 0));
    });
  const give = (frames: number): number =>
    spentPs(() => {
      for (let i = 0; i < frames; i++) pool.give(core, 0, taken.pop()!);
    });
  /** What `frames` of interface `from` take a core. */
  const takeFrom = (from: number, frames: number, taker = core): number => {
    const fromPs = taker.cursorPs;
    for (let i = 0; i < frames; i++) pool.take(taker, from);
    return taker.cursorPs - fromPs;
  };
  return { machine, pool, taken, take, give, takeFrom };
}

describe("lists of interfaces", () => {
  it("cost nothing, or each step their lock", () => {
    const free = bench("lock-free", 1_024);
    expect([free.take(512), free.give(512)]).toEqual([0, 0]);
    const locked = bench("locked", 1_024);
    expect([locked.take(512), locked.give(512)]).toEqual([512 * LOCK_PS, 512 * LOCK_PS]);
  });

  it("are filled from another one when they are empty, by 512 or half of the rest", () => {
    const { pool, taken, take } = bench("lock-free", 4_096);
    expect(take(2_048)).toBe(0);
    const steals = (frames: number): number => Math.floor(take(frames) / STEAL_PS);
    expect([steals(1), steals(511), steals(1)]).toEqual([1, 0, 1]);
    expect(steals(511)).toBe(0);
    // Of the other one's 1,024 it takes 512, 256, ...
    expect(steals(512 + 256)).toBe(2);
    expect(new Set(taken).size).toBe(taken.length);
    expect(pool.freeCount).toBe(4_096 - taken.length);
  });
});

describe("an empty list", () => {
  it("takes from the next one that has frames", () => {
    const { takeFrom } = bench("lock-free", 12, 3);
    // Two of the next one's four.
    expect([takeFrom(0, 4), takeFrom(0, 2)]).toEqual([0, STEAL_PS]);
    expect([takeFrom(2, 4), takeFrom(1, 2)]).toEqual([0, 0]);
  });

  it("waits for that one's head, where another core has been there last", () => {
    const { machine, takeFrom } = bench("lock-free", 4_096, 2);
    const [first, second] = machine.cores;
    takeFrom(0, 2_048, first);
    expect(takeFrom(0, 512, first)).toBe(STEAL_PS);
    second!.passUntil(first!.cursorPs, CAUSE.application);
    expect(takeFrom(0, 512, second)).toBe(STEAL_PS + machine.lineTransfer.farPs);
  });
});

it("takes what is resident before the run from all lists alike", () => {
  const { pool, takeFrom } = bench("lock-free", 16);
  for (let page = 0; page < 8; page++) pool.takeBeforeRun();
  expect([takeFrom(0, 4), takeFrom(1, 4)]).toEqual([0, 0]);
});

describe("the kernel's allocator", () => {
  it("has a list per CPU that holds what a batch takes and gives back", () => {
    const { take, give } = bench("system", 8_192);
    const zoneVisits = (spentPs: number): number => Math.floor(spentPs / HOLD_PS);
    expect(zoneVisits(take(512))).toBe(Math.ceil(512 / 63));
    const again = [give(512), take(512), give(512), take(512)];
    expect(again).toEqual(Array(4).fill((512 * ALLOCATOR_PS) / 2));
    take(2_048);
    expect(zoneVisits(give(2_048 + 512))).toBeGreaterThanOrEqual(Math.floor((2_560 - 1_024) / 63));
  });
});

it("gives every thread a list of its own", () => {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "custom",
      drives: 1,
      set: { "exmap.steal": 1_000_000 },
      workload: { kind: "vm", access: "alloc-free", threads: 2 },
    },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({ pages: 8, residentMax: 8, backing: "anonymous" });
  for (const index of [0, 1]) {
    scheduler.spawn(index, function* (self) {
      memory.attach(self);
      yield* region.populate(
        self,
        Int32Array.of(0, 1, 2, 3).map((page) => 4 * index + page),
        4,
      );
    });
  }
  expect(spentUntil(run, END_PS).pageTable).toBeLessThan(STEAL_PS);
});
