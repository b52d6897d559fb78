/**
 * read() of a file through the page cache: no mapping, so no translation, and nothing that a
 * reclaimer would have to flush; instead every page is looked up by a system call and copied.
 *
 * One call for one page [linux-5.x fs/read_write.c ksys_pread64, mm/filemap.c
 * generic_file_buffered_read]:
 * 1. Crossing; a reference to the open file, whose count all threads share.
 * 2. The page is looked up. Missing: read-ahead decides what a read() reads, which for a lone one
 *    is its page alone; it goes into the cache and to the drive. Marked: the next window is begun.
 * 3. The thread sleeps until the page is up to date.
 * 4. The page is marked accessed: the second time within two scans makes it active.
 * 5. It is copied to the caller; the reference goes back.
 *
 * A frame that is made active moves to its list when a scan meets it; the kernel does that at the
 * fifteenth one of a core. Not modelled: reads of more than a page, writes, the window's growth.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { SharedLine } from "../../../hardware/cpu/shared-line.ts";
import { IO_MEDIA_ERROR, IO_OK, type IoStatus } from "../../../hardware/nvme/status.ts";
import type { FileReads } from "../../memory-model.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../../model.ts";
import { PAGEVEC } from "./lru-list.ts";
import type { PageCache } from "./page-cache.ts";
import type { PageFiller } from "./page-filler.ts";
import { ACTIVE, EVICTING, NO_FRAME, REFERENCED, UPTODATE } from "./page-frames.ts";

/** What a call takes beside the page cache's own steps, in picoseconds. */
export interface ReadCallTimes {
  readonly systemCallPs: number;
  readonly readCallPs: number;
  readonly fileReferencePs: number;
  readonly copyPagePs: number;
}

export class BufferedReads implements FileReads {
  readonly #cache: PageCache;
  readonly #filler: PageFiller;
  readonly #times: ReadCallTimes;
  /** The open file's reference count. */
  readonly #file: SharedLine;
  /** Frames that each core has made active since it last took the LRU lock for them. */
  readonly #activated: Int32Array;

  constructor(filler: PageFiller, times: ReadCallTimes, file: SharedLine, coreCount: number) {
    this.#cache = filler.cache;
    this.#filler = filler;
    this.#times = times;
    this.#file = file;
    this.#activated = new Int32Array(coreCount);
  }

  *read(thread: Thread, page: number): SystemTask<IoStatus> {
    const times = this.#times;
    thread.core.charge(CAUSE.systemCall, times.systemCallPs);
    this.#file.readAndSwap(thread.core);
    thread.core.charge(CAUSE.ioInterface, times.readCallPs + times.fileReferencePs);
    thread.core.charge(CAUSE.fileSystem, this.#cache.costs["kernel.cachedRead"]);
    const status = yield* this.#bringIn(thread, page);
    if (status === IO_OK) thread.core.charge(CAUSE.copy, times.copyPagePs);
    if (thread.isAhead()) yield CATCH_UP;
    this.#file.update(thread.core);
    return status;
  }

  /** Makes `page` present and up to date, and marks it accessed. */
  *#bringIn(thread: Thread, page: number): SystemTask<IoStatus> {
    const cache = this.#cache;
    const filler = this.#filler;
    const { flags, io } = cache.frames;
    let hasWaited = false;
    while (true) {
      if (thread.isAhead()) yield CATCH_UP;
      const known = hasWaited ? cache.index.find(page) : cache.find(thread.core, page);
      if (known === NO_FRAME) {
        filler.readahead.onReadMiss(page, this.#history(page));
        yield* filler.readWindow(thread);
      } else if (filler.takeMark(known, page)) yield* filler.readWindow(thread);
      const frame = cache.index.find(page);
      if (frame === NO_FRAME) {
        hasWaited = false;
        continue;
      }
      if ((flags[frame]! & UPTODATE) !== 0) {
        filler.readahead.onRead(page);
        this.#markAccessed(thread.core, frame);
        return IO_OK;
      }
      if (io[frame] === 0) {
        if (hasWaited) return IO_MEDIA_ERROR;
        filler.readAgain(thread.core, frame, page);
      }
      if (io[frame] === EVICTING) {
        // A page that could not be read is being thrown away; look again.
        cache.chargeRetry(thread.core);
        yield CATCH_UP;
      } else yield* filler.reader.waitFor(thread, frame);
      hasWaited = true;
    }
  }

  /** Cached pages directly in front of `page`, up to a window of them. */
  #history(page: number): number {
    const { index } = this.#cache;
    const { windowPages } = this.#filler.readahead;
    let history = 0;
    while (history < windowPages && index.find(page - 1 - history) !== NO_FRAME) history += 1;
    return history;
  }

  #markAccessed(core: Core, frame: number): void {
    const { flags } = this.#cache.frames;
    if ((flags[frame]! & REFERENCED) === 0) {
      flags[frame]! |= REFERENCED;
      return;
    }
    if ((flags[frame]! & ACTIVE) !== 0) return;
    flags[frame]! = (flags[frame]! | ACTIVE) & ~REFERENCED;
    const activated = this.#activated[core.index]! + 1;
    this.#activated[core.index] = activated % PAGEVEC;
    if (activated === PAGEVEC) this.#cache.activateGathered(core, activated);
  }
}
