/** OSv's flush sleeps until the last core has confirmed: who wakes it, and what that takes. */
import { describe, expect, it } from "vitest";
import { CAUSE, CAUSES, type Cause } from "../../hardware/cpu/ledger.ts";
import { bareRun, spentUntil } from "../../testing/bare-run.ts";

const US = 1_000_000;
const END_PS = 1_000 * US;
const OTHERS = 3;
const PAGES = Int32Array.from({ length: 10 }, (_, page) => page);

/** One flush of OSv's by core 0 beside cores that compute: the ledgers, how long it took. */
function flush(isolation: "bare" | "vm", idle: string, wakeUpNs: number) {
  const run = bareRun(
    {
      machine: "milan-pm1733",
      backend: "unikernel",
      isolation,
      drives: 1,
      options: { tlb_flush: "global", idle },
      set: {
        "osv.wakeUp": wakeUpNs,
        "cpu.idleExit": 0,
        ...(isolation === "vm" && { "vm.kick": 0, "vm.resume": 0 }),
      },
      workload: { kind: "vm", access: "alloc-free", threads: OTHERS + 1, batch: 10 },
    },
    END_PS,
  );
  const { scheduler, memory } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  for (let index = 1; index <= OTHERS; index++) {
    scheduler.spawn(index, function* (self) {
      memory.attach(self);
      yield { kind: "compute", remainingPs: 900 * US, cause: CAUSE.application };
    });
  }
  let tookPs = 0;
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, PAGES, PAGES.length);
    yield { kind: "compute", remainingPs: 10 * US, cause: CAUSE.application };
    const fromPs = self.core.cursorPs;
    yield* region.release(self, PAGES, PAGES.length);
    tookPs = self.core.cursorPs - fromPs;
  });
  spentUntil(run, END_PS);
  const rows = run.machine.cores.slice(0, OTHERS + 1).map((core) => core.rowBetween(0, 1));
  const spentPs = (cause: Cause): number[] => rows.map((row) => row[CAUSES.indexOf(cause)]!);
  return { spentPs, tookPs, costsPs: run.costsPs };
}

describe("whoever confirms a flush of OSv's last", () => {
  const { spentPs, tookPs, costsPs } = flush("bare", "watch", 359);
  const free = flush("bare", "watch", 0);

  it("wakes the core that waits, which waits for that", () => {
    const wakeUpPs = costsPs["osv.wakeUp"]!;
    expect(wakeUpPs).toBeGreaterThan(0);
    const woken = spentPs("wakeUp").map((ps, core) => ps - free.spentPs("wakeUp")[core]!);
    expect(woken).toEqual([0, 0, 0, wakeUpPs]);
    expect(tookPs - free.tookPs).toBe(wakeUpPs);
  });

  it("interrupts it if it halts", () => {
    const halting = flush("bare", "halt", 359);
    const more = (cause: Cause): number[] =>
      halting.spentPs(cause).map((ps, core) => ps - spentPs(cause)[core]!);
    expect(more("wakeUp")).toEqual([0, 0, 0, costsPs["unikernel.ipiSend"]]);
    expect(more("interrupt")).toEqual([costsPs["unikernel.interruptEntry"], 0, 0, 0]);
  });

  it("leaves its guest for that, as the other does to halt and to end the interrupt", () => {
    const halting = flush("vm", "guest-halt", 359);
    const exitPs = halting.costsPs["vm.exit"]!;
    expect(exitPs).toBeGreaterThan(0);
    const told = halting.spentPs("hypervisor");
    // Of the core that flushes: one to interrupt the others, one around its halt, one at the end.
    expect(told).toEqual([3 * exitPs, 0, 0, exitPs]);
  });
});
