/** Do the mapping's options reach the kernel that they are about? */
import { expect, it } from "vitest";
import { bareRun, spentUntil } from "../../testing/bare-run.ts";
import { FRAMES, MappedBytes, PAGES } from "../../testing/mapped-bytes.ts";
import { type AccessHint, CATCH_UP, CAUSE } from "../model.ts";

const END_PS = 1_000_000_000;

/** Pages that one fault reads, of a mapping for which `madvise` and the region ask. */
function populated(madvise: AccessHint, hint?: AccessHint, read_ahead_kb = 32, drives = 1): number {
  const run = bareRun(
    {
      drives,
      backend: "mmap",
      options: { machine_memory_gib: 1, read_ahead_kb, madvise },
      workload: { kind: "engine", buffer: "mmap", threads: 1 },
    },
    END_PS,
  );
  const { scheduler, memory } = run.system;
  const size = { pages: PAGES, residentMax: FRAMES, scale: 1 / 64 };
  const region = memory.createRegion({ ...size, backing: "file", ...(hint && { hint }) });
  scheduler.spawn(0, function* (thread) {
    memory.attach(thread);
    yield* region.fault(thread, 100, false);
  });
  run.simulation.runUntil(END_PS);
  return memory.counters.populated;
}

it("madvise speaks for a mapping that does not say itself how it is used", () => {
  expect([populated("random"), populated("normal")]).toEqual([1, 8]);
  expect(populated("random", "normal")).toBe(8);
});

it("read_ahead_kb is rounded down to pages, at least one, and 0 is the drive's own", () => {
  const pages = [2, 7, 8, 0].map((kib) => populated("normal", "normal", kib));
  expect(pages).toEqual([1, 1, 2, 32]);
  // A RAID's is more than half of so little memory.
  expect(() => populated("normal", "normal", 0, 2)).toThrow(/windows of 2048 KiB/);
});

/** A page that four threads have loaded becomes private: interrupts of it, and what causes took. */
function shootdown(tlb_flush: string, set: Readonly<Record<string, number>> = {}) {
  const file = new MappedBytes(4, { tlb_flush }, undefined, "random", set);
  file.perform(function* (thread, index) {
    yield* file.load(thread, 5);
    if (index === 0) file.region.stores!.copyOnWrite(thread.core, 5);
    else thread.core.charge(CAUSE.application, END_PS);
    yield CATCH_UP;
  });
  const { requested } = file.run.machine.ipis;
  return { requested, spent: spentUntil(file.run, 900_000_000_000), costsPs: file.run.costsPs };
}

it("tlb_flush says whether other cores are interrupted, each at the costs of it", () => {
  const modes = ["interrupt", "broadcast", "miracle"];
  expect(modes.map((mode) => shootdown(mode).requested)).toEqual([3, 0, 0]);
  const { spent, costsPs } = shootdown("interrupt");
  for (const cost of ["kernel.ipiSend", "kernel.ipiEntry"]) {
    const less = shootdown("interrupt", { [cost]: 0 }).spent;
    const takenPs = (causes: typeof spent) => causes.shootdownSend + causes.shootdownReceive;
    expect(takenPs(spent) - takenPs(less)).toBe(3 * costsPs[cost]!);
  }
});

it("kswapds are cores that the machine's clock counts", () => {
  const coresUsed = [1, 3].map((kswapds) => new MappedBytes(2, { kswapds }).run.resolved.coresUsed);
  expect(coresUsed).toEqual([3, 5]);
});

it("a thread is one of its process before it touches anything", () => {
  const file = new MappedBytes(2);
  file.perform(function* (thread, index) {
    if (index === 1) return;
    yield* file.load(thread, 5);
    file.region.stores!.copyOnWrite(thread.core, 5);
  });
  expect(file.run.system.memory.counters.shootdownRequests).toBe(1);
});

it("the mapping reads through its own storage, and through no other", () => {
  const { system } = bareRun(
    {
      drives: 1,
      backend: "linux",
      facets: { memory: "mmap" },
      options: { machine_memory_gib: 1 },
      workload: { kind: "engine", buffer: "mmap", threads: 1 },
    },
    END_PS,
  );
  expect(() => system.memory).toThrow(/^facets: /);
});

it("lazy_tlb spares the cores on which the process sleeps", () => {
  const requests = [false, true].map((lazy_tlb) => {
    const file = new MappedBytes(2, { lazy_tlb });
    file.perform(function* (thread, index) {
      yield* file.load(thread, 5);
      if (index === 1) return;
      // The other one has left its core long ago.
      thread.core.charge(CAUSE.application, END_PS);
      yield CATCH_UP;
      file.region.stores!.copyOnWrite(thread.core, 5);
    });
    return file.run.system.memory.counters.shootdownRequests;
  });
  expect(requests).toEqual([1, 0]);
});
