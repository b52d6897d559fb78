/** Where exmap's frames come from, and what that takes: lists of interfaces, or the kernel's. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { FrameAllocator } from "../../hardware/mmu/frame-allocator.ts";
import { bareRun, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import type { ExmapCosts } from "./memory/costs.ts";
import { FramePool, type PoolKind } from "./memory/frame-pool.ts";

const END_PS = 1e12;
const STEAL_PS = 1_000_000_000;
const ALLOCATOR_PS = 2;
const HOLD_PS = 1_000_000;

/** Four cores: two complexes of two. */
const FOUR_CORES = {
  extends: "milan-pm1733",
  id: "four-cores",
  cpu: { cores: 4, threadsPerCore: 1, coresPerComplex: 2 },
} as const;

/** A pool of `count` frames for `interfaces`; core i uses interface i. */
function bench(kind: PoolKind, count: number, interfaces = 2, seed = 1) {
  const { machine } = bareRun(
    { machine: FOUR_CORES, backend: "custom", drives: 1, workload: { kind: "raw-io" } },
    END_PS,
  );
  const costs = {
    "exmap.steal": STEAL_PS,
    "exmap.pageAllocator": ALLOCATOR_PS,
    "exmap.zoneHold": HOLD_PS,
  } as unknown as ExmapCosts;
  const frames = new FrameAllocator(count, false);
  const pool = new FramePool(machine, kind, frames, interfaces, costs, seed);
  const spentPs = (index: number, work: () => void): number => {
    const { cursorPs } = machine.cores[index]!;
    work();
    return machine.cores[index]!.cursorPs - cursorPs;
  };
  /** Frames in use, of each core in the order in which it took them. */
  const taken = machine.cores.map((): number[] => []);
  const gather = (index: number, frames: number): number =>
    spentPs(index, () => pool.gather(machine.cores[index]!, index, frames));
  const takeClaimed = (index: number, frames: number): number =>
    spentPs(index, () => {
      for (let i = 0; i < frames; i++) taken[index]!.push(pool.take(machine.cores[index]!, index));
    });
  /** What one request for `frames` takes core `index`, of its interface or of another. */
  const take = (index: number, frames: number): number =>
    gather(index, frames) + takeClaimed(index, frames);
  /** Gives back what core `index` has taken last, to interface `to`. */
  const give = (index: number, frames: number, to = index): number =>
    spentPs(index, () => {
      for (let i = 0; i < frames; i++) pool.give(machine.cores[index]!, to, taken[index]!.pop()!);
    });
  return { machine, pool, taken, gather, takeClaimed, take, give };
}

const steals = (spentPs: number): number => Math.floor(spentPs / STEAL_PS);

describe("an interface's list", () => {
  it("costs nothing while it suffices and nobody else has had its frames", () => {
    const { take, give } = bench("own", 1_024);
    expect([take(0, 512), give(0, 512), take(0, 512)]).toEqual([0, 0, 0]);
  });

  it("fetches each frame's record from the core that had it last", () => {
    const { machine, taken, take, give } = bench("own", 4_096, 4);
    const { nearPs, farPs } = machine.lineTransfer;
    const hand = (from: number, to: number): number => {
      take(from, 8);
      const handed = taken[from]!.splice(-8);
      taken[to]!.push(...handed);
      return give(to, 8);
    };
    const [own, ...others] = machine.cores;
    const near = others.find(({ complex }) => complex === own!.complex)!.index;
    const far = others.find(({ complex }) => complex !== own!.complex)!.index;
    expect([hand(0, near), hand(0, far)]).toEqual([8 * nearPs, 8 * farPs]);
    // They are where the last core has left them.
    expect([take(far, 8), give(far, 8)]).toEqual([0, 0]);
  });

  it("takes 512 from another one when it has too few, or all that it needs", () => {
    const { pool, taken, take } = bench("own", 8_192);
    expect(take(0, 4_096)).toBe(0);
    expect([1, 511, 1].map((frames) => steals(take(0, frames)))).toEqual([1, 0, 1]);
    expect(steals(take(0, 511 + 600))).toBe(1);
    expect(steals(take(0, 1))).toBe(1);
    expect(new Set(taken[0]).size).toBe(taken[0]!.length);
    expect(pool.freeCount).toBe(8_192 - taken[0]!.length);
  });

  it("goes on with the next one where one has too few", () => {
    const { pool, take } = bench("own", 16, 4);
    expect(steals(take(0, 16))).toBe(3);
    expect(pool.freeCount).toBe(0);
  });

  it("says so when all have too few together", () => {
    expect(() => bench("own", 16, 4).gather(0, 17)).toThrow(/too few frames are free/);
  });
});

describe("a thief", () => {
  it("leaves alone what a request has claimed", () => {
    const { taken, gather, take, takeClaimed } = bench("own", 1_024);
    gather(1, 300);
    expect(() => take(0, 512 + 300)).toThrow(/too few/);
    take(0, 512 + 212);
    takeClaimed(1, 300);
    expect(new Set(taken.flat()).size).toBe(1_024);
    expect(() => takeClaimed(1, 1)).toThrow(/claimed/);
  });

  it("waits for the list's head, where another core has been there last", () => {
    const { machine, take } = bench("own", 9_000, 3);
    const { nearPs, farPs } = machine.lineTransfer;
    take(2, 3_000);
    take(0, 3_000);
    const [first, , third] = machine.cores;
    // Only the second one's list has anything left.
    expect(take(0, 512)).toBe(STEAL_PS);
    third!.passUntil(first!.cursorPs, CAUSE.application);
    const isNear = third!.complex === first!.complex;
    expect(take(2, 512)).toBe(STEAL_PS + (isNear ? nearPs : farPs));
  });

  it("returns to where it has stolen last while there is enough", () => {
    const { pool, taken, take, give } = bench("own", 40_000, 4);
    take(0, 10_000);
    take(0, 1);
    const from = (): number => Math.max(...taken[0]!.slice(-1)) % 4;
    const first = from();
    for (let round = 0; round < 8; round++) {
      expect(steals(take(0, 512))).toBe(1);
      expect(from()).toBe(first);
    }
    give(0, 1);
    expect(pool.freeCount).toBe(40_000 - taken[0]!.length);
  });

  it("chooses by the run's seed, where there is a choice", () => {
    const victims = Array.from({ length: 20 }, (_, seed) => {
      const { pool, taken, take } = bench("own", 16_384, 16, seed + 1);
      take(0, 1_024);
      // Interface 4, its first target, has too few; all others have enough.
      const machineOf = bench("own", 16, 16).machine;
      pool.gather(machineOf.cores[1]!, 4, 1_000);
      take(0, 512);
      return taken[0]!.at(-1)! % 16;
    });
    expect(new Set(victims).size).toBeGreaterThan(5);
    expect(victims).not.toContain(4);
  });
});

it("takes what is resident before the run from all lists alike", () => {
  const { pool, take } = bench("own", 16);
  for (let page = 0; page < 8; page++) pool.takeBeforeRun();
  expect([take(0, 4), take(1, 4)]).toEqual([0, 0]);
});

describe("the kernel's allocator", () => {
  it("has a list per CPU that holds what a batch takes and gives back", () => {
    const { take, give } = bench("system", 8_192);
    const zoneVisits = (spentPs: number): number => Math.floor(spentPs / HOLD_PS);
    expect(zoneVisits(take(0, 512))).toBe(Math.ceil(512 / 63));
    const again = [give(0, 512), take(0, 512), give(0, 512), take(0, 512)];
    expect(again).toEqual(Array(4).fill((512 * ALLOCATOR_PS) / 2));
    take(0, 2_048);
    const visits = zoneVisits(give(0, 2_048 + 512));
    expect(visits).toBeGreaterThanOrEqual(Math.floor((2_560 - 1_024) / 63));
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
