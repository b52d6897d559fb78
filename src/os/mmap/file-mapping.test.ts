/** What does a fault on a mapped file map, mark and count? */
import { describe, expect, it } from "vitest";
import { bareRun } from "../../testing/bare-run.ts";
import { FRAMES, MappedBytes, PAGES } from "../../testing/mapped-bytes.ts";
import { MAPPED, NO_FRAME } from "../kernel/memory/page-frames.ts";
import { type AccessHint, CATCH_UP, CAUSE, MISS, type SystemTask, type Thread } from "../model.ts";

/** Asks for pages and waits until they are in memory; nothing maps them. */
function* cached(file: MappedBytes, thread: Thread, first: number, count: number): SystemTask {
  yield* file.region.paging.willNeed(thread, first, count);
  while (file.region.cache.index.size === 0 || file.run.machine.array.commands.inFlight > 0) {
    thread.core.charge(CAUSE.application, 10_000_000);
    yield CATCH_UP;
  }
}

const mappedPages = ({ region }: MappedBytes): number[] => {
  const { index, frames } = region.cache;
  return Array.from({ length: PAGES }, (_, page) => page).filter((page) => {
    const frame = index.find(page);
    return frame !== NO_FRAME && (frames.flags[frame]! & MAPPED) !== 0;
  });
};

it("a fault maps what is cached in its aligned window of sixteen pages", () => {
  const file = new MappedBytes(1);
  file.perform(function* (thread) {
    yield* cached(file, thread, 10, 30);
    yield* file.load(thread, 20);
  });
  expect(mappedPages(file)).toEqual(Array.from({ length: 16 }, (_, at) => 16 + at));
});

it("a translation is born accessed, also of a page that nobody has touched", () => {
  const file = new MappedBytes(1);
  const { mapper } = file.region.cache;
  file.perform(function* (thread) {
    yield* cached(file, thread, 16, 8);
    yield* file.load(thread, 20);
  });
  const answers = [21, 21, 40].map((page) => mapper.testAndClearAccessed(page));
  expect(answers).toEqual([true, false, false]);
});

it("a file is read around for ever, since each miss maps what has come with it", () => {
  const file = new MappedBytes(1, { read_ahead_kb: 128 }, undefined, "normal");
  const { counters } = file.run.system.memory;
  const misses = 150;
  file.perform(function* (thread) {
    for (let miss = 0; miss < misses; miss++) {
      // The middle of a window, whose mark nobody meets; the windows before have been evicted.
      yield* file.load(thread, (32 * miss + 16) % PAGES);
      if (thread.isAhead()) yield CATCH_UP;
    }
  });
  expect(counters.populated).toBe(32 * misses);
});

it("a page is in core and resident when its read has ended, not when it has begun", () => {
  const file = new MappedBytes(1);
  const { paging } = file.region;
  const answers: boolean[] = [];
  file.perform(function* (thread) {
    const look = (): void => {
      answers.push(paging.isInCore(thread, 7), file.region.isResident(7));
    };
    yield* paging.willNeed(thread, 7, 1);
    look();
    yield* file.load(thread, 7);
    look();
  });
  expect(answers).toEqual([false, false, true, true]);
});

describe("a store", () => {
  it("that faults leaves its page writable and dirty", () => {
    const file = new MappedBytes(1);
    let frame = MISS;
    file.perform(function* (thread) {
      yield* file.region.fault(thread, 9, true);
      frame = file.region.tryAccess(thread.core, 9, true);
    });
    expect([frame === MISS, file.isDirty(9)]).toEqual([false, true]);
  });

  it("to a page that is in no memory takes a frame of the reserve; a private one, too", () => {
    const file = new MappedBytes(1);
    const { region } = file;
    file.perform(function* (thread) {
      region.beforeStore(thread.core, 30);
      region.stores!.copyOnWrite(thread.core, 40);
      yield CATCH_UP;
    });
    expect([30, 40].map((page) => region.isResident(page))).toEqual([true, true]);
    expect([30, 40].map((page) => file.isDirty(page))).toEqual([true, false]);
  });

  it("to a private page drops the shared one's translation everywhere", () => {
    const file = new MappedBytes(2);
    const { counters } = file.run.system.memory;
    file.perform(function* (thread, index) {
      yield* file.load(thread, 5);
      if (index === 0) file.region.stores!.copyOnWrite(thread.core, 5);
      // Whoever has left his core is not asked.
      else thread.core.charge(CAUSE.application, 1_000_000_000);
      yield CATCH_UP;
    });
    expect(counters).toMatchObject({ shootdowns: 1, shootdownRequests: 1, faults: 3 });
  });
});

it("a mapping is prefilled as far as asked, or until `high` frames are free, tables apart", () => {
  const { region } = new MappedBytes(1);
  region.prefill(5);
  expect(region.cache.index.size).toBe(5);
  region.prefill(PAGES);
  const { cache, freeFrames } = region;
  expect(freeFrames).toBe(cache.watermarks.high);
  expect(cache.index.size).toBeLessThan(FRAMES - cache.watermarks.high);
});

it("windows that fill more than half of memory are refused, if there is less than the file", () => {
  const windows = (threads: number, hint: AccessHint) => {
    return new MappedBytes(threads, { read_ahead_kb: 512 }, undefined, hint);
  };
  windows(1, "normal");
  // Those that Linux gives a drive are what a twin's memory is chosen for.
  new MappedBytes(8, { read_ahead_kb: 128 }, undefined, "normal");
  expect(() => windows(2, "normal")).toThrow(/read_ahead_kb: windows of 512 KiB for 2 threads/);
  expect(() => windows(2, "random")).not.toThrow();
  const { memory } = bareRun(
    {
      drives: 2,
      backend: "mmap",
      options: { machine_memory_gib: 1, read_ahead_kb: 512 },
      workload: { kind: "engine", buffer: "mmap", threads: 2 },
    },
    1,
  ).system;
  const scale = 1 / 64;
  memory.createRegion({ pages: FRAMES, residentMax: FRAMES, backing: "file", scale });
});
