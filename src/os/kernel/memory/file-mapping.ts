/**
 * A shared mapping of one file: page faults, read-ahead, waiting for the drive.
 *
 * One fault on a page that is not cached [linux-5.x mm/memory.c do_read_fault; mm/filemap.c
 * filemap_fault, filemap_map_pages]:
 * 1. Exception; the process's map is locked for reading.
 * 2. Fault-around: cached neighbours in the aligned window of 16 pages are mapped.
 * 3. The page is missing: read-ahead puts its window into the cache and sends it to the drive.
 * 4. The map is unlocked, the thread sleeps, the interrupt wakes it.
 * 5. The fault is tried again: now fault-around maps the page and what else has arrived.
 *
 * Memory for step 3 may have to be reclaimed first, by the faulting thread itself.
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
import { BUFFERS, EVICTING, MAPPED, NO_FRAME, READAHEAD, UPTODATE } from "./page-frames.ts";
import type { PageReader } from "./page-reader.ts";
import { READAHEAD_PAGES, type Readahead } from "./readahead.ts";
import { Reclaimer } from "./reclaim.ts";

/** `fault_around_bytes` of 64 KiB. [linux-5.x mm/memory.c] */
const FAULT_AROUND_PAGES = 16;

export class FileMapping {
  readonly #cache: PageCache;
  readonly #reader: PageReader;
  readonly #readahead: Readahead;
  readonly #pages: number;
  readonly #counters: MemoryCounters;
  readonly #reclaimers = new Map<Thread, Reclaimer>();
  /** `mmap_lock`: every fault takes it for reading, each time two updates of one line. */
  readonly #mapLock: QueuedLock;

  constructor(
    cache: PageCache,
    reader: PageReader,
    readahead: Readahead,
    pages: number,
    counters: MemoryCounters,
    mapLock: QueuedLock,
  ) {
    this.#cache = cache;
    this.#reader = reader;
    this.#readahead = readahead;
    this.#pages = pages;
    this.#counters = counters;
    this.#mapLock = mapLock;
  }

  /**
   * Handles a fault of `thread` on `page`; the translation is there when it returns.
   * @throws BusError when the drive could not read it.
   */
  *fault(thread: Thread, page: number): SystemTask {
    const { core } = thread;
    const cache = this.#cache;
    this.#counters.faults += 1;
    core.charge(CAUSE.pageFault, cache.costs["kernel.fileFault"]);
    this.lockMap(core);
    let hasWaited = false;
    while (true) {
      if (thread.isAhead()) yield CATCH_UP;
      if (this.#mapAround(core, page)) break;
      const frame = cache.find(core, page);
      if (frame === NO_FRAME) {
        this.#readahead.onMiss(page);
        yield* this.#readWindow(thread);
      } else {
        this.#readahead.onHit();
        if (this.#takeMark(frame, page)) yield* this.#readWindow(thread);
      }
      const found = cache.index.find(page);
      if (found === NO_FRAME) continue;
      const isLocked = cache.frames.io[found] !== 0;
      const isUpToDate = (cache.frames.flags[found]! & UPTODATE) !== 0;
      if (!isLocked && isUpToDate) {
        cache.map(core, found);
        break;
      }
      if (!isLocked) {
        if (hasWaited) throw new BusError(page);
        this.#readAgain(core, found, page);
      }
      this.lockMap(core);
      if (cache.frames.io[found] === EVICTING) {
        // The page lock is held for a moment only; then the page is gone.
        core.charge(CAUSE.contention, cache.costs["kernel.faultRetry"]);
        yield CATCH_UP;
      } else yield* this.#reader.waitFor(thread, found);
      hasWaited = true;
      core.charge(CAUSE.pageFault, cache.costs["kernel.faultRetry"]);
      this.lockMap(core);
    }
    this.lockMap(core);
  }

  /** An earlier read of the page failed (perhaps somebody else's): it is tried once more. */
  #readAgain(core: Core, frame: number, page: number): void {
    const read = this.#reader.begin(page);
    this.#reader.add(read, frame);
    this.#reader.submit(core, read);
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
    cache.onDirty(core.cursorPs);
  }

  /** The first store to a page of a private mapping. */
  copyOnWrite(core: Core, page: number): void {
    this.#residentNow(core, page);
    this.#storeFault(core);
    core.charge(CAUSE.copy, this.#cache.costs["kernel.copyPage"]);
    // Other cores may have the shared page. [mm/memory.c wp_page_copy: ptep_clear_flush_notify]
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
    const to = Math.min(from + FAULT_AROUND_PAGES, this.#pages);
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
      this.#readahead.onHit();
      cache.map(core, frame);
      if (isIt) isMapped = true;
    }
    return isMapped;
  }

  /** Whether `frame` carries the mark that starts the next window; if so, decides that window. */
  #takeMark(frame: number, page: number): boolean {
    const { frames, index } = this.#cache;
    if ((frames.flags[frame]! & READAHEAD) === 0) return false;
    frames.flags[frame]! &= ~READAHEAD;
    const end = Math.min(page + 1 + READAHEAD_PAGES, this.#pages);
    let next = page + 1;
    while (next < end && index.find(next) !== NO_FRAME) next += 1;
    if (next === end) return false;
    this.#readahead.onMark(next);
    return true;
  }

  /** Reads the window that was decided; other threads decide about their own meanwhile. */
  #readWindow(thread: Thread): SystemTask {
    const { start, count, mark } = this.#readahead;
    return this.read(thread, start, count, mark);
  }

  /** Puts `count` pages into the cache and sends what was missing to the drive. */
  *read(thread: Thread, start: number, count: number, mark = -1): SystemTask {
    const { core } = thread;
    const { frames, index } = this.#cache;
    let read = -1;
    for (let page = start; page < start + count; page++) {
      if (thread.isAhead()) yield CATCH_UP;
      let frame = index.find(page) === NO_FRAME ? this.#cache.insert(core, page) : NO_FRAME;
      if (frame === NO_FRAME) {
        if (read >= 0) this.#reader.submit(core, read);
        read = -1;
        if (index.find(page) !== NO_FRAME) continue;
        yield* this.#reclaimerOf(thread).directly();
        if (index.find(page) !== NO_FRAME) continue;
        frame = this.#cache.insert(core, page);
        // Others took what was freed: read-ahead gives up, a fault comes back.
        if (frame === NO_FRAME) return;
      }
      if (page === mark) frames.flags[frame]! |= READAHEAD;
      if (read < 0) read = this.#reader.begin(page);
      this.#reader.add(read, frame);
      if (!this.#cache.hasGathered(core)) continue;
      if (thread.isAhead()) yield CATCH_UP;
      this.#cache.addGathered(core);
    }
    if (read < 0) return;
    if (thread.isAhead()) yield CATCH_UP;
    if (count === 1) this.#attachBuffers(core, start);
    this.#reader.submit(core, read);
  }

  /** A single page of a block device is read through buffer heads (block_read_full_page). */
  #attachBuffers(core: Core, page: number): void {
    this.#cache.touchBuffers(core);
    this.#cache.frames.flags[this.#cache.index.find(page)]! |= BUFFERS;
  }

  #reclaimerOf(thread: Thread): Reclaimer {
    let reclaimer = this.#reclaimers.get(thread);
    if (reclaimer === undefined) {
      reclaimer = new Reclaimer(this.#cache, this.#readahead, thread, this.#counters);
      this.#reclaimers.set(thread, reclaimer);
    }
    return reclaimer;
  }
}
