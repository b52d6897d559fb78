/**
 * exmap: pages are given frames and lose them in batches, by one system call and one shootdown.
 *
 * The region's memory is reserved when it is created. Each thread has an interface of its own with
 * a list of free frames, so that threads share nothing while their lists suffice. A request names
 * up to 512 pages; entries are written or cleared directly, nothing is zeroed. [vmcache23 §4.2]
 *
 * All threads go through one open file, whose reference count every request takes and drops; to
 * free, they hold mmap_lock for reading; and the flush (`flush_tlb_mm`) drops everything and spares
 * no idle core, since for all that it knows page tables are freed.
 * [exmap-source module/driver.c exmap_free]
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
  type SystemTask,
  type Thread,
} from "../model.ts";
import { type ExmapCosts, memoryCostMeanings, memoryCosts } from "./memory/costs.ts";
import { FramePool, type PoolKind } from "./memory/frame-pool.ts";
import { memoryOptions } from "./options.ts";

interface ExmapPlan {
  readonly costs: ExmapCosts;
  readonly isFlushedOnce: boolean;
  readonly pool: PoolKind;
  readonly lines: RequestLines;
}

/** Lines that the requests of all threads write. */
class RequestLines {
  readonly #file: SharedLine;
  readonly mmapLock: SharedLine;

  constructor({ lineTransfer }: HostMachine) {
    this.#file = new SharedLine(lineTransfer);
    this.mmapLock = new SharedLine(lineTransfer);
  }

  begin(core: Core): void {
    this.#file.readAndSwap(core);
  }

  end(core: Core): void {
    this.#file.update(core);
  }
}

class ExmapRegion extends PagedRegion implements MemoryRegion {
  readonly #plan: ExmapPlan;
  readonly #pool: FramePool;
  /** Interface of each core's thread. */
  readonly #interfaces: ReadonlyMap<number, number>;

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
  }

  override get freeFrames(): number {
    return this.#pool.freeCount;
  }

  *fault(thread: Thread, page: number): SystemTask {
    yield* this.populate(thread, Int32Array.of(page), 1);
  }

  *populate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { costs, pool } = this.#plan;
    thread.core.charge(CAUSE.systemCall, costs["kernel.systemCall"]);
    this.#plan.lines.begin(thread.core);
    const from = this.#interfaceOf(thread);
    for (let i = 0; i < count; i++) {
      const frame = this.#pool.take(thread.core, from);
      if (pool === "system") {
        // A frame that belonged to anybody must be cleared; the pool's never leave the database.
        thread.core.charge(CAUSE.zeroing, costs["kernel.zeroPage"]);
        this.frames.bytesOf(frame)?.fill(0);
      }
      thread.core.charge(CAUSE.pageTable, costs["exmap.allocatePage"]);
      this.space.table.map(this.base + pages[i]!, frame, WRITABLE);
      this.space.counters.populated += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
    this.#plan.lines.end(thread.core);
  }

  *release(thread: Thread, pages: Int32Array, count: number): SystemTask {
    thread.core.charge(CAUSE.systemCall, this.#plan.costs["kernel.systemCall"]);
    this.#plan.lines.begin(thread.core);
    this.#plan.lines.mmapLock.update(thread.core);
    if (this.#plan.isFlushedOnce) yield* this.#free(thread, pages, count);
    else for (let i = 0; i < count; i++) yield* this.#free(thread, pages.subarray(i, i + 1), 1);
    this.#plan.lines.mmapLock.update(thread.core);
    this.#plan.lines.end(thread.core);
  }

  *#free(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { costs } = this.#plan;
    const frames = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      thread.core.charge(CAUSE.pageTable, costs["exmap.freePage"]);
      frames[i] = this.unmap(pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
    const { counters } = this.space;
    const fromPs = thread.core.cursorPs;
    yield* this.space.flushAll(thread);
    counters.flushPs += thread.core.cursorPs - fromPs;
    const own = this.#interfaceOf(thread);
    for (const frame of frames) {
      if (frame < 0) continue;
      this.#pool.give(thread.core, own, frame);
      counters.released += 1;
    }
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

function create({ machine, costs, options, threadCount }: Ground): MemoryFacet {
  const times = costs as ExmapCosts;
  const by = options["tlb_flush"] as "interrupt" | "broadcast" | "miracle";
  const space = new AddressSpace(machine, {
    style: LINUX_CALLS,
    sendPs: times["kernel.ipiSend"],
    entryPs: times["kernel.ipiEntry"],
    by,
    isLazy: false,
  });
  const plan: ExmapPlan = {
    costs: times,
    isFlushedOnce: options["tlb_batch"] === true,
    pool: options["frame_pool"] as PoolKind,
    lines: new RequestLines(machine),
  };
  const interfaceCount = Math.max(1, Math.min(threadCount, machine.cores.length));
  const interfaces = new Map<number, number>();
  const pool = (frames: PagedRegion["frames"]): FramePool =>
    new FramePool(machine, plan.pool, frames, interfaceCount, times);
  const facet = facetOf(
    space,
    (base, request) => new ExmapRegion(space, base, request, plan, pool, interfaces),
  );
  return {
    ...facet,
    attach: (thread) => {
      facet.attach(thread);
      const { index } = thread.core;
      if (!interfaces.has(index)) interfaces.set(index, interfaces.size % interfaceCount);
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
