/**
 * What a program can tell and ask the kernel about the pages of its mapping, one system call each.
 *
 * - `willNeed`, madvise(MADV_WILLNEED): what is missing is inserted and its reads are sent; nobody
 *   waits, nothing is mapped. [linux-5.x mm/madvise.c madvise_willneed, mm/readahead.c
 *   force_page_cache_readahead]
 * - `lock`, mlock: the page is faulted in and marked. A reclaimer that meets it puts it aside for
 *   good; writing it back goes on as before. [linux-5.x mm/mlock.c, mm/vmscan.c page_evictable]
 * - `isInCore`, mincore: what the page cache holds at this moment; it may be gone at the next
 *   access. [linux-5.x mm/mincore.c]
 */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { FileMapping } from "../../kernel/memory/file-mapping.ts";
import type { PageCache } from "../../kernel/memory/page-cache.ts";
import type { PageFiller } from "../../kernel/memory/page-filler.ts";
import { MLOCKED, NO_FRAME, UPTODATE } from "../../kernel/memory/page-frames.ts";
import type { FilePaging } from "../../memory-model.ts";
import { CATCH_UP, type SystemTask, type Thread } from "../../model.ts";

export class MappedFilePaging implements FilePaging {
  readonly #cache: PageCache;
  readonly #filler: PageFiller;
  readonly #mapping: FileMapping;
  readonly #systemCallPs: number;

  constructor(filler: PageFiller, mapping: FileMapping, systemCallPs: number) {
    this.#cache = filler.cache;
    this.#filler = filler;
    this.#mapping = mapping;
    this.#systemCallPs = systemCallPs;
  }

  *willNeed(thread: Thread, first: number, count: number): SystemTask {
    this.#enter(thread);
    const end = Math.min(first + count, this.#filler.pages);
    for (let page = first; page < end; page++) {
      if (thread.isAhead()) yield CATCH_UP;
      if (this.#cache.find(thread.core, page) === NO_FRAME)
        yield* this.#filler.read(thread, page, 1);
    }
  }

  *lock(thread: Thread, page: number): SystemTask {
    this.#enter(thread);
    yield* this.#mapping.fault(thread, page);
    // It is there, and nobody has done anything since the fault found it so.
    this.#cache.frames.flags[this.#cache.index.find(page)]! |= MLOCKED;
  }

  isInCore(thread: Thread, page: number): boolean {
    this.#enter(thread);
    const frame = this.#cache.find(thread.core, page);
    return frame !== NO_FRAME && (this.#cache.frames.flags[frame]! & UPTODATE) !== 0;
  }

  /** The call itself, and the process's map for as long as it looks for the mapping. */
  #enter(thread: Thread): void {
    thread.core.charge(CAUSE.systemCall, this.#systemCallPs);
    this.#mapping.lockMap(thread.core);
    this.#mapping.lockMap(thread.core);
  }
}
