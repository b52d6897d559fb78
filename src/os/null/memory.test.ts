/** Memory without an operating system: nobody pays for it, and nobody is interrupted. */
import { expect, it } from "vitest";
import { bareRun, spentUntil } from "../../testing/bare-run.ts";
import { CAUSE, MISS } from "../model.ts";

const END_PS = 1_000_000_000;

it("a page that is given back is out of reach of all cores, at no cost and no interrupt", () => {
  const run = bareRun(
    { backend: "null", workload: { kind: "vm", access: "alloc-free", threads: 2 } },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({ pages: 2, residentMax: 2, backing: "anonymous" });
  const pages = Int32Array.of(0, 1);
  const [, other] = run.machine.cores;
  let wasReached = false;
  scheduler.spawn(1, function* (thread) {
    memory.attach(thread);
    // It is on its core when the other one gives the pages back.
    yield { kind: "compute", remainingPs: END_PS, cause: CAUSE.application };
  });
  scheduler.spawn(0, function* (thread) {
    memory.attach(thread);
    yield* region.populate(thread, pages, 2);
    wasReached = region.tryAccess(other!, 0, false) !== MISS;
    yield* region.release(thread, pages, 2);
    expect(region.tryAccess(other!, 0, false)).toBe(MISS);
  });
  const spent = Object.entries(spentUntil(run, END_PS)).filter(([, ps]) => ps > 0);
  expect(wasReached).toBe(true);
  expect(memory.counters.released).toBe(2);
  expect(run.machine.ipis.requested).toBe(0);
  const causes = spent.map(([cause]) => cause).sort();
  expect(causes).toEqual(["addressTranslation", "application", "idle"]);
});
