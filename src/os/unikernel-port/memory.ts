/**
 * The port's memory facet: POSIX mmap and madvise on a simple virtual memory system.
 *
 * What a merely ported database gets [osv core/mmu.cc]: no crossing, but one lock on the list of
 * mappings that every fault and every madvise takes, held across the flush, which has a mutex of
 * its own.
 */
import { assert } from "../../base/assert.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { WRITABLE } from "../../hardware/mmu/page-table.ts";
import { AddressSpace } from "../kernel/address-space.ts";
import { OsvFlush } from "../kernel/osv-flush.ts";
import { facetOf, PagedRegion } from "../kernel/paged-region.ts";
import { OSV_CALLS } from "../kernel/remote-calls.ts";
import { SleepLock } from "../kernel/sleep-lock.ts";
import type { MemoryFacet, MemoryRegion, RegionRequest } from "../memory-model.ts";
import {
  CATCH_UP,
  type Ground,
  type MemoryModule,
  type SystemTask,
  type Thread,
} from "../model.ts";
import { memoryCostMeanings, memoryCosts, type PortMemoryCosts } from "./memory/costs.ts";

class PortRegion extends PagedRegion implements MemoryRegion {
  readonly #times: PortMemoryCosts;
  readonly #mappings: SleepLock;
  readonly #osv: OsvFlush;

  constructor(
    space: AddressSpace,
    base: number,
    request: RegionRequest,
    times: PortMemoryCosts,
    mappings: SleepLock,
    osv: OsvFlush,
  ) {
    super(space, base, request);
    this.#times = times;
    this.#mappings = mappings;
    this.#osv = osv;
  }

  *fault(thread: Thread, page: number): SystemTask {
    yield* this.#mappings.acquire(thread);
    if (!this.isResident(page)) this.#faultIn(thread, page);
    // Who asks for the lock meanwhile must find it taken, and sleep.
    if (thread.isAhead()) yield CATCH_UP;
    this.#mappings.release(thread);
  }

  #faultIn({ core }: Thread, page: number): void {
    const frame = this.frames.allocate();
    assert(frame >= 0, "the process is out of memory: more pages are touched than it may have");
    this.space.counters.faults += 1;
    this.space.counters.populated += 1;
    core.charge(CAUSE.pageFault, this.#times["port.pageFault"]);
    core.charge(CAUSE.zeroing, this.#times["port.zeroPage"]);
    this.frames.bytesOf(frame)?.fill(0);
    this.space.table.map(this.base + page, frame, WRITABLE);
  }

  *populate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    for (let i = 0; i < count; i++) {
      yield* this.fault(thread, pages[i]!);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  *release(thread: Thread, pages: Int32Array, count: number): SystemTask {
    for (let i = 0; i < count; i++) {
      yield* this.#mappings.acquire(thread);
      thread.core.charge(CAUSE.pageTable, this.#times["port.adviseCall"]);
      const frame = this.unmap(pages[i]!);
      const { counters } = this.space;
      const fromPs = thread.core.cursorPs;
      yield* this.#osv.flush(thread);
      counters.flushPs += thread.core.cursorPs - fromPs;
      if (frame >= 0) {
        this.frames.free(frame);
        counters.released += 1;
      }
      this.#mappings.release(thread);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  beforeStore(): void {}
}

function create({ machine, costs }: Ground): MemoryFacet {
  const times = costs as PortMemoryCosts;
  const space = new AddressSpace(machine, {
    style: OSV_CALLS,
    sendPs: times["osv.ipiSend"],
    entryPs: times["osv.ipiEntry"],
    by: "interrupt",
    isLazy: true,
    wakePs: times["osv.wakeUp"],
  });
  const mappings = new SleepLock(times["osv.wakeUp"]);
  const osv = new OsvFlush(space, times["osv.wakeUp"]);
  return facetOf(
    space,
    (base, request) => new PortRegion(space, base, request, times, mappings, osv),
  );
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hardware" },
  options: [],
  costs: memoryCosts,
  costMeanings: memoryCostMeanings,
  create,
};
