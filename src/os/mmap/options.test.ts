/** Do the mapping's options reach the kernel that they are about? */
import { expect, it } from "vitest";
import { bareRun } from "../../testing/bare-run.ts";
import { FRAMES, MappedBytes, PAGES } from "../../testing/mapped-bytes.ts";
import { type AccessHint, CATCH_UP, CAUSE } from "../model.ts";

const END_PS = 1_000_000_000;

/** Pages that one fault reads, of a mapping for which `madvise` and the region ask. */
function populated(madvise: AccessHint, hint?: AccessHint): number {
  const run = bareRun(
    {
      drives: 1,
      backend: "mmap",
      options: { machine_memory_gib: 1, read_ahead_kb: 32, madvise },
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
