/** Does the page cache behind a mapping keep its laws while memory is full? */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { CAUSES } from "../../hardware/cpu/ledger.ts";
import { NOT_MAPPED } from "../../hardware/mmu/mmu.ts";
import type { BareRun } from "../../testing/bare-run.ts";
import {
  FILE_END_PS as END_PS,
  FILE_FRAMES as FRAMES,
  FILE_PAGES as PAGES,
  pagedFileRun,
  ScratchedMedia,
  FILE_THREADS as THREADS,
} from "../../testing/paged-file.ts";
import { MAPPED, NO_FRAME, NO_PAGE, UPTODATE } from "../kernel/memory/page-frames.ts";
import {
  type AccessHint,
  BusError,
  CATCH_UP,
  type MemoryFacet,
  MISS,
  type Thread,
  type ThreadTask,
} from "../model.ts";
import { mmap } from "./index.ts";
import { FileRegion } from "./memory/file-region.ts";

const TOUCHES = 700;

interface Mapped {
  readonly run: BareRun;
  readonly memory: MemoryFacet;
  readonly region: FileRegion;
}

function mapped(hint: AccessHint): Mapped {
  const run = pagedFileRun();
  const ground = {
    seed: 1,
    simulation: run.simulation,
    machine: run.machine,
    costs: run.costsPs,
    options: run.resolved.options,
    threadCount: THREADS,
    coreCount: run.machine.cores.length,
  };
  const { scheduler } = run.system;
  const storage = mmap.createStorage(ground, scheduler);
  const memory = mmap.memory.create(ground, scheduler, storage);
  const request = {
    pages: PAGES,
    residentMax: FRAMES,
    backing: "file",
    hint,
    scale: 1 / 64,
  } as const;
  const region = memory.createRegion(request);
  if (!(region instanceof FileRegion)) throw new TypeError("mmap maps files");
  return { run, memory, region };
}

/** Touches random pages; `check` sees each with the frame that the hardware used. */
function* touch(
  { memory, region }: Mapped,
  thread: Thread,
  index: number,
  check: (page: number, frame: number) => void,
): ThreadTask {
  const random = new RandomStream(1, `toucher ${index}`);
  memory.attach(thread);
  for (let count = 0; count < TOUCHES; count++) {
    // Runs of three pages, so that read-ahead has something to be right about.
    const first = random.below(PAGES - 3);
    for (let page = first; page < first + 3; page++) {
      let frame = region.tryAccess(thread.core, page, false);
      while (frame === MISS) {
        yield* region.fault(thread, page, false);
        frame = region.tryAccess(thread.core, page, false);
      }
      check(page, frame);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }
}

/** Every frame is free or holds one page, which the index finds; lists and counts agree. */
function checkFrames({ region }: Mapped): void {
  const { frames, index, active, inactive } = region.cache;
  const pages = new Set<number>();
  let used = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const page = frames.page[frame]!;
    if (page === NO_PAGE) continue;
    used += 1;
    if (index.find(page) === frame) pages.add(page);
  }
  expect(used + frames.freeCount).toBe(FRAMES);
  expect(index.size).toBe(used);
  expect(pages.size).toBe(used);
  expect(active.length + inactive.length).toBeLessThanOrEqual(used);
}

describe.each(["random", "normal", "sequential"] as const)("MADV_%s", (hint) => {
  const setUp = mapped(hint);
  const { run, memory, region } = setUp;
  let touched = 0;
  let wrong = 0;
  for (let index = 0; index < THREADS; index++) {
    run.system.scheduler.spawn(index, (thread) =>
      touch(setUp, thread, index, (page, frame) => {
        touched += 1;
        // A translation that outlived its page's eviction would show another page's frame.
        const { frames } = region.cache;
        const isRight = frames.page[frame] === page && (frames.flags[frame]! & UPTODATE) !== 0;
        if (!isRight) wrong += 1;
      }),
    );
  }

  it("leads every access to the frame that holds its page, before and after evictions", () => {
    run.simulation.runUntil(END_PS);
    expect(touched).toBe(3 * THREADS * TOUCHES);
    expect(wrong).toBe(0);
    expect(memory.counters.released).toBeGreaterThan(1_000);
    expect(run.machine.array.commands.inFlight).toBe(0);
  });

  it("neither loses a frame nor gives it to two pages", () => {
    checkFrames(setUp);
    expect(region.cache.index.size).toBe(memory.counters.populated - memory.counters.released);
  });

  it("keeps at least the frames below `min` free", () => {
    const { freeFrames, watermarks } = region.cache;
    expect(freeFrames).toBeGreaterThanOrEqual(watermarks.min);
  });

  it("acknowledges every interrupt, one per flush and core of the process", () => {
    const { ipis } = run.machine;
    expect(ipis.acknowledged).toBe(ipis.requested);
    const { shootdowns, shootdownRequests } = memory.counters;
    expect(shootdownRequests).toBeLessThanOrEqual(shootdowns * THREADS);
    expect(shootdownRequests).toBeGreaterThanOrEqual(shootdowns * (THREADS - 1));
  });

  it("fills every core's ledger exactly", () => {
    run.system.scheduler.settle(END_PS);
    for (const core of run.machine.cores) {
      const row = core.rowBetween(0, 1);
      expect(CAUSES.reduce((sum, _, cause) => sum + row[cause]!, 0)).toBe(END_PS);
    }
  });

  it("is caught when a frame is lost, or belongs to two pages", () => {
    const { frames } = region.cache;
    const used = frames.page.findIndex((page) => page !== NO_PAGE);
    const page = frames.page[used]!;
    frames.page[used] = NO_PAGE;
    expect(() => checkFrames(setUp)).toThrow();
    frames.page[used] = frames.page.find((other) => other !== NO_PAGE && other !== page)!;
    expect(() => checkFrames(setUp)).toThrow();
    frames.page[used] = page;
    checkFrames(setUp);
  });
});

/** Runs the threads, then counts translations that cores still have of unmapped pages. */
function staleTranslations(setUp: Mapped): number {
  const { run, region } = setUp;
  for (let index = 0; index < THREADS; index++) {
    run.system.scheduler.spawn(index, (thread) => touch(setUp, thread, index, () => {}));
  }
  run.simulation.runUntil(END_PS);
  const { index, frames } = region.cache;
  let stale = 0;
  for (let page = 0; page < PAGES; page++) {
    const frame = index.find(page);
    if (frame !== NO_FRAME && (frames.flags[frame]! & MAPPED) !== 0) continue;
    for (let core = 0; core < THREADS; core++) {
      const found = region.tryAccess(run.machine.cores[core]!, page, false);
      if (found !== NOT_MAPPED) stale += 1;
    }
  }
  return stale;
}

it("leaves no core able to reach a page that was evicted", () => {
  expect(staleTranslations(mapped("random"))).toBe(0);
});

it("is caught when reclaim forgets to flush", () => {
  const setUp = mapped("random");
  Object.assign(setUp.region.cache.mapper, { flush: function* () {} });
  expect(staleTranslations(setUp)).toBeGreaterThan(0);
});

it("throws SIGBUS into the thread that touches a page which cannot be read, each time", () => {
  const setUp = mapped("random");
  const { run, region, memory } = setUp;
  run.machine.array.media = new ScratchedMedia(2);
  const outcomes: string[] = [];
  run.system.scheduler.spawn(0, function* (thread) {
    memory.attach(thread);
    for (const page of [1, 2, 2, 3]) {
      try {
        while (region.tryAccess(thread.core, page, false) === MISS) {
          yield* region.fault(thread, page, false);
        }
        outcomes.push("read");
      } catch (error) {
        expect(error).toBeInstanceOf(BusError);
        outcomes.push(`SIGBUS ${(error as BusError).page}`);
      }
      if (thread.isAhead()) yield CATCH_UP;
    }
  });
  run.simulation.runUntil(END_PS);
  expect(outcomes).toEqual(["read", "SIGBUS 2", "SIGBUS 2", "read"]);
});
