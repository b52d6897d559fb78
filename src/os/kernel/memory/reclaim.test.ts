/** What does one scan of the page cache's lists do to whom, and what is charged for it? */
import { describe, expect, it } from "vitest";
import { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { AccessHint, SystemTask, Thread } from "../../model.ts";
import { newCounters } from "../address-space.ts";
import type { FileMemoryCosts } from "./costs.ts";
import { type Mapper, PageCache } from "./page-cache.ts";
import {
  ACTIVE,
  BUFFERS,
  EVICTING,
  MAPPED,
  MLOCKED,
  REFERENCED,
  WRITEBACK,
} from "./page-frames.ts";
import { Readahead } from "./readahead.ts";
import { RECLAIM_BATCH, Reclaimer } from "./reclaim.ts";

/** A process that maps the file: which of its translations were used, and who flushed when. */
class Translations implements Mapper {
  readonly accessed: Uint8Array;
  /** Free frames at each flush. */
  readonly flushes: number[] = [];
  freeCount: () => number = () => 0;

  constructor(pages: number) {
    this.accessed = new Uint8Array(pages);
  }
  map(page: number): void {
    this.accessed[page] = 1;
  }
  unmap(): void {}
  entryOf(page: number): number {
    return this.accessed[page]!;
  }
  tableCount(): number {
    return 0;
  }
  testAndClearAccessed(page: number): boolean {
    const wasAccessed = this.accessed[page] === 1;
    this.accessed[page] = 0;
    return wasAccessed;
  }
  protect(): void {}
  flushInStep(): void {}
  // biome-ignore lint/correctness/useYield: flushing takes no time here.
  *flush(): SystemTask {
    this.flushes.push(this.freeCount());
  }
}

/** A cache whose oldest pages are the first ones, all mapped and used once; only `cost` costs. */
function fullOf(pages: number, hint: AccessHint = "random", cost?: keyof FileMemoryCosts) {
  const mapper = new Translations(pages);
  const costs = new Proxy({} as FileMemoryCosts, { get: (_, name) => (name === cost ? 1 : 0) });
  const cache = new PageCache(
    {
      frameCount: pages + 10,
      watermarks: { min: 1, low: 2, high: 3 },
      inactiveRatio: 1,
      lineTransfer: { nearPs: 0, farPs: 0 },
      coreCount: 1,
      pages,
      cause: CAUSE.pageFault,
    },
    costs,
    mapper,
  );
  mapper.freeCount = () => cache.frames.freeCount;
  for (let page = 0; page < pages; page++) cache.prefill(page);
  const core = new Core(0, 0, 1, [0]);
  const thread = { core, isAhead: () => false } as Thread;
  const counters = newCounters();
  const reclaimer = new Reclaimer(cache, new Readahead(pages, hint), thread, counters);
  const batch = () => resultOf(reclaimer.batch(RECLAIM_BATCH));
  const use = (from: number, to: number) => mapper.accessed.fill(1, from, to);
  return { cache, mapper, core, thread, counters, reclaimer, batch, use };
}

/** Nobody waits here. */
function resultOf<T>(task: SystemTask<T>): T {
  for (let step = task.next(); ; step = task.next()) if (step.done === true) return step.value;
}

describe("a page", () => {
  it("is scanned twice before it goes, for its translation is born accessed", () => {
    const { batch, counters } = fullOf(RECLAIM_BATCH);
    expect([batch(), batch()]).toEqual([0, RECLAIM_BATCH]);
    expect(counters).toMatchObject({ scanned: 2 * RECLAIM_BATCH, released: RECLAIM_BATCH });
  });

  it("goes at once under SEQUENTIAL, where accesses do not count", () => {
    expect(fullOf(RECLAIM_BATCH, "sequential").batch()).toBe(RECLAIM_BATCH);
  });

  it("becomes active when it was used before both of two scans", () => {
    const { cache, batch, use } = fullOf(RECLAIM_BATCH);
    batch();
    expect(cache.active.length).toBe(0);
    use(0, 5);
    expect(batch()).toBe(RECLAIM_BATCH - 5);
    expect([cache.active.length, cache.inactive.length]).toEqual([5, 0]);
  });

  it("leaves the active list, when that is longer, and has to be used anew to stay", () => {
    const { cache, batch, use } = fullOf(2 * RECLAIM_BATCH);
    // Each list has half of the pages, then those of the inactive one have gone.
    batch();
    batch();
    use(0, RECLAIM_BATCH);
    expect([batch(), cache.active.length]).toEqual([0, RECLAIM_BATCH]);
    use(0, RECLAIM_BATCH);
    expect(batch()).toBe(RECLAIM_BATCH);
    expect([cache.active.length, cache.inactive.length]).toEqual([RECLAIM_BATCH, 0]);
    expect(batch()).toBe(RECLAIM_BATCH);
    expect(cache.index.size).toBe(0);
  });

  it("is left to write-back while it is dirty, out of the scan's way", () => {
    const { cache, batch } = fullOf(RECLAIM_BATCH, "sequential");
    cache.markDirty(cache.index.find(3));
    expect(batch()).toBe(RECLAIM_BATCH - 1);
    expect([cache.active.length, cache.inactive.length, cache.dirtyPages.size]).toEqual([1, 0, 1]);
  });

  it("stays in its list while it is read or written", () => {
    const { cache, batch } = fullOf(RECLAIM_BATCH, "sequential");
    const { frames, index } = cache;
    frames.flags[index.find(3)]! |= WRITEBACK;
    frames.io[index.find(4)] = 1;
    expect(batch()).toBe(RECLAIM_BATCH - 2);
    expect([index.size, cache.inactive.length, frames.io[index.find(4)]]).toEqual([2, 2, 1]);
  });

  it("that read() has used often becomes active, and has to be used anew to be it again", () => {
    const { cache, batch } = fullOf(RECLAIM_BATCH, "random");
    const { flags } = cache.frames;
    for (const frame of cache.frames.page.keys()) flags[frame]! &= ~MAPPED;
    const frame = cache.index.find(3);
    flags[frame]! |= ACTIVE | REFERENCED;
    expect([batch(), cache.active.length]).toEqual([RECLAIM_BATCH - 1, 1]);
    expect(flags[frame]! & REFERENCED).toBe(0);
  });

  it("is locked on its way out, and stays if somebody has stored to it meanwhile", () => {
    const { cache, thread, reclaimer } = fullOf(RECLAIM_BATCH, "sequential");
    Object.assign(thread, { isAhead: () => true });
    const { flags, io } = cache.frames;
    const frame = cache.index.find(3);
    const batch = reclaimer.batch(RECLAIM_BATCH);
    let step = batch.next();
    for (let isStored = false; step.done !== true; step = batch.next()) {
      if (isStored || (flags[frame]! & MAPPED) !== 0) continue;
      isStored = true;
      expect(io[frame]).toBe(EVICTING);
      cache.markDirty(frame);
    }
    expect(step.value).toBe(RECLAIM_BATCH - 1);
    expect([cache.index.find(3), io[frame]]).toEqual([frame, 0]);
  });

  it("is on no list any more when it is locked", () => {
    const { cache, batch } = fullOf(RECLAIM_BATCH, "sequential");
    cache.frames.flags[cache.index.find(3)]! |= MLOCKED;
    expect(batch()).toBe(RECLAIM_BATCH - 1);
    expect([cache.active.length, cache.inactive.length, cache.index.size]).toEqual([0, 0, 1]);
  });
});

describe("a batch", () => {
  it("flushes once for all that it unmapped, before any frame is free", () => {
    const { batch, mapper } = fullOf(RECLAIM_BATCH, "sequential");
    batch();
    expect(mapper.flushes).toEqual([10]);
  });

  it("flushes nothing when it unmapped nothing", () => {
    const kept = fullOf(RECLAIM_BATCH);
    kept.batch();
    const unmapped = fullOf(RECLAIM_BATCH);
    for (const frame of unmapped.cache.frames.page.keys()) {
      unmapped.cache.frames.flags[frame]! &= ~MAPPED;
    }
    expect(unmapped.batch()).toBe(RECLAIM_BATCH);
    expect([...kept.mapper.flushes, ...unmapped.mapper.flushes]).toEqual([]);
  });

  it.each([
    ["kernel.lruIsolate", 1, 1],
    ["kernel.checkReferences", 1, 1],
    // To see whether it was used, and to unmap it.
    ["kernel.reverseMapWalk", 1, 2],
    ["kernel.lruPutBack", 1, 0],
    ["kernel.reclaimPage", 0, 1],
    ["kernel.cacheRemove", 0, 1],
  ] as const)(
    "pays %s %d times for a page that stays, %d for one that goes",
    (cost, stays, goes) => {
      const { core, batch } = fullOf(RECLAIM_BATCH, "random", cost);
      batch();
      expect(core.cursorPs).toBe(stays * RECLAIM_BATCH);
      batch();
      expect(core.cursorPs).toBe((stays + goes) * RECLAIM_BATCH);
    },
  );
});

it("frees the buffer heads of pages that were read through them", () => {
  const { cache, core, batch } = fullOf(RECLAIM_BATCH, "sequential", "kernel.bufferHead");
  for (let page = 0; page < 7; page++) cache.frames.flags[cache.index.find(page)]! |= BUFFERS;
  batch();
  expect(core.cursorPs).toBe(7);
});

describe("a thread that reclaims for itself", () => {
  const directly = (pages: number): number => {
    const { reclaimer, counters } = fullOf(pages, "sequential");
    const reclaimed = resultOf(reclaimer.directly());
    expect(counters.releasedDirectly).toBe(reclaimed);
    return reclaimed;
  };

  it("scans all of its first share, a 4096th of the list, though 32 would do", () => {
    expect(directly(4_096 * 64)).toBe(64);
  });

  it("scans twice as large a share when the last one was not enough, and stops at 32", () => {
    // 20, and of the 39 that come next one batch.
    expect(directly(4_096 * 20)).toBe(20 + 32);
    expect(directly(32)).toBeGreaterThan(0);
  });
});
