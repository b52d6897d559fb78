import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mmuPlan } from "../build-machine.ts";
import { Core } from "../cpu/core.ts";
import { milanPm1733 } from "../machines/milan-pm1733.ts";
import { loadLatencyPs, Mmu, NOT_MAPPED } from "./mmu.ts";
import { ACCESSED, DIRTY, PageTable, WRITABLE } from "./page-table.ts";
import { Tlb } from "./tlb.ts";

const plan = mmuPlan(milanPm1733.cpu.numbers);
const newCore = (): Core => new Core(0, 0, 1, []);

describe("a TLB", () => {
  it("never invents an entry, and has the last one for a page if it has any", () => {
    const step = fc.record({
      page: fc.integer({ min: 0, max: 300 }),
      word: fc.integer({ min: 1, max: 1_000 }).map((frame) => frame * 32 + 1),
      kind: fc.constantFrom("insert", "insert", "insert", "drop", "clear", "look"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const tlb = new Tlb({ l1Entries: 8, l2Entries: 32, l2Ways: 4, walkCacheEntries: 8 });
        const last = new Map<number, number>();
        for (const { page, word, kind } of steps) {
          if (kind === "insert") {
            tlb.insert(page, word);
            last.set(page, word);
            expect(tlb.lookUp(page)).toBe(word);
          } else if (kind === "drop") {
            tlb.invalidatePage(page);
            last.delete(page);
          } else if (kind === "clear") {
            tlb.invalidateAll();
            last.clear();
          }
          const found = tlb.lookUp(page);
          if (found !== 0) expect(found).toBe(last.get(page));
        }
      }),
      { seed: 43, numRuns: 400 },
    );
  });

  it("reaches as many pages as it has entries, and no more", () => {
    const tlb = new Tlb({ l1Entries: 64, l2Entries: 2_048, l2Ways: 8, walkCacheEntries: 64 });
    const hits = (pages: number): number => {
      for (let page = 0; page < pages; page++) tlb.insert(page, page * 32 + 1);
      let count = 0;
      for (let page = 0; page < pages; page++) if (tlb.lookUp(page) !== 0) count += 1;
      tlb.invalidateAll();
      return count;
    };
    expect(hits(2_048)).toBe(2_048);
    expect(hits(6_000)).toBeLessThanOrEqual(2_048 + 64);
  });
});

describe("translation", () => {
  it("charges nothing for a first-level hit, little for a second-level one, else a walk", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    for (let page = 0; page < 1_000; page++) table.map(page, page + 5, WRITABLE);
    const elapsed = (page: number): number => {
      const before = core.cursorPs;
      expect(mmu.translate(core, table, page, false)).toBe(page + 5);
      return core.cursorPs - before;
    };
    expect(elapsed(3)).toBeGreaterThan(plan.l2HitPs);
    expect(elapsed(3)).toBe(0);
    for (let page = 100; page < 300; page++) elapsed(page);
    expect(elapsed(3)).toBe(plan.l2HitPs);
    expect(mmu.walks).toBe(201);
  });

  it("uses a cached entry whatever the table says now, until it is invalidated", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    table.map(9, 1, WRITABLE);
    expect(mmu.translate(core, table, 9, true)).toBe(1);
    table.map(9, 2, WRITABLE);
    expect(mmu.translate(core, table, 9, true)).toBe(1);
    mmu.tlbOf(core).invalidatePage(9);
    expect(mmu.translate(core, table, 9, true)).toBe(2);
    table.unmap(9);
    expect(mmu.translate(core, table, 9, false)).toBe(2);
    mmu.tlbOf(core).invalidateAll();
    expect(mmu.translate(core, table, 9, false)).toBe(NOT_MAPPED);
  });

  it("sets ACCESSED when it walks and DIRTY before the first store", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    table.map(9, 1, WRITABLE);
    mmu.translate(core, table, 9, false);
    expect(table.entryOf(9) & (ACCESSED | DIRTY)).toBe(ACCESSED);
    mmu.translate(core, table, 9, true);
    expect(table.entryOf(9) & (ACCESSED | DIRTY)).toBe(ACCESSED | DIRTY);
  });

  it("lets a store through an entry that is not writable fault, and a load not", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    table.map(9, 1, 0);
    expect(mmu.translate(core, table, 9, false)).toBe(1);
    expect(mmu.translate(core, table, 9, true)).toBe(NOT_MAPPED);
    table.map(9, 1, WRITABLE);
    expect(mmu.translate(core, table, 9, true)).toBe(1);
  });

  it("finds every page behind a large entry, with one walk", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    table.mapLarge(512, 1_024, WRITABLE);
    expect(mmu.translate(core, table, 512, true)).toBe(1_024);
    for (let page = 513; page < 1_024; page++) {
      expect(mmu.translate(core, table, page, true)).toBe(page + 512);
    }
    expect(mmu.walks).toBe(1);
    mmu.tlbOf(core).invalidatePage(700);
    mmu.translate(core, table, 600, false);
    expect(mmu.walks).toBe(2);
  });

  it("loads an entry less for a large page, and all again when all was dropped", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    table.mapLarge(512, 1_024, WRITABLE);
    mmu.translate(core, table, 512, false);
    expect(mmu.walkLoads).toBe(3);
    mmu.tlbOf(core).invalidatePage(512);
    mmu.translate(core, table, 512, false);
    expect(mmu.walkLoads).toBe(3 + 1);
    mmu.tlbOf(core).invalidateAll();
    mmu.translate(core, table, 512, false);
    expect(mmu.walkLoads).toBe(3 + 1 + 3);
  });

  it("finds a page of the second level in the first one from then on", () => {
    const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
    for (let page = 0; page <= plan.l1Entries; page++) table.map(page, page, 0);
    for (let page = 0; page <= plan.l1Entries; page++) mmu.translate(core, table, page, false);
    const afterPs = [0, 0].map(() => {
      const beforePs = core.cursorPs;
      mmu.translate(core, table, 0, false);
      return core.cursorPs - beforePs;
    });
    expect(afterPs).toEqual([plan.l2HitPs, 0]);
  });

  it("walks tables as large as the original's, of which a twin has a part", () => {
    const walkPs = (scale: number): number => {
      const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
      mmu.scale = scale;
      table.map(1, 1, 0);
      mmu.translate(core, table, 1, false);
      return core.cursorPs;
    };
    expect(walkPs(100_000)).toBeGreaterThan(1.5 * walkPs(1));
  });

  it("makes up to 24 loads where 4 do without nesting, and costs nothing more at share 0", () => {
    const walk = (share: number | undefined): { loads: number; elapsedPs: number } => {
      const [mmu, table, core] = [new Mmu(plan), new PageTable(), newCore()];
      if (share !== undefined) mmu.nested = { share };
      table.map(123_456, 1, WRITABLE);
      mmu.translate(core, table, 123_456, false);
      return { loads: mmu.walkLoads, elapsedPs: core.cursorPs };
    };
    expect(walk(undefined).loads).toBe(4);
    expect(walk(1).loads).toBe(24);
    expect(walk(1).elapsedPs).toBeGreaterThan(walk(undefined).elapsedPs);
    expect(walk(0).elapsedPs).toBe(walk(undefined).elapsedPs);
  });

  it("loads more slowly from more memory, between first-level cache and memory", () => {
    const latencies = [64, 16_384, 1e6, 1e8, 1e11].map((bytes) => loadLatencyPs(plan, bytes));
    expect([...latencies].sort((a, b) => a - b)).toEqual(latencies);
    expect(latencies[0]).toBe(plan.caches[0]!.latencyPs);
    const memoryPs = plan.caches[3]!.latencyPs;
    expect(Math.abs(latencies[4]! / memoryPs - 1)).toBeLessThan(0.01);
  });
});
