/**
 * Which pages a miss reads, by the mapping's advice.
 *
 * With a window of 32 pages, NORMAL reads the missing page, the 16 before it and the 15 after it
 * (read-around), as long as the file does not miss much more than it hits; SEQUENTIAL the missing
 * page and the 31 after it; RANDOM the page. Some windows carry a mark; whoever meets it starts
 * the next window, so that one window is on its way while another is used. [linux-5.x mm/filemap.c
 * do_sync_mmap_readahead, do_async_mmap_readahead; mm/readahead.c ondemand_readahead]
 *
 * The state belongs to the open file, so all threads share it. A sequential reader that goes on
 * where the state ends gets marked windows; with several readers the state is somebody else's, and
 * a miss counts as a lone read: a window without a mark. A mark that is met without valid state
 * ("interleaved reads") starts the window at the first page after it that is not cached.
 *
 * Not modelled: the growth of a reader's first windows.
 */
import type { AccessHint } from "../../model.ts";

/** A drive's `read_ahead_kb` of 128. */
export const READAHEAD_PAGES = 32;
export const NO_MARK = -1;
/** A stream of single pages begins with four. [linux-5.x mm/readahead.c get_init_ra_size] */
const FIRST_WINDOW_PAGES = 4;
/** Misses in excess of hits after which NORMAL stops reading around. */
const LOTS_OF_MISSES = 100;

export class Readahead {
  /** First page, number of pages, and the page whose touch starts the next window. */
  start = 0;
  count = 0;
  mark = NO_MARK;

  readonly hint: AccessHint;
  /** Pages of a full window. */
  readonly windowPages: number;
  readonly #pages: number;
  #misses = 0;
  /** Where the file's state expects the next miss of a SEQUENTIAL reader. */
  #expected = 0;
  /** Last page that a read() has read; the beginning of the file counts as sequential. */
  #lastRead = -1;

  /** @param pages of the file. */
  constructor(pages: number, hint: AccessHint, windowPages: number = READAHEAD_PAGES) {
    this.#pages = pages;
    this.windowPages = windowPages;
    this.hint = hint;
  }

  /** Decides what to read because `page` is missing; the answer is in the fields. */
  onMiss(page: number): void {
    if (this.hint === "random") this.#window(page, 1, NO_MARK);
    else if (this.hint === "sequential") this.#onSequentialMiss(page);
    else this.#onNormalMiss(page);
  }

  /**
   * Decides what a read() of `page` reads that misses, with the `history` pages in front of it in
   * the cache. One that goes on where the file's last read ended begins a stream. Several cached
   * pages in front are the trace of one: as many again are read. Any other read takes its page
   * alone and changes nothing. [linux-5.x mm/readahead.c ondemand_readahead, try_context_readahead]
   */
  onReadMiss(page: number, history: number): void {
    let pages = 1;
    let mark = NO_MARK;
    if (this.hint !== "random" && page === this.#lastRead + 1) {
      pages = Math.min(FIRST_WINDOW_PAGES, this.windowPages);
      mark = page + 1;
    } else if (this.hint !== "random" && history > 1) {
      pages = Math.min(history + 1, this.windowPages);
      mark = page + pages - 1;
    }
    this.#window(page, pages, mark);
  }

  /** A read() has read `page`. */
  onRead(page: number): void {
    this.#lastRead = page;
  }

  /** Decides what to read because a mark was met; `next` is the first page that is not cached. */
  onMark(next: number): void {
    this.#window(next, this.windowPages, next);
    this.#expected = next + this.windowPages;
  }

  /** A fault found its page cached, or fault-around mapped one. */
  onHit(): void {
    if (this.#misses > 0) this.#misses -= 1;
  }

  #onSequentialMiss(page: number): void {
    const isExpected = page === this.#expected;
    this.#window(page, this.windowPages, isExpected ? page : NO_MARK);
    if (isExpected) this.#expected = page + this.windowPages;
  }

  #onNormalMiss(page: number): void {
    if (this.#misses < 10 * LOTS_OF_MISSES) this.#misses += 1;
    if (this.#misses > LOTS_OF_MISSES) {
      this.#window(page, 1, NO_MARK);
      return;
    }
    const pages = this.windowPages;
    const start = Math.max(0, page - Math.floor(pages / 2));
    this.#window(start, pages, start + pages - Math.floor(pages / 4));
  }

  #window(start: number, count: number, mark: number): void {
    this.start = start;
    this.count = Math.max(0, Math.min(count, this.#pages - start));
    this.mark = mark;
  }
}
