/**
 * Gives out page numbers: those of a list of free pages, else the next that was never used.
 *
 * Its state is in page 0, the meta page, which stays in the pool; each free page names the next
 * one.
 *
 * I1  A page is in a tree or on the free list, never both; both follow from the log.
 */
import { type BufferPool, NO_FRAME } from "./buffer/buffer-pool.ts";
import type { EngineTask } from "./model.ts";
import {
  FIRST_CHILD,
  FREE_LIST,
  FREE_PAGE,
  initialisePage,
  NEXT_PAGE_ID,
  pageIdOf,
} from "./page/page-header.ts";
import { SET_ALLOCATION } from "./page/redo.ts";
import type { ChangeLog } from "./wal/change-log.ts";
import type { Worker } from "./worker.ts";

/** The page that every database begins with. */
export const META_PAGE_ID = 0;

export class PageAllocator {
  readonly #pool: BufferPool;
  readonly #log: ChangeLog;
  readonly #metaFrame: number;
  readonly #metaWord: number;
  /** Number of the page that `tryAllocate` gave out last. */
  newPageId = 0;

  /** @param metaFrame the frame that holds the meta page, for ever. */
  constructor(pool: BufferPool, log: ChangeLog, metaFrame: number) {
    this.#pool = pool;
    this.#log = log;
    this.#metaFrame = metaFrame;
    this.#metaWord = pool.frames.base(metaFrame) >> 2;
  }

  /** Pages in use or free. */
  get pageCount(): number {
    return this.#pool.memory.words[this.#metaWord + NEXT_PAGE_ID]!;
  }

  /** Takes page numbers without a log: for loading. */
  takeUnlogged(): number {
    const pageId = this.pageCount;
    this.#pool.memory.words[this.#metaWord + NEXT_PAGE_ID] = pageId + 1;
    return pageId;
  }

  /**
   * A frame for a new page whose number is in `newPageId`, or `NO_FRAME`: call `prepare`, and begin
   * again. Call it inside a group of the log.
   */
  tryAllocate(worker: Worker | undefined): number {
    const { words } = this.#pool.memory;
    const free = words[this.#metaWord + FREE_LIST]!;
    if (free === 0) {
      const pageId = this.pageCount;
      const frame = this.#pool.tryCreate(pageId);
      if (frame === NO_FRAME) return NO_FRAME;
      this.newPageId = pageId;
      this.#pool.beforeStore(frame, worker);
      this.#setState(pageId + 1, 0, worker);
      return frame;
    }
    const frame = this.#pool.tryFix(free);
    if (frame === NO_FRAME) return NO_FRAME;
    this.newPageId = free;
    this.#pool.beforeStore(frame, worker);
    const next = words[(this.#pool.frames.base(frame) >> 2) + FIRST_CHILD]!;
    this.#setState(this.pageCount, next, worker);
    return frame;
  }

  /** Brings what the next `tryAllocate` needs into memory. */
  *prepare(worker: Worker): EngineTask<void> {
    const free = this.#pool.memory.words[this.#metaWord + FREE_LIST]!;
    if (free !== 0) yield* this.#pool.fix(free, worker);
    else yield* this.#pool.makeRoom(1, worker);
  }

  /** The page in `frame`, whose latch is held or whom nobody can see, joins the free list. */
  free(frame: number, worker: Worker): void {
    const { memory, frames } = this.#pool;
    this.#pool.beforeStore(frame, worker);
    const base = frames.base(frame);
    const pageId = pageIdOf(memory, base);
    initialisePage(memory, base, pageId, FREE_PAGE, 0, 0);
    memory.words[(base >> 2) + FIRST_CHILD] = memory.words[this.#metaWord + FREE_LIST]!;
    frames.markDirty(frame, this.#log.image(memory, base));
    this.#setState(this.pageCount, pageId, worker);
  }

  #setState(nextPageId: number, freeList: number, worker: Worker | undefined): void {
    const { memory, frames } = this.#pool;
    this.#pool.beforeStore(this.#metaFrame, worker);
    const payload = new Uint8Array(Int32Array.of(nextPageId, freeList).buffer);
    const base = frames.base(this.#metaFrame);
    const lsn = this.#log.structure(memory, base, SET_ALLOCATION, payload);
    memory.words[this.#metaWord + NEXT_PAGE_ID] = nextPageId;
    memory.words[this.#metaWord + FREE_LIST] = freeList;
    frames.markDirty(this.#metaFrame, lsn);
  }
}
