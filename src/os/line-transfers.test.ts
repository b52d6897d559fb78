/**
 * Lines that all threads of a process write when they get and give back memory: how often one has
 * to come to a core that allocates or frees, after another core, or while another core does.
 */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import { bareRun, TWO_CORES } from "../testing/bare-run.ts";
import type { SystemTask, Thread } from "./model.ts";
import type { OptionValues } from "./options.ts";

const US = 1_000_000;
const END_PS = 10_000 * US;
const LINE = { "cpu.lineTransferNear": 100, "cpu.lineTransferFar": 100 };
const NO_LINE = { "cpu.lineTransferNear": 0, "cpu.lineTransferFar": 0 };

type Call = "populate" | "release";

interface Setting {
  readonly backend: "linux" | "custom";
  readonly options?: OptionValues;
  readonly call: Call;
  readonly pages?: number;
  /** When the other core does the same to pages of its own; core 0 begins at 200 µs. */
  readonly otherAtUs: number;
  readonly otherPages?: number;
  readonly set?: Readonly<Record<string, number>>;
}

const pagesFrom = (first: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, index) => first + index);

const pauseUntil = (thread: Thread, atPs: number) =>
  ({
    kind: "compute",
    remainingPs: atPs - thread.core.cursorPs,
    cause: CAUSE.application,
  }) as const;

/** How long `call` takes core 0, which has used the memory before. */
function tookPs(setting: Setting, set: Readonly<Record<string, number>>): number {
  const { backend, options = {}, call, pages = 1, otherAtUs, otherPages = 1 } = setting;
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend,
      drives: 1,
      options: { tlb_flush: "miracle", ...options },
      set: { ...setting.set, ...set },
      workload: { kind: "vm", access: "alloc-free", threads: 2, batch: 64 },
    },
    END_PS,
  );
  const { scheduler, memory } = run.system;
  const request = { pages: 1_024, residentMax: 1_024, backing: "anonymous" } as const;
  // A page's number in its region is not its number in the process.
  memory.createRegion(request);
  const region = memory.createRegion(request);
  const doCall = (thread: Thread, first: number, count: number): SystemTask =>
    region[call](thread, pagesFrom(first, count), count);
  let tookPs = 0;
  const body = (first: number, count: number, startUs: number, atUs: number) =>
    function* (self: Thread): SystemTask {
      memory.attach(self);
      yield pauseUntil(self, startUs * US);
      yield* region.populate(self, pagesFrom(first, 2), 2);
      if (call === "release") yield* region.populate(self, pagesFrom(first + 2, count), count);
      yield pauseUntil(self, atUs * US);
      const fromPs = self.core.cursorPs;
      yield* doCall(self, first + 2, count);
      if (self.core.index === 0) tookPs = self.core.cursorPs - fromPs;
    };
  scheduler.spawn(0, body(0, pages, 20, 200));
  scheduler.spawn(1, body(512, otherPages, 1, otherAtUs));
  run.simulation.runUntil(END_PS);
  expect(tookPs).toBeGreaterThan(0);
  return tookPs;
}

const transfers = (setting: Setting): number =>
  (tookPs(setting, LINE) - tookPs(setting, NO_LINE)) / (LINE["cpu.lineTransferFar"] * 1_000);

describe("a call after another core's", () => {
  it.each([
    // The file's count comes to be read, and again to be swapped; mmap_lock.
    ["custom", "populate", {}, 2 + 1],
    ["custom", "release", {}, 2 + 1],
    ["linux", "populate", {}, 1],
    // Three of mm_struct, and the LRU list's lock, head and neighbour.
    ["linux", "release", { memory_cgroups: 0 }, 3 + 3],
    ["linux", "release", { memory_cgroups: 4 }, 3 + 3 + 4],
    // The page has not come to the list, so it leaves neither that nor its counters now.
    ["linux", "release", { memory_cgroups: 4, lru_add_drain: false }, 3],
  ] as const)("on %s to %s (%o) waits for %i lines", (backend, call, options, lines) => {
    expect(transfers({ backend, call, options, otherAtUs: 150 })).toBe(lines);
  });

  it("that takes 32 pages charges them together", () => {
    const faults = (memory_cgroups: number): number =>
      transfers({
        backend: "linux",
        call: "populate",
        pages: 32,
        options: { memory_cgroups },
        otherAtUs: 150,
        otherPages: 32,
      });
    // mmap_lock, and of the list three lines once: nobody else comes in between.
    expect([faults(0), faults(8) - faults(0)]).toEqual([1 + 3, 8]);
  });
});

describe("a call during which another core does the same", () => {
  it.each([
    ["custom", "populate", {}, { "exmap.allocatePage": 5_000 }, 2, 3 + 2],
    ["custom", "release", {}, { "exmap.freePage": 5_000 }, 2, 3 + 2],
    // All that it takes at first or last.
    [
      "linux",
      "release",
      { memory_cgroups: 0, release: "process_madvise" },
      { "kernel.zapPage": 5_000 },
      3 + 3,
      // Of those the list's at its beginning, too, and two that it takes twice.
      3 + 2 + 3 + 3,
    ],
  ] as const)(
    "on %s to %s (%o, %o) waits for %i lines at its end, for %i if it came later",
    (backend, call, options, set, atEnd, both) => {
      const setting = { backend, call, options, set, pages: 20 };
      expect(transfers({ ...setting, otherAtUs: 900 })).toBe(0);
      expect(transfers({ ...setting, otherAtUs: 250 })).toBe(atEnd);
      expect(transfers({ ...setting, otherAtUs: 190, otherPages: 20 })).toBe(both);
    },
  );
});

it("takes up to 32 pages off the LRU list under one lock, which each further one prolongs", () => {
  const times = (cost: "kernel.lruHold" | "kernel.lruAdd", pages: number): number => {
    const setting = {
      backend: "linux",
      call: "release",
      options: { release: "process_madvise" },
      pages,
      otherAtUs: 150,
    } as const;
    const [some, none] = [1_000, 0].map((ns) => tookPs(setting, { [cost]: ns }));
    return Math.round((some! - none!) / US);
  };
  // 14 of its pages, or the last of 46, come to the list just before.
  expect([12, 44].map((pages) => times("kernel.lruHold", pages))).toEqual([1 + 1, 1 + 2]);
  expect([12, 44].map((pages) => times("kernel.lruAdd", pages))).toEqual([13 + 11, 31 + 11]);
});
