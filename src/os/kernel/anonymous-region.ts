/**
 * Anonymous memory of a Linux process: a page gets a zeroed frame when it is first touched, and
 * loses it by madvise(MADV_DONTNEED).
 *
 * The steps of a fault [arch/x86/mm/fault.c do_user_addr_fault, mm/memory.c do_anonymous_page]:
 * exception, mmap_lock for reading, a frame from this CPU's list, zeroing, the entry, unlock. Of a
 * release [mm/madvise.c, mm/memory.c zap_pte_range, mm/mmu_gather.c]: system call, mmap_lock for
 * reading, the CPU's pending pages are put on the LRU list, entries cleared, flush, pages taken off
 * the LRU list and given back. mmap_lock and the LRU list's lock are cache lines that all threads
 * of the process write.
 */
import { assert } from "../../base/assert.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { WRITABLE } from "../../hardware/mmu/page-table.ts";
import type { MemoryRegion, RegionRequest } from "../memory-model.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../model.ts";
import type { AddressSpace } from "./address-space.ts";
import { PagedRegion } from "./paged-region.ts";

export interface AnonymousPlan {
  readonly systemCallPs: number;
  readonly faultPs: number;
  readonly zeroPs: number;
  readonly zapPs: number;
  readonly lruHoldPs: number;
  /** Whether a batch is released by one call with one flush, or page by page. */
  readonly isBatched: boolean;
}

/** The locks that all threads of a process take. */
export class ProcessLocks {
  readonly mmap: SharedLine;
  readonly lru: SharedLine;

  constructor({ lineTransfer }: HostMachine, lruHoldPs: number) {
    this.mmap = new SharedLine(lineTransfer);
    this.lru = new SharedLine(lineTransfer, lruHoldPs);
  }
}

export class AnonymousRegion extends PagedRegion implements MemoryRegion {
  readonly #plan: AnonymousPlan;
  readonly #locks: ProcessLocks;

  constructor(
    space: AddressSpace,
    base: number,
    request: RegionRequest,
    plan: AnonymousPlan,
    locks: ProcessLocks,
  ) {
    super(space, base, request);
    this.#plan = plan;
    this.#locks = locks;
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
    this.#locks.mmap.update(core);
    core.charge(CAUSE.pageFault, faultPs);
    core.charge(CAUSE.zeroing, zeroPs);
    this.frames.bytesOf(frame)?.fill(0);
    this.space.table.map(this.base + page, frame, WRITABLE);
    this.#locks.mmap.update(core);
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
    const { systemCallPs, zapPs, lruHoldPs } = this.#plan;
    core.charge(CAUSE.systemCall, systemCallPs);
    this.#locks.mmap.update(core);
    this.#locks.lru.hold(core, CAUSE.pageTable, lruHoldPs);
    const frames = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      core.charge(CAUSE.pageTable, zapPs);
      frames[i] = this.unmap(pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
    // No frame may be given to another page while a TLB may still lead to it.
    const { counters } = this.space;
    const fromPs = core.cursorPs;
    yield* this.space.flush(thread, pages, count, this.base);
    counters.flushPs += core.cursorPs - fromPs;
    this.#locks.lru.hold(core, CAUSE.pageTable, lruHoldPs);
    for (const frame of frames) {
      if (frame < 0) continue;
      this.frames.free(frame);
      counters.released += 1;
    }
    this.#locks.mmap.update(core);
  }

  beforeStore(): void {}

  *advise(thread: Thread): SystemTask {
    thread.core.charge(CAUSE.systemCall, this.#plan.systemCallPs);
    if (thread.isAhead()) yield CATCH_UP;
  }
}
