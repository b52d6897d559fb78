/**
 * exmap: pages are given frames and lose them in batches, by one system call and one shootdown.
 *
 * The region's memory is reserved when it is created. Each thread has an interface of its own with
 * a list of free frames, so that threads share nothing while their lists suffice. A request names
 * up to 512 pages; entries are written or cleared directly, nothing is zeroed. [vmcache23 §4.2]
 *
 * All threads go through one open file, whose reference count every request takes and drops, and
 * hold mmap_lock for reading; and the flush (`flush_tlb_mm`) drops everything and spares
 * no idle core, since for all that it knows page tables are freed.
 * [exmap-source module/driver.c exmap_alloc, exmap_free]
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { WRITABLE } from "../../hardware/mmu/page-table.ts";
import { AddressSpace } from "../kernel/address-space.ts";
import { facetOf, PagedRegion } from "../kernel/paged-region.ts";
import { LINUX_CALLS } from "../kernel/remote-calls.ts";
import type { MemoryFacet, MemoryRegion, RegionRequest } from "../memory-model.ts";
import {
  CATCH_UP,
  type Ground,
  type MemoryModule,
  type SchedulerFacet,
  type StorageFacet,
  type SystemTask,
  type Thread,
} from "../model.ts";
import { type ExmapCosts, memoryCostMeanings, memoryCosts } from "./memory/costs.ts";
import { FramePool, type PoolKind } from "./memory/frame-pool.ts";
import { memoryOptions } from "./options.ts";
import { ExmapFile } from "./storage.ts";

interface ExmapPlan {
  readonly costs: ExmapCosts;
  readonly isFlushedOnce: boolean;
  readonly pool: PoolKind;
  readonly locksEntries: boolean;
  /** Number of the interface for giving back, less that of the one for taking. */
  readonly freeingOffset: number;
  readonly lines: RequestLines;
  /** Pages are read by `pread` of the module's own file, which allocates before it reads. */
  readonly readsThroughModule: boolean;
}

/** Lines that the requests of all threads write: the file's count, and mmap_lock held to read. */
class RequestLines {
  readonly #file: SharedLine;
  readonly mmapLock: SharedLine;

  constructor({ lineTransfer }: HostMachine) {
    this.#file = new SharedLine(lineTransfer);
    this.mmapLock = new SharedLine(lineTransfer);
  }

  takeFile(core: Core): void {
    this.#file.readAndSwap(core);
  }

  dropFile(core: Core): void {
    this.#file.update(core);
  }
}

class ExmapRegion extends PagedRegion implements MemoryRegion {
  readonly #plan: ExmapPlan;
  readonly #pool: FramePool;
  /** Interface of each core's thread. */
  readonly #interfaces: ReadonlyMap<number, number>;
  readonly populateByRead?: (thread: Thread, page: number) => SystemTask;

  constructor(
    space: AddressSpace,
    base: number,
    request: RegionRequest,
    plan: ExmapPlan,
    pool: (frames: PagedRegion["frames"]) => FramePool,
    interfaces: ReadonlyMap<number, number>,
  ) {
    super(space, base, request);
    this.#plan = plan;
    this.#pool = pool(this.frames);
    this.#interfaces = interfaces;
    if (!plan.readsThroughModule) return;
    // It takes no mmap_lock. [exmap-source driver.c exmap_read_iter]
    this.populateByRead = (thread, page) => this.#allocate(thread, Int32Array.of(page), 1);
  }

  override get freeFrames(): number {
    return this.#pool.freeCount;
  }

  *fault(thread: Thread, page: number): SystemTask {
    yield* this.populate(thread, Int32Array.of(page), 1);
  }

  *populate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { costs, lines } = this.#plan;
    thread.core.charge(CAUSE.systemCall, costs["kernel.systemCall"]);
    lines.takeFile(thread.core);
    lines.mmapLock.update(thread.core);
    yield* this.#allocate(thread, pages, count);
    lines.mmapLock.update(thread.core);
    lines.dropFile(thread.core);
  }

  *#allocate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { costs, pool } = this.#plan;
    const from = this.#interfaceOf(thread);
    this.#pool.gather(thread.core, from, count);
    for (let i = 0; i < count; i++) {
      const frame = this.#pool.take(thread.core, from);
      if (pool === "system") {
        // A frame that belonged to anybody must be cleared; the pool's never leave the database.
        thread.core.charge(CAUSE.zeroing, costs["kernel.zeroPage"]);
        this.frames.bytesOf(frame)?.fill(0);
      }
      this.#lockEntry(thread.core);
      thread.core.charge(CAUSE.pageTable, costs["exmap.allocatePage"]);
      this.space.table.map(this.base + pages[i]!, frame, WRITABLE);
      this.space.counters.populated += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  *release(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { costs, lines } = this.#plan;
    thread.core.charge(CAUSE.systemCall, costs["kernel.systemCall"]);
    lines.takeFile(thread.core);
    lines.mmapLock.update(thread.core);
    if (this.#plan.isFlushedOnce) yield* this.#free(thread, pages, count);
    else for (let i = 0; i < count; i++) yield* this.#free(thread, pages.subarray(i, i + 1), 1);
    lines.mmapLock.update(thread.core);
    lines.dropFile(thread.core);
  }

  *#free(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { costs } = this.#plan;
    const frames = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      this.#lockEntry(thread.core);
      thread.core.charge(CAUSE.pageTable, costs["exmap.freePage"]);
      frames[i] = this.unmap(pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
    const { counters } = this.space;
    const fromPs = thread.core.cursorPs;
    yield* this.space.flushAll(thread);
    counters.flushPs += thread.core.cursorPs - fromPs;
    const to = this.#interfaceOf(thread) + this.#plan.freeingOffset;
    for (const frame of frames) {
      if (frame < 0) continue;
      this.#pool.give(thread.core, to, frame);
      counters.released += 1;
    }
  }

  #lockEntry(core: Core): void {
    const { locksEntries, costs } = this.#plan;
    if (locksEntries) core.charge(CAUSE.pageTable, costs["exmap.entryLock"]);
  }

  override place(page: number): void {
    const frame = this.#pool.takeBeforeRun();
    assert(frame >= 0, "more pages are to be resident than there are frames");
    this.space.table.map(this.base + page, frame, WRITABLE);
  }

  #interfaceOf({ core }: Thread): number {
    return this.#interfaces.get(core.index) ?? 0;
  }

  beforeStore(): void {}
}

function create(ground: Ground, _: SchedulerFacet, storage: StorageFacet): MemoryFacet {
  const { seed, machine, costs, options, threadCount } = ground;
  const times = costs as ExmapCosts;
  const by = options["tlb_flush"] as "interrupt" | "broadcast" | "miracle";
  const space = new AddressSpace(machine, {
    style: LINUX_CALLS,
    sendPs: times["kernel.ipiSend"],
    entryPs: times["kernel.ipiEntry"],
    by,
    isLazy: false,
  });
  const takers = Math.max(1, Math.min(threadCount, machine.cores.length));
  const hasTwo = options["free_interface"] === "other";
  const plan: ExmapPlan = {
    costs: times,
    isFlushedOnce: options["tlb_batch"] === true,
    pool: options["frame_pool"] as PoolKind,
    locksEntries: options["entry_lock"] === true,
    freeingOffset: hasTwo ? takers : 0,
    lines: new RequestLines(machine),
    readsThroughModule: storage instanceof ExmapFile,
  };
  const interfaces = new Map<number, number>();
  const pool = (frames: PagedRegion["frames"]): FramePool =>
    new FramePool(machine, plan.pool, frames, hasTwo ? 2 * takers : takers, times, seed);
  const facet = facetOf(
    space,
    (base, request) => new ExmapRegion(space, base, request, plan, pool, interfaces),
  );
  return {
    ...facet,
    attach: (thread) => {
      facet.attach(thread);
      const { index } = thread.core;
      if (!interfaces.has(index)) interfaces.set(index, interfaces.size % takers);
    },
  };
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hardware" },
  options: memoryOptions,
  costs: memoryCosts,
  costMeanings: memoryCostMeanings,
  create,
};
