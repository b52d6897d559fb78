/** Where exmap's frames come from, and what that takes: lists of interfaces, or the kernel's. */
import { describe, expect, it } from "vitest";
import { FrameAllocator } from "../../hardware/mmu/frame-allocator.ts";
import { bareRun, TWO_CORES } from "../../testing/bare-run.ts";
import type { ExmapCosts } from "./memory/costs.ts";
import { FramePool, type PoolKind } from "./memory/frame-pool.ts";

const END_PS = 1e12;
const LOCK_PS = 1;
const STEAL_PS = 1_000_000;
const ALLOCATOR_PS = 2;
const HOLD_PS = 1_000_000;

/** A pool of `count` frames for two interfaces, and what core 0 has paid for page tables so far. */
function bench(kind: PoolKind, count: number) {
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
  const pool = new FramePool(machine, kind, new FrameAllocator(count, false), 2, costs);
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
  return { pool, taken, take, give };
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
