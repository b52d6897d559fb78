/** Anonymous memory of the port: what a fault brings, and what a madvise gives back. */
import { expect, it } from "vitest";
import { bareRun } from "../../testing/bare-run.ts";
import type { MemoryRegion, Thread, ThreadTask } from "../model.ts";

const END_PS = 1_000_000_000;

/** Lets two threads on cores of their own do `body`, with a region of two pages and frames. */
function performed(body: (region: MemoryRegion, thread: Thread, index: number) => ThreadTask) {
  const run = bareRun(
    { backend: "unikernel-port", workload: { kind: "vm", access: "alloc-free", threads: 2 } },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({
    pages: 2,
    residentMax: 2,
    backing: "anonymous",
    withBytes: true,
  });
  let ended = 0;
  for (const index of [0, 1]) {
    scheduler.spawn(index, function* (thread) {
      memory.attach(thread);
      yield* body(region, thread, index);
      ended += 1;
    });
  }
  run.simulation.runUntil(END_PS);
  expect(ended).toBe(2);
  return memory.counters;
}

it("a page on which two threads fault at once is brought in once", () => {
  const counters = performed((region, thread) => region.fault(thread, 1, true));
  expect(counters).toMatchObject({ faults: 1, populated: 1 });
});

it("a page that comes back is empty", () => {
  const found: number[] = [];
  performed(function* (region, thread, index) {
    if (index > 0) return;
    for (const round of [1, 2]) {
      yield* region.fault(thread, 0, true);
      const bytes = region.bytesOf(region.tryAccess(thread.core, 0, true))!;
      found.push(bytes[9]!);
      bytes[9] = round;
      yield* region.release(thread, Int32Array.of(0), 1);
    }
  });
  expect(found).toEqual([0, 0]);
});

it("a page that is not there gives no frame back, and interrupts no core that sleeps", () => {
  const counters = performed(function* (region, thread, index) {
    if (index === 0) yield* region.release(thread, Int32Array.of(0, 1), 2);
  });
  expect(counters).toMatchObject({ released: 0, shootdowns: 0 });
});
