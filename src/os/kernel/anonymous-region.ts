/**
 * Anonymous memory of a Linux process: a page gets a zeroed frame when it is first touched, and
 * loses it by madvise(MADV_DONTNEED).
 *
 * The steps of a fault
 * [linux-5.x arch/x86/mm/fault.c do_user_addr_fault, mm/memory.c do_anonymous_page]:
 * exception, mmap_lock for reading, a frame from this CPU's list, zeroing, the entry, unlock. Of a
 * release [linux-5.x mm/madvise.c, mm/memory.c zap_pte_range, mm/mmu_gather.c]: system call,
 * mmap_lock for reading, the CPU's pending pages are put on the LRU list under its lock (not since
 * Linux 6.14), the flush is announced (tlb_flush_pending), entries cleared, the process's count of
 * pages corrected (add_mm_rss_vec), flush, pages taken off the LRU list, uncharged and given back.
 * What all threads of the process write meanwhile: `process-lines.ts`.
 */
import { assert } from "../../base/assert.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { WRITABLE } from "../../hardware/mmu/page-table.ts";
import type { MemoryRegion, RegionRequest } from "../memory-model.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../model.ts";
import type { AddressSpace } from "./address-space.ts";
import { PagedRegion } from "./paged-region.ts";
import type { ProcessLines } from "./process-lines.ts";

export interface AnonymousPlan {
  readonly systemCallPs: number;
  readonly faultPs: number;
  readonly zeroPs: number;
  readonly zapPs: number;
  /** Whether a batch is released by one call with one flush, or page by page. */
  readonly isBatched: boolean;
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
    this.#lines.addPage(core, this.base + page);
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
    const { systemCallPs, zapPs } = this.#plan;
    thread.core.charge(CAUSE.systemCall, systemCallPs);
    this.#lines.mmap.update(thread.core);
    this.#lines.beforeRelease(thread.core);
    this.#lines.pendingFlushes.update(thread.core);
    const frames = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      thread.core.charge(CAUSE.pageTable, zapPs);
      frames[i] = this.unmap(pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
    this.#lines.residentPages.update(thread.core);
    // No frame may be given to another page while a TLB may still lead to it.
    const { counters } = this.space;
    const fromPs = thread.core.cursorPs;
    yield* this.space.flush(thread, pages, count, this.base);
    counters.flushPs += thread.core.cursorPs - fromPs;
    this.#lines.removePages(thread.core, pages, count, this.base);
    for (const frame of frames) {
      if (frame < 0) continue;
      this.frames.free(frame);
      counters.released += 1;
    }
    this.#lines.pendingFlushes.update(thread.core);
    this.#lines.mmap.update(thread.core);
  }

  beforeStore(): void {}
}
