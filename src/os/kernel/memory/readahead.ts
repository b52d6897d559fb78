/**
 * Which pages a miss reads, by the mapping's advice.
 *
 * NORMAL: the missing page, the 16 before it and the 15 after it (read-around), as long as the file
 * does not miss much more than it hits. SEQUENTIAL: the missing page and the 31 after it. RANDOM:
 * the page. Some windows carry a mark; whoever meets the mark starts the next window, so that one
 * window is on its way while another is used. [linux-5.x mm/filemap.c do_sync_mmap_readahead,
 * do_async_mmap_readahead; mm/readahead.c ondemand_readahead]
 *
 * The state belongs to the open file, so all threads share it. A sequential reader that goes on
 * where the state ends gets marked windows; with several readers the state is somebody else's, and
 * a miss counts as a lone read: a window without a mark. A mark that is met without valid state
 * ("interleaved reads") starts the window at the first page after it that is not cached.
 *
 * Not modelled: the growth of a reader's first windows (at most 32 pages anyway).
 */
import type { AccessHint } from "../../model.ts";

/** `read_ahead_kb` of 128. */
export const READAHEAD_PAGES = 32;
export const NO_MARK = -1;
/** Misses in excess of hits after which NORMAL stops reading around. */
const LOTS_OF_MISSES = 100;

export class Readahead {
  /** First page, number of pages, and the page whose touch starts the next window. */
  start = 0;
  count = 0;
  mark = NO_MARK;

  hint: AccessHint;
  readonly #pages: number;
  #misses = 0;
  /** Where the file's state expects the next miss. */
  #expected = 0;

  /** @param pages of the file. */
  constructor(pages: number, hint: AccessHint) {
    this.#pages = pages;
    this.hint = hint;
  }

  /** Decides what to read because `page` is missing; the answer is in the fields. */
  onMiss(page: number): void {
    if (this.hint === "random") this.#window(page, 1, NO_MARK);
    else if (this.hint === "sequential") this.#onSequentialMiss(page);
    else this.#onNormalMiss(page);
  }

  /** Decides what to read because a mark was met; `next` is the first page that is not cached. */
  onMark(next: number): void {
    this.#window(next, READAHEAD_PAGES, next);
    this.#expected = next + READAHEAD_PAGES;
  }

  /** A fault found its page cached, or fault-around mapped one. */
  onHit(): void {
    if (this.#misses > 0) this.#misses -= 1;
  }

  #onSequentialMiss(page: number): void {
    const isExpected = page === this.#expected;
    this.#window(page, READAHEAD_PAGES, isExpected ? page : NO_MARK);
    if (isExpected) this.#expected = page + READAHEAD_PAGES;
  }

  #onNormalMiss(page: number): void {
    if (this.#misses < 10 * LOTS_OF_MISSES) this.#misses += 1;
    if (this.#misses > LOTS_OF_MISSES) {
      this.#window(page, 1, NO_MARK);
      return;
    }
    const start = Math.max(0, page - READAHEAD_PAGES / 2);
    this.#window(start, READAHEAD_PAGES, start + READAHEAD_PAGES - READAHEAD_PAGES / 4);
    this.#expected = start + READAHEAD_PAGES;
  }

  #window(start: number, count: number, mark: number): void {
    this.start = start;
    this.count = Math.max(0, Math.min(count, this.#pages - start));
    this.mark = mark;
  }
}
