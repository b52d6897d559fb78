/**
 * The contract of the memory facet: regions of virtual memory whose pages come and go.
 *
 * Interface: a thread is attached once, before its first access. `tryAccess` is what one load or
 * store does: it charges the translation and returns the frame, or `MISS`; it never suspends. On a
 * miss of a *transparent* region (mmap) the access faults: `yield* fault(...)`, then try again. In
 * an *explicit* region (vmcache, exmap, unikernel) the database itself decides what is resident:
 * `populate` gives pages frames, `release` takes them away, both in batches; an access to a page
 * that is not resident is a fault there too, and the system may resolve it (anonymous memory) or
 * end the process.
 *
 * A frame that `tryAccess` returned is valid until the task's next suspension: what is behind it
 * afterwards may be another page.
 */

import type { Core } from "../hardware/cpu/core.ts";
import { PAGE_BYTES } from "../hardware/mmu/page-table.ts";
import type { IoStatus } from "../hardware/nvme/status.ts";
import type { SystemTask, Thread } from "./thread-model.ts";

export { PAGE_BYTES };

/** `tryAccess`: the page is not mapped. */
export const MISS = -1;

/** What the application has said about its accesses. */
export type AccessHint = "normal" | "random" | "sequential";

/** Where the process sees the bytes of a mapped file; the system fills and writes them. */
export interface PageContent {
  /** The page's bytes, which the system is about to fill or to write; undefined: nobody's. */
  bytesOf(page: number, why: "read" | "write"): Uint8Array | undefined;
}

export interface RegionRequest {
  /** Pages of virtual memory, numbered from 0. */
  readonly pages: number;
  /** Frames that may back them at a time. */
  readonly residentMax: number;
  /** Zeroed memory, or the drives' content. */
  readonly backing: "anonymous" | "file";
  readonly hint?: AccessHint;
  /** The file is read by calls; nobody touches its mapping. */
  readonly isRead?: boolean;
  /** Share of the real memory that is simulated: watermarks and the like shrink by it. */
  readonly scale?: number;
  /** Keep real bytes, for tests. */
  readonly withBytes?: boolean;
  /** Of a file that is stored to: its bytes. */
  readonly content?: PageContent;
  /** Bytes at the beginning of every drive that are not the file's. */
  readonly startBytes?: number;
}

/** Capabilities, so that nobody compares backend names. */
export interface MemoryTraits {
  /** Who decides which pages are resident: the database, or the system behind its back. */
  readonly residency: "explicit" | "transparent";
  /** How a page number becomes an address: the MMU, or a hash table in the database. */
  readonly translation: "hardware" | "hash-table";
}

/** What a facet has done so far. */
export interface MemoryCounters {
  /** Page faults taken. */
  faults: number;
  /** Pages given a frame, and pages whose frame was taken away. */
  populated: number;
  released: number;
  /** Flushes begun that reach other cores, and requests to those that they sent. */
  shootdowns: number;
  shootdownRequests: number;
  /** Pages that reclaim looked at, and part of `released` by threads that needed memory. */
  scanned: number;
  releasedDirectly: number;
  /** Time that kernel threads have spent reclaiming in the background, in picoseconds. */
  backgroundPs: number;
  /** Time that threads spent in flushes, waiting included, in picoseconds. */
  flushPs: number;
}

/** An access to a mapped file whose drive failed; it ends the process. */
export class BusError extends Error {
  override readonly name = "BusError";
  readonly page: number;

  constructor(page: number) {
    super(`SIGBUS: page ${page} could not be read`);
    this.page = page;
  }
}

/** What a region of a file that is stored to offers beside `beforeStore`. */
export interface FileStores {
  /** Pages that the system has handed to the drives so far. */
  readonly written: number;
  /** What was announced has happened: from now on the system may write the page as it is. */
  happened(page: number): void;
  /** Whether so much is dirty that who has stored something has to wait (`awaitCleaning`). */
  mustWait(thread: Thread): boolean;
  awaitCleaning(thread: Thread): SystemTask;
  /** A private mapping's first store to `page`: the system copies it, the file stays clean. */
  copyOnWrite(core: Core, page: number): void;
  /** Writes the region's dirty pages and waits (msync); returns the first error, 0: none. */
  sync(thread: Thread): SystemTask<number>;
}

/** What a region of a file offers to whoever wants a say in what is resident; a call each. */
export interface FilePaging {
  /** Begins to read what is missing of `count` pages from `first` on; waits for nothing. */
  willNeed(thread: Thread, first: number, count: number): SystemTask;
  /** Makes `page` resident and keeps it so; it is written back as any other. */
  lock(thread: Thread, page: number): SystemTask;
  /** Whether `page` is in memory now. */
  isInCore(thread: Thread, page: number): boolean;
}

/** What a region of a file offers to whoever reads it by calls instead of through a mapping. */
export interface FileReads {
  /** pread() of one page into a buffer of the caller's; returns how it went. */
  read(thread: Thread, page: number): SystemTask<IoStatus>;
}

export interface MemoryRegion {
  /** Frames that are free to back a page now. */
  readonly freeFrames: number;
  /** One load or store: charges `core`, returns the frame or `MISS`. */
  tryAccess(core: Core, page: number, isWrite: boolean): number;
  /**
   * The access to `page` faults: makes it resident, or writable, as far as the system does so.
   * @throws BusError when the drive behind it failed.
   */
  fault(thread: Thread, page: number, isWrite: boolean): SystemTask;
  /** Gives the first `count` of `pages` frames, in one request; none of them is resident. */
  populate(thread: Thread, pages: Int32Array, count: number): SystemTask;
  /**
   * Gives `page` a frame by the call that reads it, which follows at once. Absent where `populate`
   * is a call of its own.
   */
  populateByRead?(thread: Thread, page: number): SystemTask;
  /** Takes the frames of the first `count` of `pages` away; no core can reach them afterwards. */
  release(thread: Thread, pages: Int32Array, count: number): SystemTask;
  /** Announces stores to `page`, which is resident: dirty tracking happens here. */
  beforeStore(core: Core, page: number): void;
  /** Of a file that is stored to; absent otherwise. */
  readonly stores?: FileStores;
  /** Of a mapped file; absent otherwise. */
  readonly paging?: FilePaging;
  /** Of a file that is asked for with `isRead`; absent otherwise. */
  readonly reads?: FileReads;
  /** Makes the first `count` pages resident before a run begins; takes no simulated time. */
  prefill(count: number): void;
  /** Makes one page resident and writable; takes no simulated time. */
  place(page: number): void;
  /** Whether a page is resident; free of charge. */
  isResident(page: number): boolean;
  /** Content of a frame, if the region keeps bytes. */
  bytesOf(frame: number): Uint8Array | undefined;
}

/** Gives `page` a frame, for a read of it that follows at once. */
export function populateToRead(region: MemoryRegion, thread: Thread, page: number): SystemTask {
  return region.populateByRead?.(thread, page) ?? region.populate(thread, Int32Array.of(page), 1);
}

export interface MemoryFacet {
  /** The thread belongs to the database's process: invalidations have to reach its core. */
  attach(thread: Thread): void;
  /** Reserves virtual memory; takes no simulated time. */
  createRegion(request: RegionRequest): MemoryRegion;
  readonly counters: MemoryCounters;
}
