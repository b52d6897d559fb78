/** Pinned memory: the database's own hash table is all that its pages cost. */
import { expect, it } from "vitest";
import { bareRun } from "../../testing/bare-run.ts";

const PAGE = Int32Array.of(7);

it("costs a load of a bucket for each page that is looked for, inserted or taken out", () => {
  const run = bareRun(
    {
      machine: "milan-pm1733",
      backend: "bypass",
      drives: 1,
      set: { "bypass.hashLookup": 0, "bypass.hashUpdate": 0 },
      workload: { kind: "vm", access: "alloc-free", threads: 1, batch: 1 },
    },
    1e12,
  );
  const { memory, scheduler } = run.system;
  // Buckets of 16 bytes for so many pages are in no core's own cache.
  const pages = 1 << 18;
  const region = memory.createRegion({ pages, residentMax: pages, backing: "anonymous" });
  const tookPs: number[] = [];
  scheduler.spawn(0, function* (self) {
    const { core } = self;
    const since = (fromPs: number) => tookPs.push(core.cursorPs - fromPs);
    let fromPs = core.cursorPs;
    region.tryAccess(core, PAGE[0]!, false);
    since(fromPs);
    fromPs = core.cursorPs;
    yield* region.populate(self, PAGE, 1);
    since(fromPs);
    fromPs = core.cursorPs;
    yield* region.release(self, PAGE, 1);
    since(fromPs);
  });
  run.simulation.runUntil(1e12);
  const [lookUpPs] = tookPs;
  expect(lookUpPs).toBeGreaterThan(1_000);
  expect(tookPs).toEqual([lookUpPs, lookUpPs, lookUpPs]);
});
