/** Locks that unikernels hold while other cores drop translations: who waits for whose flush. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import { bareRun, spentUntil } from "../testing/bare-run.ts";
import type { MemoryRegion } from "./memory-model.ts";
import type { SystemTask, Thread } from "./model.ts";

const US = 1_000_000;
const END_PS = 1_000 * US;
/** What a core that is told takes: so long a flush lasts at least. */
const FLUSH_US = 20;
const FIRST = Int32Array.of(0);
const SECOND = Int32Array.of(1);

/** Core 0 releases a page at 10 µs; only core 2 has to be told of it, and core 1 does `other`. */
function beside(
  backend: string,
  options: Record<string, string>,
  other: (region: MemoryRegion, thread: Thread) => SystemTask,
) {
  const run = bareRun(
    {
      machine: "milan-pm1733",
      backend,
      drives: 1,
      options,
      set: { "osv.ipiEntry": FLUSH_US * 1_000 },
      workload: { kind: "vm", access: "alloc-free", threads: 3, batch: 1 },
    },
    END_PS,
  );
  const { scheduler, memory } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  let releasedPs = 0;
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, FIRST, 1);
    yield pauseUntil(self, 10 * US);
    yield* region.release(self, FIRST, 1);
    releasedPs = self.core.cursorPs;
  });
  scheduler.spawn(1, (self) => other(region, self));
  scheduler.spawn(2, function* (self) {
    memory.attach(self);
    yield pauseUntil(self, 900 * US);
  });
  const { contention } = spentUntil(run, END_PS);
  expect(releasedPs).toBeGreaterThan((10 + FLUSH_US) * US);
  return { releasedPs, contention };
}

const pauseUntil = (thread: Thread, atPs: number) =>
  ({
    kind: "compute",
    remainingPs: atPs - thread.core.cursorPs,
    cause: CAUSE.application,
  }) as const;

describe("a port's one lock on its mappings", () => {
  it("is held across the flush: a fault on another page waits for it", () => {
    let faultedPs = 0;
    const { releasedPs } = beside("unikernel-port", {}, function* (region, self) {
      yield pauseUntil(self, 15 * US);
      yield* region.fault(self, 1, false);
      faultedPs = self.core.cursorPs;
    });
    expect(faultedPs).toBeGreaterThan(releasedPs);
  });

  it("is held by a fault as long as that takes: another core's sleeps until it is done", () => {
    const run = bareRun(
      {
        machine: "milan-pm1733",
        backend: "unikernel-port",
        drives: 1,
        set: { "port.pageFault": 20_000 },
        workload: { kind: "vm", access: "alloc-free", threads: 2, batch: 1 },
      },
      END_PS,
    );
    const { memory, scheduler } = run.system;
    const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
    const faultedPs: number[] = [];
    for (const page of [0, 1]) {
      scheduler.spawn(page, function* (self) {
        yield* region.fault(self, page, false);
        faultedPs.push(self.core.cursorPs);
      });
    }
    const { wakeUp } = spentUntil(run, END_PS);
    expect(wakeUp).toBeGreaterThanOrEqual(run.costsPs["osv.wakeUp"]!);
    expect(faultedPs[1]! - faultedPs[0]!).toBeGreaterThan(20 * US);
  });
});

describe("uCache's flush of a list", () => {
  const waited = (tlb_flush: string): number =>
    beside("unikernel", { tlb_flush }, function* (region, self) {
      yield* region.populate(self, SECOND, 1);
      yield pauseUntil(self, 10 * US);
      yield* region.release(self, SECOND, 1);
    }).contention;

  it("is one core's at a time, unless it is done without the lock", () => {
    expect(waited("list")).toBeGreaterThan((FLUSH_US * US) / 2);
    expect(waited("direct")).toBeLessThan(US);
  });
});
