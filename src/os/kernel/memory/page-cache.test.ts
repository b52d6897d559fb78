/** When does the page cache give a frame, when does it ask for more, and what does it take away? */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../base/usage-error.ts";
import { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { FileMemoryCosts } from "./costs.ts";
import { PAGEVEC } from "./lru-list.ts";
import { type Mapper, PageCache } from "./page-cache.ts";
import { ACTIVE, DIRTY, MAPPED, MLOCKED, NO_FRAME, WRITEBACK } from "./page-frames.ts";

const WATERMARKS = { min: 4, low: 8, high: 12 };

/** An empty cache in which nothing costs anything but lines, each a picosecond. */
function cacheOf(frameCount: number) {
  const flushed: number[] = [];
  const mapper: Mapper = {
    map: () => {},
    unmap: () => {},
    tableCount: () => 0,
    entryOf: () => 0,
    testAndClearAccessed: () => false,
    protect: () => {},
    flushInStep: (_, page) => flushed.push(page),
    flush: function* () {},
  };
  const cache = new PageCache(
    {
      frameCount,
      watermarks: WATERMARKS,
      inactiveRatio: 1,
      lineTransfer: { nearPs: 1, farPs: 1 },
      coreCount: 1,
      pages: 10_000,
      cause: CAUSE.pageFault,
    },
    new Proxy({} as FileMemoryCosts, { get: () => 0 }),
    mapper,
  );
  return { cache, flushed, core: new Core(0, 0, 1, [0]) };
}

describe("a frame for a page", () => {
  it("asks for reclaim from `low` on, is refused at `min`, and then is the reserve's", () => {
    const { cache, core } = cacheOf(100);
    const askedAt: number[] = [];
    cache.onLow = () => askedAt.push(cache.freeFrames);
    let page = 0;
    while (cache.insert(core, page) !== NO_FRAME) page += 1;
    expect([askedAt[0], cache.freeFrames]).toEqual([WATERMARKS.low, WATERMARKS.min]);
    askedAt.length = 0;
    expect(cache.insertFromReserve(core, page)).not.toBe(NO_FRAME);
    expect(askedAt).toEqual([WATERMARKS.min]);
  });

  it("comes to the inactive list with fourteen others", () => {
    const { cache, core } = cacheOf(100);
    const lengths = Array.from({ length: PAGEVEC + 1 }, (_, page) => {
      cache.insert(core, page);
      return cache.inactive.length;
    });
    expect(lengths).toEqual([...new Array(PAGEVEC).fill(0), PAGEVEC]);
  });

  it("fetches more lines where the path goes elsewhere than last time", () => {
    const { cache, core } = cacheOf(100);
    const linesOf = (work: () => void): number => {
      const fromPs = core.cursorPs;
      work();
      return core.cursorPs - fromPs;
    };
    const linesPs = [0, 1, 64, 65].map((page) => linesOf(() => cache.insert(core, page)));
    expect(linesPs).toEqual([2 + 4, 2, 2 + 4, 2]);
    const evict = (page: number) => linesOf(() => cache.evict(core, cache.index.find(page)));
    expect([65, 1, 0].map(evict)).toEqual([3, 3 + 5, 3]);
  });
});

describe("the reserve when it is used up", () => {
  /** All frames hold pages, the first the oldest; those with `flags` cannot go. */
  function full(flags: readonly number[]) {
    const { cache, flushed, core } = cacheOf(20 + flags.length);
    const pages = 20 + flags.length;
    for (let page = 0; page < pages; page++) cache.prefill(page);
    flags.forEach((flag, page) => {
      cache.frames.flags[cache.index.find(page)]! |= flag;
    });
    const evicted = (): number[] => {
      cache.insertFromReserve(core, 5_000 + flushed.length);
      return Array.from({ length: pages }, (_, page) => page).filter(
        (page) => cache.index.find(page) === NO_FRAME,
      );
    };
    return { cache, flushed, core, evicted };
  }

  it("evicts the oldest page that is clean, not being written and not locked in memory", () => {
    const { evicted, flushed } = full([DIRTY, WRITEBACK, MLOCKED]);
    expect(evicted()).toEqual([3]);
    expect(flushed).toEqual([3]);
  });

  it("leaves a page whose I/O is under way", () => {
    const { cache, evicted } = full([]);
    cache.frames.io[cache.index.find(0)] = 7;
    expect(evicted()).toEqual([1]);
  });

  it("flushes nothing for a page that nobody maps", () => {
    const { cache, evicted, flushed } = full([]);
    cache.frames.flags[cache.index.find(0)]! &= ~MAPPED;
    expect([evicted(), flushed]).toEqual([[0], []]);
  });

  it("takes an active page only when no inactive one can go, and says so when none can", () => {
    const { cache, evicted, core } = full([]);
    const frame = cache.index.find(0);
    cache.inactive.remove(frame);
    cache.frames.flags[frame]! |= ACTIVE;
    cache.putBack(frame);
    expect(evicted()).toEqual([1]);
    for (let page = 2; page < 20; page++) cache.markDirty(cache.index.find(page));
    expect(evicted()).toEqual([0, 1]);
    expect(() => cache.insertFromReserve(core, 9_000)).toThrow(UsageError);
  });
});
