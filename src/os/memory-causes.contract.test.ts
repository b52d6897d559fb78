/**
 * Is what a memory facet charges under the cause that the cost declares? Each cost is made dearer
 * alone, and the ledger may grow under its cause only.
 */
import { describe, expect, it } from "vitest";
import { findBackend } from "../experiment/assemble.ts";
import { CAUSES, type Cause } from "../hardware/cpu/ledger.ts";
import { bareRun, spentUntil, TWO_CORES } from "../testing/bare-run.ts";
import { TESTED_BACKENDS } from "../testing/variants.ts";
import { CATCH_UP, MISS, type ThreadTask } from "./model.ts";

const END_PS = 20_000_000_000;
const PAGES = 8;
const EXPLICIT = TESTED_BACKENDS.filter(
  (id) => findBackend(id).memory.traits.residency === "explicit",
);

type Options = Readonly<Record<string, string | boolean>>;

/** What other software, and hardware, does longer or again because a step takes longer. */
const WAITS: readonly Cause[] = ["idle", "application", "pollingEmpty", "shootdownWait"];

/** One thread allocates, touches and gives back pages while another core runs the process, too. */
function spentWith(
  backend: string,
  options: Options,
  set: Readonly<Record<string, number>>,
): Record<Cause, number> {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend,
      drives: 1,
      options: { ...options },
      set: { ...set },
      workload: { kind: "vm", access: "alloc-free", threads: 2 },
    },
    END_PS,
  );
  const { memory, scheduler } = run.system;
  const region = memory.createRegion({ pages: 64, residentMax: 64, backing: "anonymous" });
  const pages = Int32Array.from({ length: PAGES }, (_, index) => index);
  scheduler.spawn(0, function* (thread): ThreadTask {
    memory.attach(thread);
    for (let round = 0; round < 3; round++) {
      yield* region.populate(thread, pages, PAGES);
      for (const page of pages) {
        const isMissing = region.tryAccess(thread.core, page, true) === MISS;
        if (isMissing) yield* region.fault(thread, page, true);
        if (thread.isAhead()) yield CATCH_UP;
      }
      yield* region.release(thread, pages, PAGES);
    }
  });
  scheduler.spawn(1, function* (thread): ThreadTask {
    memory.attach(thread);
    yield { kind: "compute", remainingPs: END_PS - 10, cause: 0 };
  });
  return spentUntil(run, END_PS);
}

/** What options bring further steps into. */
const VARIANTS: Readonly<Record<string, readonly Options[]>> = {
  custom: [{}, { frame_pool: "system" }, { entry_lock: true }, { free_interface: "other" }],
};

const cases = EXPLICIT.flatMap((id) => {
  const { costs, costMeanings } = findBackend(id).memory;
  return Object.keys(costs)
    .filter((name) => costMeanings[name]!.isInterval !== true)
    .map((name) => [id, name, costMeanings[name]!.cause, VARIANTS[id] ?? [{}]] as const);
});

describe("a step of a memory facet", () => {
  it.each(cases)("of %s: %s is charged to %s", (id, name, cause, variants) => {
    const dearer = { [name]: 3 * findBackend(id).memory.costs[name]!.value + 10 };
    const grown = variants.flatMap((options) => {
      const before = spentWith(id, options, {});
      const after = spentWith(id, options, dearer);
      return CAUSES.filter((other) => !WAITS.includes(other) && after[other] > before[other]);
    });
    expect([...new Set(grown)]).toEqual([cause]);
  });
});
