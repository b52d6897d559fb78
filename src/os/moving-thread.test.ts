/** A thread that another core takes over works there from then on, and its process comes along. */
import { describe, expect, it } from "vitest";
import { bareRun, spentUntil } from "../testing/bare-run.ts";
import { type MemoryRegion, MISS, type SystemTask, type Thread } from "./model.ts";
import type { OptionValues } from "./options.ts";

const PAGES = 4;
const pages = Int32Array.from({ length: PAGES }, (_, page) => page);

const siteOf = (backend: string, options: OptionValues, endPs = 1e12) =>
  bareRun(
    { backend, options, drives: 1, workload: { kind: "vm", access: "alloc-free", threads: 2 } },
    endPs,
  );
const request = { pages: PAGES, residentMax: PAGES, backing: "anonymous" } as const;

describe.each([
  ["unikernel", {}],
  ["linux", { release: "process_madvise" }],
  ["custom", {}],
] as const)("a thread that moves, with a region of %s", (backend, options) => {
  it.each([
    ["populate", (region: MemoryRegion, thread: Thread) => region.populate(thread, pages, PAGES)],
    ["release", (region: MemoryRegion, thread: Thread) => region.release(thread, pages, PAGES)],
  ] as const)("is charged where it is in the middle of a %s", (name, change) => {
    const { system, machine } = siteOf(backend, { ...options, tlb_flush: "miracle" });
    const region = system.memory.createRegion(request);
    const [first, second] = machine.cores;
    const thread = {
      core: first!,
      isAhead: () => true,
      maskPreemption: () => {},
      unmaskPreemption: () => {},
    } as { -readonly [K in keyof Thread]: Thread[K] };
    const complete = (task: SystemTask): number => [...task].length;
    if (name === "release") complete(region.populate(thread, pages, PAGES));
    const task = change(region, thread);
    expect(task.next().done).toBe(false);
    const { cursorPs } = first!;
    thread.core = second!;
    complete(task);
    expect(first!.cursorPs).toBe(cursorPs);
    expect(second!.cursorPs).toBeGreaterThan(0);
  });

  it("leaves no translation of a released page where it has been", () => {
    const run = siteOf(backend, options, 1e9);
    const { memory, scheduler } = run.system;
    const region = memory.createRegion(request);
    const other = run.machine.cores[5]!;
    scheduler.spawn(0, function* (thread) {
      memory.attach(thread);
      yield* region.populate(thread, pages, PAGES);
      expect(region.tryAccess(other, 0, false)).not.toBe(MISS);
      yield* region.release(thread, pages, PAGES);
    });
    spentUntil(run, 1e9);
    expect(memory.counters.released).toBe(PAGES);
    expect(region.tryAccess(other, 0, false)).toBe(MISS);
  });
});
