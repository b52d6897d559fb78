/**
 * A shared mapping of one file: page faults, and waiting for what they bring in.
 *
 * One fault on a page that is not cached [linux-5.x mm/memory.c do_read_fault; mm/filemap.c
 * filemap_fault, filemap_map_pages]:
 * 1. Exception; the process's map is locked for reading.
 * 2. Fault-around: cached neighbours in the aligned window of 16 pages are mapped.
 * 3. The page is missing: read-ahead puts its window into the cache and sends it to the drive.
 * 4. The map is unlocked, the thread sleeps, the interrupt wakes it.
 * 5. The fault is tried again: now fault-around maps the page and what else has arrived.
 *
 * A store to a page that is mapped for reading only faults too, and makes it writable and dirty
 * [linux-5.x mm/memory.c do_wp_page, do_page_mkwrite]; with `copyOnWrite` it gets a private copy.
 *
 * Not modelled: huge pages in the page cache, the window's end at a table's border, memory of
 * private copies.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { MemoryCounters, SystemTask, Thread } from "../../model.ts";
import { BusError, CATCH_UP } from "../../model.ts";
import type { QueuedLock } from "../queued-lock.ts";
import type { PageCache } from "./page-cache.ts";
import type { PageFiller } from "./page-filler.ts";
import { EVICTING, MAPPED, NO_FRAME, READAHEAD, UPTODATE } from "./page-frames.ts";

/** `fault_around_bytes` of 64 KiB. [linux-5.x mm/memory.c] */
const FAULT_AROUND_PAGES = 16;

export class FileMapping {
  readonly #cache: PageCache;
  readonly #filler: PageFiller;
  readonly #counters: MemoryCounters;
  /** `mmap_lock`: every fault takes it for reading, each time two updates of one line. */
  readonly #mapLock: QueuedLock;

  constructor(filler: PageFiller, counters: MemoryCounters, mapLock: QueuedLock) {
    this.#cache = filler.cache;
    this.#filler = filler;
    this.#counters = counters;
    this.#mapLock = mapLock;
  }

  /**
   * Handles a fault of `thread` on `page`; the translation is there when it returns.
   * @throws BusError when the drive could not read it.
   */
  *fault(thread: Thread, page: number): SystemTask {
    const cache = this.#cache;
    this.#counters.faults += 1;
    thread.core.charge(CAUSE.pageFault, cache.costs["kernel.fileFault"]);
    this.lockMap(thread.core);
    let hasWaited = false;
    while (true) {
      if (thread.isAhead()) yield CATCH_UP;
      if (this.#mapAround(thread.core, page)) break;
      const frame = cache.find(thread.core, page);
      if (frame === NO_FRAME) {
        this.#filler.readahead.onMiss(page);
        yield* this.#filler.readWindow(thread);
      } else {
        this.#filler.readahead.onHit();
        if (this.#filler.takeMark(frame, page)) yield* this.#filler.readWindow(thread);
      }
      const found = cache.index.find(page);
      if (found === NO_FRAME) continue;
      const isLocked = cache.frames.io[found] !== 0;
      const isUpToDate = (cache.frames.flags[found]! & UPTODATE) !== 0;
      if (!isLocked && isUpToDate) {
        cache.map(thread.core, found);
        break;
      }
      if (!isLocked) {
        if (hasWaited) throw new BusError(page);
        this.#filler.readAgain(thread.core, found, page);
      }
      this.lockMap(thread.core);
      if (cache.frames.io[found] === EVICTING) {
        // The page lock is held for a moment only; then the page is gone.
        cache.chargeRetry(thread.core);
        yield CATCH_UP;
      } else yield* this.#filler.reader.waitFor(thread, found);
      hasWaited = true;
      cache.chargeRetry(thread.core);
      this.lockMap(thread.core);
    }
    this.lockMap(thread.core);
  }

  /** Takes or gives back the process's map for reading. */
  lockMap(core: Core): void {
    this.#mapLock.update(core, 1);
  }

  /** A store to a page that may only be read faults: the page becomes dirty and writable. */
  makeWritable(core: Core, page: number): void {
    const cache = this.#cache;
    const frame = this.#residentNow(core, page);
    this.#storeFault(core);
    core.charge(CAUSE.pageFault, cache.costs["kernel.pageMkwrite"]);
    cache.markDirty(frame);
    cache.map(core, frame, true);
    cache.onDirty(core);
  }

  /** The first store to a page of a private mapping. */
  copyOnWrite(core: Core, page: number): void {
    this.#residentNow(core, page);
    this.#storeFault(core);
    core.charge(CAUSE.copy, this.#cache.costs["kernel.copyOnWrite"]);
    // Other cores may have the shared page. [linux-5.x mm/memory.c wp_page_copy]
    this.#cache.mapper.flushInStep(core, page);
  }

  #storeFault(core: Core): void {
    this.#counters.faults += 1;
    core.charge(CAUSE.pageFault, this.#cache.costs["kernel.fileFault"]);
    this.lockMap(core);
    this.lockMap(core);
  }

  /**
   * The frame of a page that somebody is about to store to. It was resident when he looked; if it
   * has gone since, or is new at the end of the file, it comes from the reserve.
   */
  #residentNow(core: Core, page: number): number {
    const cache = this.#cache;
    let frame = cache.index.find(page);
    if (frame === NO_FRAME) {
      if (cache.hasGathered(core)) cache.addGathered(core);
      frame = cache.insertFromReserve(core, page);
    }
    cache.frames.flags[frame]! |= UPTODATE;
    if ((cache.frames.flags[frame]! & MAPPED) === 0) cache.map(core, frame);
    return frame;
  }

  /** Maps what is cached around `page`; returns whether `page` itself is mapped now. */
  #mapAround(core: Core, page: number): boolean {
    const cache = this.#cache;
    const { flags, io } = cache.frames;
    const from = page - (page % FAULT_AROUND_PAGES);
    const to = Math.min(from + FAULT_AROUND_PAGES, this.#filler.pages);
    let isMapped = false;
    for (let near = from; near < to; near++) {
      const frame = cache.index.find(near);
      if (frame === NO_FRAME || io[frame] !== 0) continue;
      const state = flags[frame]!;
      const isIt = near === page;
      if ((state & MAPPED) !== 0) {
        // Somebody else was faster.
        if (isIt) isMapped = true;
        continue;
      }
      if ((state & UPTODATE) === 0 || (state & READAHEAD) !== 0) continue;
      this.#filler.readahead.onHit();
      cache.map(core, frame);
      if (isIt) isMapped = true;
    }
    return isMapped;
  }
}
