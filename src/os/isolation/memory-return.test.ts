/** Memory that a guest gives back: the host's shootdown, on top of the guest's. */
import { describe, expect, it } from "vitest";
import { CAUSE, CAUSES } from "../../hardware/cpu/ledger.ts";
import { bareRun, spentUntil } from "../../testing/bare-run.ts";

const US = 1_000_000;
const END_PS = 1_000 * US;
const INTERRUPTED = 3;
const PAGES = Int32Array.from({ length: 10 }, (_, page) => page);
const HYPERVISOR = CAUSES.indexOf("hypervisor");

/** What the hypervisor takes from the core that releases once, and from three that compute. */
function release(tlbFlush: string, returnsMemory: boolean, set: Record<string, number> = {}) {
  const run = bareRun(
    {
      machine: "milan-pm1733",
      backend: "unikernel",
      isolation: "vm",
      returnsMemory,
      drives: 1,
      options: { tlb_flush: tlbFlush },
      set: { "vm.kick": 0, "cpu.broadcastPages": 8, ...set },
      workload: { kind: "vm", access: "alloc-free", threads: INTERRUPTED + 1, batch: 10 },
    },
    END_PS,
  );
  const { scheduler, memory } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  for (let index = 1; index <= INTERRUPTED; index++) {
    scheduler.spawn(index, function* (self) {
      memory.attach(self);
      yield { kind: "compute", remainingPs: 900 * US, cause: CAUSE.application };
    });
  }
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    yield* region.populate(self, PAGES, PAGES.length);
    yield { kind: "compute", remainingPs: 10 * US, cause: CAUSE.application };
    yield* region.release(self, PAGES, PAGES.length);
  });
  spentUntil(run, END_PS);
  const [own, ...others] = run.machine.cores
    .slice(0, INTERRUPTED + 1)
    .map((core) => core.rowBetween(0, 1)[HYPERVISOR]!);
  const leavesPs = run.costsPs["vm.exit"]! + run.machine.mmu.plan.invalidateAllPs;
  return { own: own!, others, leavesPs, costsPs: run.costsPs };
}

describe.each(["direct", "broadcast", "miracle"])("memory given back (tlb_flush=%s)", (by) => {
  const kept = release(by, false);
  const returned = release(by, true);

  it("makes every other core that runs the guest leave it", () => {
    expect(returned.others.map((ps, at) => ps - kept.others[at]!)).toEqual(
      new Array<number>(INTERRUPTED).fill(returned.leavesPs),
    );
  });

  it("keeps whoever gives it back until the last has done so", () => {
    expect(returned.own - kept.own).toBeGreaterThan(2 * returned.leavesPs);
  });
});

describe("whoever gives memory back", () => {
  it("leaves the guest to ask for it", () => {
    const exits = (returnsMemory: boolean): number => {
      const [none, some] = [0, 2_200].map((exit) => {
        return release("direct", returnsMemory, { "vm.exit": exit }).own;
      });
      return (some! - none!) / US;
    };
    // The last of the others leaves it, too, and is waited for.
    expect(exits(true) - exits(false)).toBeCloseTo(2, 0);
  });

  it("has the host interrupt one core after the other", () => {
    const free = release("direct", true, { "vm.hostFlush": 0 });
    const { own, costsPs } = release("direct", true);
    expect(costsPs["vm.hostFlush"]).toBeGreaterThan(0);
    expect(own - free.own).toBe(INTERRUPTED * costsPs["vm.hostFlush"]!);
  });
});
