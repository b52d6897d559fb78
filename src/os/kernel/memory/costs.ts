/**
 * Costs of Linux's file memory management: page faults on file mappings, page cache, reclaim.
 *
 * Work under a lock is given without the cache lines that have to come from elsewhere: `PageCache`
 * counts those, and each takes the machine's far line transfer.
 */
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const fileMemoryCosts = {
  "kernel.fileFault": {
    value: 450,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where:
      "arch/x86/mm/fault.c, mm/memory.c handle_mm_fault: exception, find_vma, table walk, iret",
    range: [250, 900],
  },
  "kernel.faultRetry": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "arch/x86/mm/fault.c: find_vma and table walk again after VM_FAULT_RETRY",
    range: [60, 400],
  },
  "kernel.mapFilePage": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/filemap.c filemap_map_pages, alloc_set_pte: per page of the fault-around window",
    range: [20, 100],
  },
  "kernel.cacheLookup": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "lib/xarray.c xas_load: four to five levels, the lowest not in a cache",
    range: [20, 150],
  },
  "kernel.allocateFilePage": {
    value: 120,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/page_alloc.c get_page_from_freelist: per-CPU list, statistics, cold struct page",
    range: [60, 250],
  },
  "kernel.cacheInsert": {
    value: 200,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/filemap.c __add_to_page_cache_locked, under the i_pages lock, cold lines aside",
    range: [100, 300],
  },
  "kernel.cacheRemove": {
    value: 300,
    unit: "ns",
    provenance: "derived",
    source: "crotty22",
    where:
      "mm/vmscan.c __remove_mapping, under the i_pages lock, cold lines aside: what remains of " +
      "690 K pages/s reclaimed with 21 CPUs (L2)",
    calibrated: true,
  },
  "kernel.lruAdd": {
    value: 30,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/swap.c __pagevec_lru_add_fn, under the LRU lock, 15 pages at a time",
    range: [10, 80],
  },
  "kernel.lruIsolate": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/vmscan.c isolate_lru_pages, under the LRU lock: a cold struct page, prefetched",
    range: [20, 110],
  },
  "kernel.lruPutBack": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/vmscan.c move_pages_to_lru, under the LRU lock",
    range: [15, 100],
  },
  "kernel.reclaimPage": {
    value: 500,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/vmscan.c shrink_page_list: lock, checks, uncharge, free, statistics",
    range: [200, 1_200],
  },
  "kernel.checkReferences": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/vmscan.c page_check_references less the walk",
    range: [20, 120],
  },
  "kernel.reverseMapWalk": {
    value: 200,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/rmap.c rmap_walk_file, page_vma_mapped_walk: interval tree, cold PMD and PTE lines",
    range: [100, 400],
  },
  "kernel.bufferHead": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where:
      "fs/buffer.c create_empty_buffers, try_to_free_buffers, under the mapping's private lock",
    range: [60, 300],
  },
  "kernel.pageIoEnd": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/mpage.c mpage_end_io, page_endio: mark up to date, unlock, per page",
    range: [20, 150],
  },
  "kernel.bio": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/mpage.c mpage_bio_submit, block/bio.c: allocate and fill one bio, and free it",
    range: [60, 300],
  },
  "kernel.bioNextPage": {
    value: 30,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "fs/mpage.c do_mpage_readpage: per further page",
    range: [10, 80],
  },
  "kernel.pageMkwrite": {
    value: 350,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where:
      "mm/memory.c do_wp_page, do_shared_fault; mm/page-writeback.c set_page_dirty: file time, " +
      "page lock, mark in the tree; the fault as such aside",
    range: [150, 900],
  },
  "kernel.writePage": {
    value: 400,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where:
      "mm/page-writeback.c write_cache_pages: tagged look-up, page lock, " +
      "clear_page_dirty_for_io, set and end write-back; walk, flush and bio aside",
    range: [150, 1_000],
  },
  "kernel.cachedRead": {
    value: 1_890,
    unit: "cycles",
    atGHz: 2.2,
    provenance: "derived",
    source: "libdbos25",
    where:
      "Fig 11: 3,651 cycles for a cached pread (D3), less crossing, call, file reference, " +
      "look-up and copy",
    calibrated: true,
  },
  "kernel.copyOnWrite": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/memory.c wp_page_copy: a frame, 4 KiB copied from memory to memory",
    range: [150, 800],
  },
} as const satisfies BackendCosts;

export type FileMemoryCostName = keyof typeof fileMemoryCosts;
/** Length of each cost in this run, in picoseconds. */
export type FileMemoryCosts = { readonly [name in FileMemoryCostName]: number };

export const fileMemoryMeanings: CostMeanings<FileMemoryCostName> = {
  "kernel.fileFault": {
    cause: "pageFault",
    meaning: "taking a page fault of a file mapping and finding its place",
  },
  "kernel.faultRetry": {
    cause: "pageFault",
    meaning: "finding the place again after having waited for the page",
  },
  "kernel.mapFilePage": { cause: "pageTable", meaning: "fault-around: mapping one cached page" },
  "kernel.cacheLookup": { cause: "pageFault", meaning: "looking a page up in the page cache" },
  "kernel.allocateFilePage": { cause: "pageFault", meaning: "taking a free page frame" },
  "kernel.cacheInsert": {
    cause: "pageFault",
    meaning: "holding the page-cache lock of the file while a page goes in",
  },
  "kernel.cacheRemove": {
    cause: "reclaim",
    meaning: "holding the page-cache lock of the file while a page goes out",
  },
  "kernel.lruAdd": { cause: "pageFault", meaning: "holding the LRU lock, per page added" },
  "kernel.lruIsolate": { cause: "reclaim", meaning: "holding the LRU lock, per page isolated" },
  "kernel.lruPutBack": { cause: "reclaim", meaning: "holding the LRU lock, per page put back" },
  "kernel.reclaimPage": { cause: "reclaim", meaning: "evicting one page, locks and walks aside" },
  "kernel.checkReferences": { cause: "reclaim", meaning: "deciding about one scanned page" },
  "kernel.reverseMapWalk": {
    cause: "reclaim",
    meaning: "finding the page-table entry of a page, each time",
  },
  "kernel.bufferHead": {
    cause: "blockLayer",
    meaning: "attaching or freeing a page's buffer heads",
  },
  "kernel.pageIoEnd": { cause: "completion", meaning: "end of a read, per page" },
  "kernel.bio": { cause: "blockLayer", meaning: "building one bio of the page cache" },
  "kernel.bioNextPage": { cause: "blockLayer", meaning: "adding each further page to a bio" },
  "kernel.pageMkwrite": {
    cause: "pageFault",
    meaning: "the first store to a clean page: making it writable and dirty",
  },
  "kernel.writePage": { cause: "fileSystem", meaning: "writing one dirty page of a mapping back" },
  "kernel.cachedRead": {
    cause: "fileSystem",
    meaning: "read() of a cached page: rights, times, notification, page references",
  },
  "kernel.copyOnWrite": { cause: "copy", meaning: "a private copy of one page" },
};
