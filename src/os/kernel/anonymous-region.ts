/**
 * Anonymous memory of a Linux process: a page gets a zeroed frame when it is first touched, and
 * loses it by madvise(MADV_DONTNEED).
 *
 * The steps of a fault [arch/x86/mm/fault.c do_user_addr_fault, mm/memory.c do_anonymous_page]:
 * exception, mmap_lock for reading, a frame from this CPU's list, zeroing, the entry, unlock. Of a
 * release [mm/madvise.c, mm/memory.c zap_pte_range, mm/mmu_gather.c]: system call, mmap_lock for
 * reading, the CPU's pending pages are put on the LRU list under its lock, the flush is announced
 * (tlb_flush_pending), entries cleared, the process's count of pages corrected (add_mm_rss_vec),
 * flush, pages taken off the LRU list and given back. Lines of mm_struct and of the LRU list are
 * written by all threads of the process.
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { WRITABLE } from "../../hardware/mmu/page-table.ts";
import type { MemoryRegion, RegionRequest } from "../memory-model.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../model.ts";
import type { AddressSpace } from "./address-space.ts";
import { PagedRegion } from "./paged-region.ts";
import { QueuedLock } from "./queued-lock.ts";

export interface AnonymousPlan {
  readonly systemCallPs: number;
  readonly faultPs: number;
  readonly zeroPs: number;
  readonly zapPs: number;
  /** Whether a batch is released by one call with one flush, or page by page. */
  readonly isBatched: boolean;
}

/**
 * Lines that whoever adds pages to the LRU list, or takes them off, finds in another core's cache
 * if that core did so last: the list's head, which is not in the lock's line, and the page before;
 * the pages on both sides. [linux-5.x include/linux/mmzone.h struct lruvec, include/linux/list.h]
 */
const LRU_LINES = 2;
/** New pages that gather per core before they go onto the LRU list. [mm/swap.c PAGEVEC_SIZE] */
const LRU_ADD_BATCH = 15;
/** Pages that leave it under one lock. [mm/swap.c release_pages: SWAP_CLUSTER_MAX] */
const LRU_REMOVE_BATCH = 32;

/** Time under the LRU list's lock: for a page, and for each further one. */
export interface LruTimes {
  readonly lruHoldPs: number;
  readonly lruPagePs: number;
}

/** What all threads of a process write. */
export class ProcessLines {
  /** mmap_lock, taken for reading. */
  readonly mmap: SharedLine;
  /** mm->tlb_flush_pending. */
  readonly pendingFlushes: SharedLine;
  /** mm->rss_stat. */
  readonly residentPages: SharedLine;
  readonly lru: QueuedLock;
  readonly #plan: LruTimes;
  /** New pages of each core that are not on the LRU list yet. */
  readonly #gathered: Uint8Array;

  constructor({ lineTransfer, cores }: HostMachine, plan: LruTimes) {
    this.#plan = plan;
    this.#gathered = new Uint8Array(cores.length);
    this.mmap = new SharedLine(lineTransfer);
    this.pendingFlushes = new SharedLine(lineTransfer);
    this.residentPages = new SharedLine(lineTransfer);
    this.lru = new QueuedLock(lineTransfer);
  }

  /** `core` has a new page. */
  addPage(core: Core): void {
    this.#gathered[core.index]! += 1;
    if (this.#gathered[core.index] === LRU_ADD_BATCH) this.drain(core);
  }

  /** The new pages of `core`, if there are any, go onto the LRU list. [lru_add_drain] */
  drain(core: Core): void {
    const count = this.#gathered[core.index]!;
    this.#gathered[core.index] = 0;
    if (count > 0) this.#changeLru(core, count);
  }

  /** `count` pages that were on the LRU list leave it. [release_pages] */
  removePages(core: Core, count: number): void {
    for (let left = count; left > 0; left -= LRU_REMOVE_BATCH) {
      this.#changeLru(core, Math.min(left, LRU_REMOVE_BATCH));
    }
  }

  #changeLru(core: Core, count: number): void {
    const { lruHoldPs, lruPagePs } = this.#plan;
    const lines = this.lru.wasTakenLastBy(core) ? 0 : LRU_LINES;
    this.lru.hold(core, CAUSE.pageTable, lruHoldPs + (count - 1) * lruPagePs, lines);
  }
}

export class AnonymousRegion extends PagedRegion implements MemoryRegion {
  readonly #plan: AnonymousPlan;
  readonly #lines: ProcessLines;

  constructor(
    space: AddressSpace,
    base: number,
    request: RegionRequest,
    plan: AnonymousPlan,
    lines: ProcessLines,
  ) {
    super(space, base, request);
    this.#plan = plan;
    this.#lines = lines;
  }

  *fault(thread: Thread, page: number): SystemTask {
    this.#faultIn(thread, page);
    if (thread.isAhead()) yield CATCH_UP;
  }

  #faultIn(thread: Thread, page: number): void {
    const { core } = thread;
    const { faultPs, zeroPs } = this.#plan;
    const frame = this.frames.allocate();
    assert(frame >= 0, "the process is out of memory: more pages are touched than it may have");
    this.space.counters.faults += 1;
    this.#lines.mmap.update(core);
    core.charge(CAUSE.pageFault, faultPs);
    core.charge(CAUSE.zeroing, zeroPs);
    this.frames.bytesOf(frame)?.fill(0);
    this.#lines.addPage(core);
    this.space.table.map(this.base + page, frame, WRITABLE);
    this.#lines.mmap.update(core);
    this.space.counters.populated += 1;
  }

  *populate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    for (let i = 0; i < count; i++) {
      this.#faultIn(thread, pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  *release(thread: Thread, pages: Int32Array, count: number): SystemTask {
    if (this.#plan.isBatched) yield* this.#zap(thread, pages, count);
    else for (let i = 0; i < count; i++) yield* this.#zap(thread, pages.subarray(i, i + 1), 1);
  }

  *#zap(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { core } = thread;
    const { systemCallPs, zapPs } = this.#plan;
    core.charge(CAUSE.systemCall, systemCallPs);
    this.#lines.mmap.update(core);
    this.#lines.drain(core);
    this.#lines.pendingFlushes.update(core);
    const frames = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      core.charge(CAUSE.pageTable, zapPs);
      frames[i] = this.unmap(pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
    this.#lines.residentPages.update(core);
    // No frame may be given to another page while a TLB may still lead to it.
    const { counters } = this.space;
    const fromPs = core.cursorPs;
    yield* this.space.flush(thread, pages, count, this.base);
    counters.flushPs += core.cursorPs - fromPs;
    this.#lines.removePages(core, count);
    for (const frame of frames) {
      if (frame < 0) continue;
      this.frames.free(frame);
      counters.released += 1;
    }
    this.#lines.pendingFlushes.update(core);
    this.#lines.mmap.update(core);
  }

  beforeStore(): void {}

  *advise(thread: Thread): SystemTask {
    thread.core.charge(CAUSE.systemCall, this.#plan.systemCallPs);
    if (thread.isAhead()) yield CATCH_UP;
  }
}
