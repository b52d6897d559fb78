/** A page is read by one call on the module's file, which allocates it; elsewhere by two. */
import { expect, it } from "vitest";
import { READ } from "../../hardware/nvme/command-table.ts";
import { bareRun, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { PAGE_BYTES, populateToRead } from "../model.ts";

const END_PS = 1e9;

/** System calls that it takes to read a page into exmap memory with the storage of `storage`. */
function callsWith(storage: string): number {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "custom",
      facets: { storage },
      drives: 1,
      workload: { kind: "vm", access: "alloc-free", threads: 1 },
    },
    END_PS,
  );
  const { memory, scheduler, storage: drives } = run.system;
  const region = memory.createRegion({ pages: 8, residentMax: 8, backing: "anonymous" });
  let isThere = false;
  scheduler.spawn(0, function* (self) {
    memory.attach(self);
    const channel = drives.openChannel(self, 1);
    yield* populateToRead(region, self, 5);
    channel.prepare(READ, 0, 0, PAGE_BYTES, 0);
    channel.submit();
    while (channel.reap(1) === 0) yield channel.completionWait;
    isThere = region.isResident(5) && region.freeFrames === 7;
  });
  const spent = spentUntil(run, END_PS);
  expect(isThere).toBe(true);
  return spent.systemCall / run.costsPs["kernel.systemCall"]!;
}

it("maps a page by the call that reads it, if that is one on the module's file", () => {
  expect([callsWith("custom"), callsWith("linux")]).toEqual([1, 2]);
});
