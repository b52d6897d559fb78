/**
 * A region whose owner writes page-table entries itself: no fault, no lock, no zeroing.
 *
 * `populate` takes frames and writes entries; `release` clears entries, flushes as `flush` says,
 * and takes the frames back. What each step costs is the caller's plan; zeros make it free.
 */
import { assert } from "../../base/assert.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { WRITABLE } from "../../hardware/mmu/page-table.ts";
import type { MemoryRegion, RegionRequest } from "../memory-model.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../model.ts";
import type { AddressSpace } from "./address-space.ts";
import { PagedRegion } from "./paged-region.ts";

export interface DirectPlan {
  /** Per call of populate or release, per page of each. */
  readonly callPs: number;
  readonly allocatePs: number;
  readonly mapPs: number;
  readonly unmapPs: number;
  /** Invalidate after each page, or once per batch. */
  readonly isFlushedPerPage: boolean;
}

/** How a flush is done: by the address space alone, or under the system's own lock. */
export type Flush = (thread: Thread, pages: Int32Array, count: number, base: number) => SystemTask;

export class DirectRegion extends PagedRegion implements MemoryRegion {
  readonly #plan: DirectPlan;
  readonly #flush: Flush;

  constructor(
    space: AddressSpace,
    base: number,
    request: RegionRequest,
    plan: DirectPlan,
    flush: Flush,
  ) {
    super(space, base, request);
    this.#plan = plan;
    this.#flush = flush;
  }

  // biome-ignore lint/correctness/useYield: a fault here never resolves anything.
  *fault(_thread: Thread, page: number): SystemTask {
    assert(false, "a page is touched that is not resident: the database has to populate it", page);
  }

  *populate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    const { callPs, allocatePs, mapPs } = this.#plan;
    thread.core.charge(CAUSE.pageTable, callPs);
    for (let i = 0; i < count; i++) {
      const frame = this.frames.allocate();
      assert(frame >= 0, "no frame is free: release pages before populating more");
      thread.core.charge(CAUSE.pageTable, allocatePs + mapPs);
      this.space.table.map(this.base + pages[i]!, frame, WRITABLE);
      this.space.counters.populated += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  *release(thread: Thread, pages: Int32Array, count: number): SystemTask {
    if (!this.#plan.isFlushedPerPage) yield* this.#releaseBatch(thread, pages, count);
    else
      for (let i = 0; i < count; i++) {
        yield* this.#releaseBatch(thread, pages.subarray(i, i + 1), 1);
      }
  }

  *#releaseBatch(thread: Thread, pages: Int32Array, count: number): SystemTask {
    thread.core.charge(CAUSE.pageTable, this.#plan.callPs);
    const frames = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      thread.core.charge(CAUSE.pageTable, this.#plan.unmapPs);
      frames[i] = this.unmap(pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
    const { counters } = this.space;
    const fromPs = thread.core.cursorPs;
    yield* this.#flush(thread, pages, count, this.base);
    counters.flushPs += thread.core.cursorPs - fromPs;
    for (const frame of frames) {
      if (frame < 0) continue;
      this.frames.free(frame);
      this.space.counters.released += 1;
    }
  }

  beforeStore(): void {}
}
