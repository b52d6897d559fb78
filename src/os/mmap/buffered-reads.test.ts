/** Does read() through the page cache keep its laws, and read what a kernel would? */
import { describe, expect, it, vi } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { CAUSE, CAUSES } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import { IO_MEDIA_ERROR, IO_OK } from "../../hardware/nvme/status.ts";
import type { BareRun } from "../../testing/bare-run.ts";
import {
  FILE_END_PS as END_PS,
  FILE_FRAMES as FRAMES,
  FILE_PAGES as PAGES,
  pagedFileRun,
  ScratchedMedia,
  FILE_THREADS as THREADS,
} from "../../testing/paged-file.ts";
import type { AccessHint, MemoryFacet, MemoryRegion, Thread, ThreadTask } from "../model.ts";
import { CATCH_UP } from "../model.ts";

interface ReadFile {
  readonly run: BareRun;
  readonly memory: MemoryFacet;
  readonly region: MemoryRegion;
}

/** @param scale 1/64: the twin of a GiB of memory. */
function readFile(hint: AccessHint, scale = 1 / 64): ReadFile {
  const run = pagedFileRun();
  const { memory } = run.system;
  const region = memory.createRegion({
    pages: PAGES,
    residentMax: FRAMES,
    backing: "file",
    isRead: true,
    hint,
    scale,
  });
  return { run, memory, region };
}

/** Lets each thread read what it is given, and runs until nobody reads. */
function reading(
  { run, memory, region }: ReadFile,
  pagesOf: readonly Iterable<number>[],
  check: (page: number, status: number) => void = (_, status) => expect(status).toBe(IO_OK),
): void {
  pagesOf.forEach((pages, index) => {
    run.system.scheduler.spawn(index, function* (thread: Thread): ThreadTask {
      memory.attach(thread);
      for (const page of pages) {
        check(page, yield* region.reads!.read(thread, page));
        if (thread.isAhead()) yield CATCH_UP;
      }
    });
  });
  run.simulation.runUntil(END_PS);
}

/** `count` pages anywhere. */
function anywhere(name: string, count: number): number[] {
  const random = new RandomStream(1, name);
  return Array.from({ length: count }, () => random.below(PAGES));
}

const upTo = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, index) => from + index);

describe("threads that read more than memory holds, at random", () => {
  const file = readFile("normal");
  const { run, memory, region } = file;
  let read = 0;
  let absent = 0;
  const lists = upTo(0, THREADS).map((index) => anywhere(`reader ${index}`, 2_000));

  it("find every page that they read in memory", () => {
    reading(file, lists, (page, status) => {
      expect(status).toBe(IO_OK);
      read += 1;
      if (!region.isResident(page)) absent += 1;
    });
    expect(read).toBe(THREADS * 2_000);
    // One that others evict while it is being copied.
    expect(absent).toBeLessThan(10);
    expect(run.machine.array.commands.inFlight).toBe(0);
  });

  it("evict without interrupting anybody: there is nothing to flush", () => {
    expect(memory.counters.released).toBeGreaterThan(5_000);
    expect(memory.counters).toMatchObject({ shootdowns: 0, shootdownRequests: 0, faults: 0 });
    expect(region.freeFrames).toBeGreaterThan(0);
  });

  it("read hardly more than their pages", () => {
    const misses = memory.counters.populated;
    // An eighth of the file is in memory, so some have two cached pages in front of them.
    expect(misses).toBeLessThan(1.05 * read);
    expect(misses).toBeGreaterThan(0.8 * read);
  });

  it("are charged for every call, and every core's ledger closes", () => {
    run.system.scheduler.settle(END_PS);
    const rows = run.machine.cores.map((core) => core.rowBetween(0, 1));
    for (const row of rows) {
      expect(CAUSES.reduce((sum, _, cause) => sum + row[cause]!, 0)).toBe(END_PS);
    }
    const copied = rows.reduce((sum, row) => sum + row[CAUSE.copy]!, 0);
    expect(copied).toBe(read * run.costsPs["kernel.copyPage"]!);
    const faulted = rows.reduce((sum, row) => sum + row[CAUSE.pageFault]!, 0);
    expect(faulted).toBe(0);
  });
});

it("takes a reference to the open file for each call, and gives it back", () => {
  const taken = vi.spyOn(SharedLine.prototype, "readAndSwap");
  const changed = vi.spyOn(SharedLine.prototype, "update");
  reading(readFile("random"), [[1, 2, 1]]);
  const [file] = taken.mock.contexts;
  expect(taken.mock.contexts).toEqual([file, file, file]);
  expect(changed.mock.contexts.filter((line) => line === file)).toHaveLength(3);
  vi.restoreAllMocks();
});

it("reads a stream in windows, each begun while the last one is used", () => {
  const file = readFile("normal");
  reading(file, [upTo(10_000, 13_200)]);
  const { drives } = file.run.machine.array;
  const requests = drives.reduce((sum, { completions }) => sum + completions, 0);
  // The first pages alone until there is a trace; a window may lie on both drives.
  expect(requests).toBeLessThan(1.4 * (3_200 / 32));
  expect(file.memory.counters.populated).toBeLessThan(3_200 + 64);
});

it("reads a stream in windows twice as large if it was told that accesses are sequential", () => {
  const requestsWith = (hint: AccessHint): number => {
    const file = readFile(hint);
    reading(file, [upTo(10_000, 13_200)]);
    expect(file.memory.counters.populated).toBeLessThan(3_200 + 128);
    return file.run.machine.array.drives.reduce((sum, { completions }) => sum + completions, 0);
  };
  expect(requestsWith("sequential")).toBeLessThan(0.65 * requestsWith("normal"));
});

it("takes a second read next to the first for the beginning of a stream", () => {
  const file = readFile("normal");
  reading(file, [[10_000, 20_000, 20_001]]);
  expect(file.memory.counters.populated).toBe(1 + 1 + 4);
});

it("reads a stream page by page if it was told that accesses are random", () => {
  const file = readFile("random");
  reading(file, [upTo(10_000, 10_500)]);
  expect(file.memory.counters.populated).toBe(500);
});

it("keeps what is read again and again while others go through the file", () => {
  const hot = upTo(0, 500);
  const scan = upTo(5_000, 15_000);
  const twice = [...hot, ...anywhere("between", 300), ...hot, ...scan];
  const file = readFile("normal");
  reading(file, [twice]);
  expect(hot.filter((page) => file.region.isResident(page)).length).toBe(500);
  const once = readFile("normal");
  reading(once, [[...hot, ...scan]]);
  expect(hot.filter((page) => once.region.isResident(page)).length).toBe(0);
});

/** How much of memory a program keeps that has read `share` of it twice, in a scan of the file. */
function keptShare(share: number, scale: number): number {
  const file = readFile("normal", scale);
  const hot = upTo(0, Math.floor(share * FRAMES));
  reading(file, [[...hot, ...anywhere("between", 300), ...hot, ...upTo(10_000, 18_000)]]);
  return hot.filter((page) => file.region.isResident(page)).length / FRAMES;
}

it("keeps three quarters of a GiB that are in use, and half of what is smaller", () => {
  // The active list is at most √10 times as long as the other one, or, below a GiB, as long.
  expect(keptShare(0.7, 1 / 64)).toBe(Math.floor(0.7 * FRAMES) / FRAMES);
  const kept = keptShare(0.7, 1 / 63);
  expect(kept).toBeGreaterThan(0.4);
  expect(kept).toBeLessThan(0.55);
});

it("returns the error of a page that cannot be read, each time it is asked for", () => {
  const file = readFile("random");
  file.run.machine.array.media = new ScratchedMedia(2);
  const outcomes: number[] = [];
  reading(file, [[1, 2, 2, 3]], (_, status) => outcomes.push(status));
  expect(outcomes).toEqual([IO_OK, IO_MEDIA_ERROR, IO_MEDIA_ERROR, IO_OK]);
  // What could not be read is not copied.
  file.run.system.scheduler.settle(END_PS);
  const copied = file.run.machine.cores[0]!.rowBetween(0, 1)[CAUSE.copy];
  expect(copied).toBe(2 * file.run.costsPs["kernel.copyPage"]!);
});
