/**
 * Brings missing pages of the file into the page cache: read-ahead decides which, memory for them
 * may have to be reclaimed first by the very thread that needs it.
 *
 * Whoever wants a page, a fault or a read(), looks it up, asks for what is missing, and waits.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { MemoryCounters, SystemTask, Thread } from "../../model.ts";
import { CATCH_UP } from "../../model.ts";
import type { PageCache } from "./page-cache.ts";
import { BUFFERS, NO_FRAME, READAHEAD } from "./page-frames.ts";
import type { PageReader } from "./page-reader.ts";
import type { Readahead } from "./readahead.ts";
import { Reclaimer } from "./reclaim.ts";

export class PageFiller {
  readonly cache: PageCache;
  readonly reader: PageReader;
  readonly readahead: Readahead;
  /** Pages of the file. */
  readonly pages: number;
  readonly #counters: MemoryCounters;
  readonly #reclaimers = new Map<Thread, Reclaimer>();

  constructor(
    cache: PageCache,
    reader: PageReader,
    readahead: Readahead,
    pages: number,
    counters: MemoryCounters,
  ) {
    this.cache = cache;
    this.reader = reader;
    this.readahead = readahead;
    this.pages = pages;
    this.#counters = counters;
  }

  /** An earlier read of the page failed (perhaps somebody else's): it is tried once more. */
  readAgain(core: Core, frame: number, page: number): void {
    const read = this.reader.begin(page);
    this.reader.add(read, frame);
    this.reader.submit(core, read);
  }

  /** Whether `frame` carries the mark that starts the next window; if so, decides that window. */
  takeMark(frame: number, page: number): boolean {
    const { frames, index } = this.cache;
    if ((frames.flags[frame]! & READAHEAD) === 0) return false;
    frames.flags[frame]! &= ~READAHEAD;
    const end = Math.min(page + 1 + this.readahead.windowPages, this.pages);
    let next = page + 1;
    while (next < end && index.find(next) !== NO_FRAME) next += 1;
    if (next === end) return false;
    this.readahead.onMark(next);
    return true;
  }

  /** Reads the window that was decided; other threads decide about their own meanwhile. */
  readWindow(thread: Thread): SystemTask {
    const { start, count, mark } = this.readahead;
    return this.read(thread, start, count, mark);
  }

  /** Puts `count` pages into the cache and sends what was missing to the drive. */
  *read(thread: Thread, start: number, count: number, mark = -1): SystemTask {
    const { frames, index } = this.cache;
    let read = -1;
    for (let page = start; page < start + count; page++) {
      if (thread.isAhead()) yield CATCH_UP;
      let frame = index.find(page) === NO_FRAME ? this.cache.insert(thread.core, page) : NO_FRAME;
      if (frame === NO_FRAME) {
        if (read >= 0) this.reader.submit(thread.core, read);
        read = -1;
        if (index.find(page) !== NO_FRAME) continue;
        yield* this.#reclaimerOf(thread).directly();
        if (thread.isAhead()) yield CATCH_UP;
        if (index.find(page) !== NO_FRAME) continue;
        frame = this.cache.insert(thread.core, page);
        // Others took what was freed: read-ahead gives up, a fault comes back.
        if (frame === NO_FRAME) return;
      }
      if (page === mark) frames.flags[frame]! |= READAHEAD;
      if (read < 0) read = this.reader.begin(page);
      this.reader.add(read, frame);
      if (!this.cache.hasGathered(thread.core)) continue;
      if (thread.isAhead()) yield CATCH_UP;
      // It may have come to a core that has gathered fewer.
      if (this.cache.hasGathered(thread.core)) this.cache.addGathered(thread.core);
    }
    if (read < 0) return;
    if (thread.isAhead()) yield CATCH_UP;
    if (count === 1) this.#attachBuffers(thread.core, start);
    this.reader.submit(thread.core, read);
  }

  /** A single page of a block device is read through buffer heads (block_read_full_page). */
  #attachBuffers(core: Core, page: number): void {
    this.cache.touchBuffers(core);
    this.cache.frames.flags[this.cache.index.find(page)]! |= BUFFERS;
  }

  #reclaimerOf(thread: Thread): Reclaimer {
    let reclaimer = this.#reclaimers.get(thread);
    if (reclaimer === undefined) {
      reclaimer = new Reclaimer(this.cache, this.readahead, thread, this.#counters);
      this.#reclaimers.set(thread, reclaimer);
    }
    return reclaimer;
  }
}
