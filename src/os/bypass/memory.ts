/**
 * Kernel bypass: all memory is pinned and mapped before the run; nothing is remapped afterwards.
 *
 * The database finds a page's frame in a hash table of its own [vmcache23 §4.2]: one bucket load
 * more per access, and no system call, no fault, no shootdown when pages come and go.
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { FrameAllocator } from "../../hardware/mmu/frame-allocator.ts";
import { loadLatencyPs, waitForLoad } from "../../hardware/mmu/mmu.ts";
import { PageTable, TABLE_ENTRIES, WRITABLE } from "../../hardware/mmu/page-table.ts";
import { newCounters } from "../kernel/address-space.ts";
import type { MemoryCounters, MemoryFacet, MemoryRegion, RegionRequest } from "../memory-model.ts";
import { MISS } from "../memory-model.ts";
import {
  CATCH_UP,
  type Ground,
  type MemoryModule,
  type SystemTask,
  type Thread,
} from "../model.ts";
import { type BypassMemoryCosts, memoryCostMeanings, memoryCosts } from "./memory/costs.ts";

/** Key, frame and state of one page. */
const BUCKET_BYTES = 16;

class PinnedRegion implements MemoryRegion {
  readonly #machine: HostMachine;
  readonly #times: BypassMemoryCosts;
  readonly #counters: MemoryCounters;
  readonly #frames: FrameAllocator;
  readonly #table = new PageTable();
  /**
   * Frame + 1 of each page: what the database's hash table says; its cost is charged, not its work
   * done. An array with a place for every page, as `PageIndex` is: a Map ends at 16 M entries.
   */
  readonly #places: Int32Array;
  readonly #bucketPs: number;

  constructor(
    machine: HostMachine,
    times: BypassMemoryCosts,
    counters: MemoryCounters,
    request: RegionRequest,
    isHuge: boolean,
  ) {
    this.#machine = machine;
    this.#times = times;
    this.#counters = counters;
    this.#places = new Int32Array(request.pages);
    this.#frames = new FrameAllocator(request.residentMax, request.withBytes ?? false);
    const bucketBytes = request.residentMax * BUCKET_BYTES * machine.mmu.scale;
    this.#bucketPs = loadLatencyPs(machine.mmu.plan, bucketBytes);
    const step = isHuge ? TABLE_ENTRIES : 1;
    for (let frame = 0; frame < request.residentMax; frame += step) {
      if (isHuge) this.#table.mapLarge(frame, frame, WRITABLE);
      else this.#table.map(frame, frame, WRITABLE);
    }
  }

  get freeFrames(): number {
    return this.#frames.freeCount;
  }

  tryAccess(core: Core, page: number, isWrite: boolean): number {
    core.charge(CAUSE.database, this.#times["bypass.hashLookup"]);
    waitForLoad(core, this.#bucketPs, CAUSE.database);
    const frame = this.#places[page]! - 1;
    if (frame < 0) return MISS;
    return this.#machine.mmu.translate(core, this.#table, frame, isWrite);
  }

  // biome-ignore lint/correctness/useYield: nothing is resolved by the system here.
  *fault(_thread: Thread, page: number): SystemTask {
    assert(false, "a page is not resident: the database has to populate it", page);
  }

  *populate(thread: Thread, pages: Int32Array, count: number): SystemTask {
    for (let i = 0; i < count; i++) {
      const frame = this.#frames.allocate();
      assert(frame >= 0, "no frame is free: release pages before populating more");
      thread.core.charge(CAUSE.database, this.#times["bypass.hashUpdate"]);
      waitForLoad(thread.core, this.#bucketPs, CAUSE.database);
      this.#places[pages[i]!] = frame + 1;
      this.#counters.populated += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  *release(thread: Thread, pages: Int32Array, count: number): SystemTask {
    for (let i = 0; i < count; i++) {
      const page = pages[i]!;
      const frame = this.#places[page]! - 1;
      thread.core.charge(CAUSE.database, this.#times["bypass.hashUpdate"]);
      waitForLoad(thread.core, this.#bucketPs, CAUSE.database);
      if (frame < 0) continue;
      this.#places[page] = 0;
      this.#frames.free(frame);
      this.#counters.released += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
  }

  prefill(count: number): void {
    for (let page = 0; page < count; page++) this.place(page);
  }

  place(page: number): void {
    const frame = this.#frames.allocate();
    assert(frame >= 0, "more pages are to be resident than there are frames");
    this.#places[page] = frame + 1;
  }

  beforeStore(): void {}

  isResident(page: number): boolean {
    return this.#places[page] !== 0;
  }

  bytesOf(frame: number): Uint8Array | undefined {
    return this.#frames.bytesOf(frame);
  }
}

function create({ machine, costs, options }: Ground): MemoryFacet {
  const counters = newCounters();
  const times = costs as BypassMemoryCosts;
  const isHuge = options["huge_pages"] === true;
  return {
    counters,
    attach: () => {},
    createRegion: (request) => new PinnedRegion(machine, times, counters, request, isHuge),
  };
}

export const memory: MemoryModule = {
  traits: { residency: "explicit", translation: "hash-table" },
  options: [
    {
      name: "huge_pages",
      type: "boolean",
      default: true,
      meaning: "frames are mapped by entries of 2 MiB, not of 4 KiB",
    },
  ],
  costs: memoryCosts,
  costMeanings: memoryCostMeanings,
  create,
};
