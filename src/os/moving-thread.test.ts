/** A thread that another core takes over works there from then on, and its process comes along. */
import { describe, expect, it, vi } from "vitest";
import type { Core } from "../hardware/cpu/core.ts";
import { type BareRun, bareRun, readInRounds, spentUntil } from "../testing/bare-run.ts";
import { FILE_END_PS, FILE_FRAMES, FILE_PAGES, pagedFileRun } from "../testing/paged-file.ts";
import { PageCache } from "./kernel/memory/page-cache.ts";
import {
  CAUSE,
  type IoChannel,
  type MemoryRegion,
  MISS,
  type SystemTask,
  type Thread,
} from "./model.ts";
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

/** Does `work` as a thread that goes on elsewhere after every pause; tells what others pay. */
function* wandering(
  thread: Thread,
  cores: readonly Core[],
  work: (mover: Thread) => SystemTask<unknown>,
  onStray: (strayPs: number) => void,
): SystemTask {
  let turn = 0;
  let masks = 0;
  const mover = {
    core: cores[0]!,
    isAhead: () => true,
    wake: (atPs: number) => thread.wake(atPs),
    maskPreemption: () => {
      masks += 1;
    },
    unmaskPreemption: () => {
      masks -= 1;
    },
  } as { -readonly [K in keyof Thread]: Thread[K] };
  const steps = work(mover);
  while (true) {
    if (masks === 0) turn += 1;
    mover.core = cores[turn % cores.length]!;
    mover.core.passUntil(thread.core.cursorPs, CAUSE.idle);
    const others = (): number =>
      cores.reduce((sum, core) => sum + (core === mover.core ? 0 : core.cursorPs), 0);
    const before = others();
    const step = steps.next();
    onStray(others() - before);
    if (step.done === true) return;
    thread.core.passUntil(mover.core.cursorPs, CAUSE.idle);
    yield step.value;
  }
}

describe("a thread that moves, over the page cache", () => {
  it.each<
    [string, boolean, (region: MemoryRegion, mover: Thread, page: number) => SystemTask<unknown>]
  >([
    ["touches a mapping", false, (region, mover, page) => region.fault(mover, page, false)],
    ["announces pages", false, (region, mover, page) => region.paging!.willNeed(mover, page, 3)],
    ["reads by calls", true, (region, mover, page) => region.reads!.read(mover, page)],
  ])("is charged where it is when it %s", (_name, isRead, access) => {
    const run = pagedFileRun();
    const { memory, scheduler } = run.system;
    const region = memory.createRegion({
      pages: FILE_PAGES,
      residentMax: FILE_FRAMES,
      backing: "file",
      hint: "normal",
      scale: 1 / 64,
      isRead,
    });
    region.prefill(FILE_FRAMES);
    // Nothing else runs on these two.
    const cores = run.machine.cores.slice(20, 22);
    let strayPs = 0;
    let moves = 0;
    const { addGathered } = PageCache.prototype;
    vi.spyOn(PageCache.prototype, "addGathered").mockImplementation(function (
      this: PageCache,
      core,
    ) {
      expect(this.hasGathered(core)).toBe(true);
      addGathered.call(this, core);
    });
    scheduler.spawn(0, function* (thread) {
      memory.attach(thread);
      for (let page = FILE_PAGES - 1; page > FILE_FRAMES; page -= 8) {
        yield* wandering(
          thread,
          cores,
          (mover) => access(region, mover, page),
          (ps) => {
            strayPs += ps;
            moves += 1;
          },
        );
      }
    });
    run.simulation.runUntil(FILE_END_PS);
    expect(moves).toBeGreaterThan(10_000);
    expect(memory.counters.releasedDirectly).toBeGreaterThan(0);
    expect(strayPs).toBe(0);
  });
});

describe("a kernel thread that moves", () => {
  /** Lets what `start` starts wander between two cores on which nothing else runs. */
  function strayOf(run: BareRun, start: () => void): () => { strayPs: number; moves: number } {
    const { scheduler } = run.system;
    const cores = run.machine.cores.slice(20, 22);
    const stray = { strayPs: 0, moves: 0 };
    const { spawn } = scheduler;
    const onStray = (ps: number): void => {
      stray.strayPs += ps;
      stray.moves += 1;
    };
    scheduler.spawn = (index, body) =>
      spawn.call(scheduler, index, (thread) => wandering(thread, cores, body, onStray));
    start();
    scheduler.spawn = spawn;
    return () => stray;
  }

  it("is charged where it is when it reclaims memory", () => {
    const run = pagedFileRun();
    const { memory, scheduler } = run.system;
    const size = { pages: FILE_PAGES, residentMax: FILE_FRAMES, scale: 1 / 64 };
    let region: MemoryRegion | undefined;
    const stray = strayOf(run, () => {
      region = memory.createRegion({ ...size, backing: "file", hint: "random" });
    });
    region!.prefill(FILE_FRAMES);
    scheduler.spawn(0, function* (thread) {
      for (let page = FILE_PAGES - 1; page > FILE_PAGES - 2_000; page--) {
        yield* region!.fault(thread, page, false);
      }
    });
    run.simulation.runUntil(FILE_END_PS);
    expect(memory.counters.released).toBeGreaterThan(1_000);
    expect(memory.counters.backgroundPs).toBeGreaterThan(0);
    expect(stray().moves).toBeGreaterThan(1_000);
    expect(stray().strayPs).toBe(0);
  });

  it("is charged where it is when it submits for a thread", () => {
    const options = { ioengine: "io_uring", sqthread_poll: true };
    const run = bareRun({ drives: 1, options, workload: { kind: "raw-io" } }, 1e10);
    const { scheduler, storage } = run.system;
    let stray = (): { strayPs: number; moves: number } => ({ strayPs: 0, moves: 0 });
    let served = 0;
    scheduler.spawn(0, function* (thread) {
      let channel: IoChannel | undefined;
      stray = strayOf(run, () => {
        channel = storage.openChannel(thread, 8);
      });
      yield* readInRounds({ interrupts: 0, openChannel: () => channel! }, thread, 20, 8);
      served += 1;
    });
    run.simulation.runUntil(1e10);
    expect(served).toBe(1);
    expect(stray().moves).toBeGreaterThan(100);
    expect(stray().strayPs).toBe(0);
  });
});
