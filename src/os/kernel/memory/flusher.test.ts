/** Who waits for the flusher, for how many pages, and who goes on first? */
import { describe, expect, it } from "vitest";
import type { Core } from "../../../hardware/cpu/core.ts";
import { type SchedulerFacet, SLEEP, type Thread, type ThreadTask } from "../../model.ts";
import { Flusher } from "./flusher.ts";
import type { PageCache } from "./page-cache.ts";
import type { PageWriter } from "./page-writer.ts";

/** Of 1000 frames: it begins above 100, slows dirtiers down above 150, stops them above 200. */
function bench() {
  const dirtyPages = new Set<number>();
  const cache = { frames: { count: 1_000 }, dirtyPages, onDirty: (_: Core) => {} };
  const woken: Thread[] = [];
  const threadOn = (index: number): Thread => {
    const wake = (): void => void woken.push(thread);
    const thread = { core: { index, cursorPs: 0 }, isSleeping: true, wake } as unknown as Thread;
    return thread;
  };
  const self = threadOn(0);
  /** Cleans as many of the oldest pages as it is let. */
  const writer = {
    written: 0,
    allowed: 0,
    *write(_: Thread, pages: readonly number[]) {
      while (writer.allowed === 0) yield SLEEP;
      for (const page of pages.slice(0, writer.allowed)) dirtyPages.delete(page);
      writer.written += writer.allowed;
      writer.allowed = 0;
    },
  };
  let body: ThreadTask | undefined;
  const scheduler = {
    spawn: (_: number, start: (thread: Thread) => ThreadTask) => {
      body = start(self);
      return self;
    },
  };
  const flusher = new Flusher(
    scheduler as unknown as SchedulerFacet,
    0,
    3,
    cache as unknown as PageCache,
    writer as unknown as PageWriter,
    { backgroundRatio: 10, dirtyRatio: 20 },
  );
  let next = 0;
  return {
    flusher,
    dirtyPages,
    woken,
    self,
    threadOn,
    /** A thread stores until `size` pages are dirty. */
    dirtyTo(size: number, { core }: Thread): void {
      while (dirtyPages.size < size) {
        dirtyPages.add(next++);
        cache.onDirty(core);
      }
    },
    clean(pages: number): void {
      writer.allowed = pages;
      body!.next();
    },
  };
}

describe("the flusher", () => {
  it("is woken by the page that is one more than a tenth of memory", () => {
    const { dirtyTo, woken, self, threadOn } = bench();
    dirtyTo(100, threadOn(1));
    expect(woken).toEqual([]);
    dirtyTo(101, threadOn(1));
    expect(woken).toEqual([self]);
  });

  it("writes what has been dirty for longest", () => {
    const { dirtyTo, dirtyPages, clean, threadOn } = bench();
    dirtyTo(110, threadOn(1));
    clean(3);
    expect([...dirtyPages].slice(0, 2)).toEqual([3, 4]);
  });
});

describe("a dirtier", () => {
  it("waits after as many pages as the root of the room that is left, above the ceiling", () => {
    const { dirtyTo, flusher, threadOn } = bench();
    const [one, other] = [threadOn(1), threadOn(2)];
    dirtyTo(153, one);
    expect(flusher.mustWait(one.core)).toBe(false);
    dirtyTo(154, one);
    expect([one, other].map(({ core }) => flusher.mustWait(core))).toEqual([true, false]);
  });

  it("waits above a fifth whatever it has dirtied itself", () => {
    const { dirtyTo, flusher, threadOn } = bench();
    dirtyTo(200, threadOn(1));
    expect(flusher.mustWait(threadOn(2).core)).toBe(false);
    dirtyTo(201, threadOn(1));
    expect(flusher.mustWait(threadOn(2).core)).toBe(true);
  });

  it("begins to count anew below the ceiling, and once it has waited", () => {
    const { dirtyTo, flusher, threadOn, clean } = bench();
    const one = threadOn(1);
    dirtyTo(153, one);
    clean(50);
    dirtyTo(153, one);
    expect(flusher.mustWait(one.core)).toBe(false);
    dirtyTo(154, one);
    expect(flusher.mustWait(one.core)).toBe(true);
    flusher.awaitCleaning(one).next();
    expect(flusher.mustWait(one.core)).toBe(false);
  });

  /** Two that have dirtied five pages each, above the ceiling, and wait. */
  function waiting(size: number) {
    const { woken, ...found } = bench();
    const [first, second] = [found.threadOn(1), found.threadOn(2)];
    found.dirtyTo(size - 10, found.self);
    for (const [index, thread] of [first, second].entries()) {
      found.dirtyTo(size - 5 + 5 * index, thread);
      expect(found.flusher.awaitCleaning(thread).next().done).toBe(false);
    }
    woken.length = 0;
    return { woken, first, second, ...found };
  }

  it("goes on when as many pages are cleaned as it dirtied, first those who came first", () => {
    const { clean, woken, first, second } = waiting(180);
    clean(4);
    expect(woken).toEqual([]);
    clean(2);
    expect(woken).toEqual([first]);
    clean(4);
    expect(woken).toEqual([first, second]);
  });

  it("goes on below the ceiling though more was dirtied while it was cleaned", () => {
    const { dirtyTo, clean, flusher, woken, threadOn } = bench();
    const one = threadOn(1);
    dirtyTo(160, one);
    clean(9);
    dirtyTo(160, one);
    flusher.awaitCleaning(one).next();
    clean(10);
    expect(woken.at(-1)).toBe(one);
  });

  it("goes on when its share is cleaned, and not before less than a fifth is dirty", () => {
    const { clean, woken, first, second } = waiting(162);
    clean(12);
    expect(woken).toEqual([first, second]);
    const above = waiting(220);
    above.clean(19);
    expect(above.woken).toEqual([]);
    above.clean(1);
    expect(above.woken).toEqual([above.first, above.second]);
  });
});
