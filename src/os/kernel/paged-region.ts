/**
 * What every region behind a page table has in common: an interval of the address space, frames of
 * its own, access by translation.
 *
 * I1  A page of the region is mapped exactly when it has a frame; no two pages have the same one.
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { FrameAllocator } from "../../hardware/mmu/frame-allocator.ts";
import { frameOf, PRESENT, TABLE_ENTRIES, WRITABLE } from "../../hardware/mmu/page-table.ts";
import type { MemoryFacet, MemoryRegion, RegionRequest } from "../memory-model.ts";
import type { AddressSpace } from "./address-space.ts";

export class PagedRegion {
  readonly space: AddressSpace;
  readonly frames: FrameAllocator;
  /** Number of the region's first page in the address space. */
  readonly base: number;
  readonly pages: number;

  constructor(space: AddressSpace, base: number, request: RegionRequest) {
    this.space = space;
    this.base = base;
    this.pages = request.pages;
    this.frames = new FrameAllocator(request.residentMax, request.withBytes ?? false);
  }

  get freeFrames(): number {
    return this.frames.freeCount;
  }

  tryAccess(core: Core, page: number, isWrite: boolean): number {
    return this.space.translate(core, this.base + page, isWrite);
  }

  isResident(page: number): boolean {
    return (this.space.table.entryOf(this.base + page) & PRESENT) !== 0;
  }

  bytesOf(frame: number): Uint8Array | undefined {
    return this.frames.bytesOf(frame);
  }

  prefill(count: number): void {
    for (let page = 0; page < count; page++) this.place(page);
  }

  place(page: number): void {
    const frame = this.frames.allocate();
    assert(frame >= 0, "more pages are to be resident than there are frames");
    this.space.table.map(this.base + page, frame, WRITABLE);
  }

  /** Clears the entry of `page`; returns its frame, still in use, or −1. */
  unmap(page: number): number {
    const entry = this.space.table.unmap(this.base + page);
    return (entry & PRESENT) === 0 ? -1 : frameOf(entry);
  }

  /** First page after the region at which another one may begin: a multiple of 2 MiB. */
  get endPage(): number {
    return this.base + Math.ceil(this.pages / TABLE_ENTRIES) * TABLE_ENTRIES;
  }
}

/** A memory facet whose regions lie one after the other in `space`, each built by `create`. */
export function facetOf(
  space: AddressSpace,
  create: (base: number, request: RegionRequest) => PagedRegion & MemoryRegion,
): MemoryFacet {
  let base = 0;
  return {
    counters: space.counters,
    attach: ({ core }) => space.attach(core),
    createRegion: (request) => {
      const region = create(base, request);
      base = region.endPage;
      return region;
    },
  };
}
