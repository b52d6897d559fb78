/** What does whoever misses pages of the file put into the cache, and in which reads? */
import { describe, expect, it, vi } from "vitest";
import { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../../model.ts";
import { newCounters } from "../address-space.ts";
import type { FileMemoryCosts } from "./costs.ts";
import { PAGEVEC } from "./lru-list.ts";
import { type Mapper, PageCache } from "./page-cache.ts";
import { PageFiller } from "./page-filler.ts";
import { MLOCKED, READAHEAD, WRITEBACK } from "./page-frames.ts";
import type { PageReader } from "./page-reader.ts";
import { Readahead } from "./readahead.ts";

const PAGES = 100;
const WINDOW_PAGES = 8;

/** What is done under a lock. */
const HELD = new Set<string | symbol>([
  "kernel.cacheInsert",
  "kernel.cacheRemove",
  "kernel.lruAdd",
  "kernel.lruIsolate",
  "kernel.lruPutBack",
  "kernel.bufferHead",
]);

/**
 * A cache of `frameCount` frames, one of them in reserve, and the pages of each read sent. A lock
 * is held for `holdPs`; nothing else takes time.
 */
function fillerOf(frameCount = PAGES, holdPs = 0) {
  const mapper = {
    map: () => {},
    unmap: () => {},
    tableCount: () => 0,
    entryOf: () => 0,
    testAndClearAccessed: () => false,
    *flush() {},
  } as unknown as Mapper;
  const cache = new PageCache(
    {
      frameCount,
      watermarks: { min: 1, low: 1, high: 1 },
      inactiveRatio: 1,
      lineTransfer: { nearPs: 0, farPs: 0 },
      coreCount: 1,
      pages: PAGES,
      cause: CAUSE.pageFault,
    },
    new Proxy({} as FileMemoryCosts, { get: (_, name) => (HELD.has(name) ? holdPs : 0) }),
    mapper,
  );
  const reads: number[][] = [];
  const sent: number[][] = [];
  const reader = {
    begin: () => reads.push([]) - 1,
    add: (read: number, frame: number) => reads[read]!.push(cache.frames.page[frame]!),
    submit: (_: Core, read: number) => sent.push(reads[read]!),
  } as unknown as PageReader;
  const readahead = new Readahead(PAGES, "normal", WINDOW_PAGES);
  const filler = new PageFiller(cache, reader, readahead, PAGES, newCounters());
  const thread = { core: new Core(0, 0, 1, [0]), isAhead: () => false } as Thread;
  return { cache, readahead, filler, thread, sent };
}

function finish(task: SystemTask): void {
  while (task.next().done !== true);
}

describe("a mark", () => {
  /** What is decided at a mark on page 10 that `cached` cached pages follow. */
  function decided(cached: number) {
    const { cache, readahead, filler } = fillerOf();
    for (let page = 10; page <= 10 + cached; page++) cache.prefill(page);
    const frame = cache.index.find(10);
    cache.frames.flags[frame]! |= READAHEAD;
    const answers = [filler.takeMark(frame, 10), filler.takeMark(frame, 10)];
    return { answers, start: readahead.start, count: readahead.count };
  }

  it("starts one window, at the first page behind it that is missing", () => {
    expect(decided(3)).toEqual({ answers: [true, false], start: 14, count: WINDOW_PAGES });
  });

  it("starts none that begins more than a window behind it", () => {
    const last = WINDOW_PAGES - 1;
    expect(decided(last)).toMatchObject({ answers: [true, false], start: 10 + WINDOW_PAGES });
    expect(decided(WINDOW_PAGES)).toMatchObject({ answers: [false, false], count: 0 });
  });
});

describe("a window", () => {
  it("is read as it was decided, whatever others decide before its thread goes on", () => {
    const { readahead, filler, thread, sent } = fillerOf();
    let isAhead = true;
    thread.isAhead = () => isAhead;
    readahead.onMiss(50);
    const task = filler.readWindow(thread);
    expect(task.next().value).toBe(CATCH_UP);
    readahead.onMiss(20);
    isAhead = false;
    finish(task);
    expect(sent).toEqual([[46, 47, 48, 49, 50, 51, 52, 53]]);
  });

  it("is read around what is cached, a run of missing pages at a time", () => {
    const { cache, filler, thread, sent } = fillerOf();
    for (const page of [0, 3, 4]) cache.prefill(page);
    finish(filler.read(thread, 0, 8));
    expect(sent).toEqual([
      [1, 2],
      [5, 6, 7],
    ]);
  });

  it("ends where reclaim finds nothing to free, and does not try for the rest", () => {
    const { cache, filler, thread, sent } = fillerOf(8);
    for (const page of [20, 21, 22]) {
      cache.prefill(page);
      cache.frames.flags[cache.index.find(page)]! |= MLOCKED;
    }
    let refused = 0;
    cache.onLow = () => {
      refused += 1;
    };
    finish(filler.read(thread, 0, 8));
    // Of five frames, one is the reserve and one is the tree's.
    expect(sent).toEqual([[0, 1, 2]]);
    expect(refused).toBe(2);
  });
});

describe("a lock", () => {
  /** How far ahead of the clock a thread that reads `count` pages is as it takes each lock. */
  function leads(count: number, frameCount: number) {
    const { cache, filler, thread } = fillerOf(frameCount, 1_000);
    for (const page of [90, 91, 92, 93, 94]) cache.prefill(page);
    // This one is kept by each scan, and put back.
    cache.frames.flags[cache.index.find(90)]! |= WRITEBACK;
    let nowPs = 0;
    const { core } = thread;
    thread.isAhead = () => core.cursorPs > nowPs;
    const found: number[] = [];
    for (const lock of [cache.treeLock, cache.lruLock, cache.bufferLock]) {
      vi.spyOn(lock, "hold").mockImplementation((_, cause, holdPs) => {
        found.push(core.cursorPs - nowPs);
        core.charge(cause, holdPs);
      });
    }
    const task = filler.read(thread, 0, count);
    while (task.next().done !== true) nowPs = core.cursorPs;
    return new Set(found);
  }

  it.each([
    ["of the tree and the lists", PAGEVEC + 1, PAGES],
    ["of buffer heads", 1, PAGES],
    ["after reclaim", 1, 7],
  ])("%s is taken in its turn", (_, count, frameCount) => {
    expect(leads(count, frameCount)).toEqual(new Set([0]));
  });
});
