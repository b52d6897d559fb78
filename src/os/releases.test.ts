/** Giving pages back: how often other cores drop translations, and what becomes of the frames. */
import { expect, it } from "vitest";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import { bareRun, spentUntil } from "../testing/bare-run.ts";
import { SLEEP } from "./model.ts";
import type { OptionValues } from "./options.ts";

const END_PS = 1e9;
const COUNT = 4;
const PAGES = Int32Array.from({ length: COUNT }, (_, page) => 7 * page);

/** Flushes when four pages are given back together, and zeroings, of one at a time, before. */
function flushesAndZeroings(backend: string, options: OptionValues): [number, number] {
  const run = bareRun(
    {
      backend,
      drives: 1,
      options: { ...options },
      workload: { kind: "vm", access: "alloc-free", threads: 2, batch: COUNT },
    },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  const { counters } = memory;
  // Somebody else must be there to be asked.
  scheduler.spawn(1, function* (self) {
    memory.attach(self);
    yield { kind: "compute", remainingPs: END_PS, cause: CAUSE.application };
  });
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, PAGES, COUNT);
    expect([counters.shootdowns, counters.flushPs]).toEqual([0, 0]);
    yield* region.release(self, PAGES, COUNT);
  });
  const { zeroing } = spentUntil(run, END_PS);
  expect(counters.released).toBe(COUNT);
  expect(counters.flushPs > 0).toBe(counters.shootdowns > 0);
  const zeroPs = run.costsPs["kernel.zeroPage"] ?? run.costsPs["port.zeroPage"] ?? 1;
  return [counters.shootdowns, zeroing / zeroPs];
}

it.each([
  ["linux", {}, COUNT, COUNT],
  ["linux", { release: "process_madvise" }, 1, COUNT],
  // The pool's frames have never been anybody else's; the kernel's own may have.
  ["custom", {}, 1, 0],
  ["custom", { tlb_batch: false }, COUNT, 0],
  ["custom", { frame_pool: "system" }, 1, COUNT],
  ["unikernel", {}, 1, 0],
  ["unikernel", { invalidation: "page" }, COUNT, 0],
  ["unikernel-port", {}, COUNT, COUNT],
  ["bypass", {}, 0, 0],
] as const)(
  "%s %o flushes %i times for four pages, and zeroes %i",
  (backend, options, ...counts) => {
    expect(flushesAndZeroings(backend, options)).toEqual(counts);
  },
);

it.each([
  ["linux", {}, 0],
  ["custom", { frame_pool: "system" }, 0],
  ["unikernel-port", {}, 0],
  // The database is the only one that these frames ever belong to.
  ["custom", {}, 42],
  ["unikernel", {}, 42],
] as const)("%s %o hands out a frame again that holds %i", (backend, options, left) => {
  const run = bareRun(
    { backend, drives: 1, options, workload: { kind: "vm", access: "alloc-free", threads: 1 } },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({
    pages: 8,
    residentMax: 1,
    backing: "anonymous",
    withBytes: true,
  });
  const bytesOf = (frame: number): Uint8Array => region.bytesOf(frame)!;
  let found = -1;
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, PAGES, 1);
    bytesOf(region.tryAccess(self.core, PAGES[0]!, true))[5] = 42;
    yield* region.release(self, PAGES, 1);
    yield* region.populate(self, PAGES.subarray(1), 1);
    found = bytesOf(region.tryAccess(self.core, PAGES[1]!, false))[5]!;
  });
  spentUntil(run, END_PS);
  expect(found).toBe(left);
});

it.each([
  ["linux", {}, 0],
  // For all that it knows page tables are freed, which a core that is idle may look at.
  ["custom", {}, 1],
  ["unikernel", {}, 0],
  ["unikernel", { tlb_flush: "list" }, 0],
  ["unikernel-port", {}, 0],
] as const)("%s %o has %i cores interrupted that are idle", (backend, options, count) => {
  const run = bareRun(
    { backend, drives: 1, options, workload: { kind: "vm", access: "alloc-free", threads: 2 } },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  scheduler.spawn(1, function* (self) {
    memory.attach(self);
    yield SLEEP;
  });
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, PAGES, 1);
    yield { kind: "compute", remainingPs: 100_000_000, cause: CAUSE.application };
    yield* region.release(self, PAGES, 1);
  });
  spentUntil(run, END_PS);
  const { shootdowns, shootdownRequests } = memory.counters;
  expect([shootdowns, shootdownRequests]).toEqual([count, count]);
});

it.each([
  ["linux", "kernel.ipiEntry", {}],
  ["linux", "kernel.ipiEntry", { release: "process_madvise" }],
  ["custom", "kernel.ipiEntry", {}],
  ["unikernel", "osv.ipiEntry", {}],
  ["unikernel", "osv.ipiEntry", { tlb_flush: "list" }],
  ["unikernel-port", "osv.ipiEntry", {}],
] as const)("%s frees no frame before the flush has ended (%s, %o)", (backend, entry, options) => {
  const run = bareRun(
    {
      backend,
      drives: 1,
      options,
      set: { [entry]: 20_000 },
      workload: { kind: "vm", access: "alloc-free", threads: 3 },
    },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  const pause = (us: number) =>
    ({ kind: "compute", remainingPs: us * 1_000_000, cause: CAUSE.application }) as const;
  const free: number[] = [];
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, PAGES, 1);
    yield pause(50);
    yield* region.release(self, PAGES, 1);
    free.push(region.freeFrames);
  });
  scheduler.spawn(1, function* (self) {
    memory.attach(self);
    yield pause(400);
  });
  scheduler.spawn(2, function* () {
    yield pause(60);
    free.push(region.freeFrames);
  });
  spentUntil(run, END_PS);
  expect(free).toEqual([63, 64]);
});
