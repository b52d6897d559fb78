/**
 * vmcache: the MMU finds pages, the engine decides which of them are resident.
 *
 * Page p of the database is page p of a region of virtual memory. An access is a load through the
 * TLB and needs no table of the engine's own. Before a page is read it gets memory (`populate`);
 * evicted pages give theirs back in batches (`release`), while they are locked, so that nobody
 * reaches a page on its way out. (V. Leis, A. Alhomssi, T. Ziegler, Y. Loeck, C. Dietrich:
 * Virtual-Memory Assisted Buffer Management, SIGMOD 2023.)
 *
 * The region accounts for translation, page tables and shootdowns; content stays in the frames of
 * the pool.
 *
 * I1  A page that is resident in the pool is resident in the region, at the latest when it is
 *     touched.
 * Not modelled: the page fault of a page that is newly created.
 */
import { type MemoryFacet, type MemoryRegion, MISS, populateToRead } from "../../os/model.ts";
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";
import { type Frames, NO_PAGE } from "./frames.ts";

/** Pages of virtual memory: as many as a region can have. */
const PAGES_MAX = 2_147_483_647;

export class PageMapping {
  readonly #memory: MemoryFacet;
  readonly #region: MemoryRegion;

  /** @param pages number of pages that the drives can hold. */
  constructor(memory: MemoryFacet, pages: number, poolPages: number) {
    this.#memory = memory;
    this.#region = memory.createRegion({
      pages: Math.min(pages, PAGES_MAX),
      residentMax: poolPages,
      backing: "anonymous",
    });
  }

  /** Invalidations must reach the worker's core from now on. */
  attach({ thread }: Worker): void {
    this.#memory.attach(thread);
  }

  /**
   * Pages that are in the pool before anybody works have been touched in the past: evicting one
   * that nobody touches again takes as much as any other.
   */
  warm({ count, pageIds }: Frames): void {
    for (let frame = 0; frame < count; frame++) {
      if (pageIds[frame] !== NO_PAGE) this.#region.place(pageIds[frame]!);
    }
  }

  /** One access to a page that is in the pool. */
  touch(pageId: number, { thread }: Worker): void {
    if (this.#region.tryAccess(thread.core, pageId, false) !== MISS) return;
    this.#region.place(pageId);
  }

  /** Gives the page memory, before it is read. */
  *populate(pageId: number, { thread }: Worker): EngineTask<void> {
    if (this.#region.isResident(pageId)) return;
    yield* populateToRead(this.#region, thread, pageId);
  }

  /** Takes the memory of pages away; whoever could reach them must be locked out. */
  *release(pageIds: readonly number[], { thread }: Worker): EngineTask<void> {
    const resident = Int32Array.from(pageIds.filter((pageId) => this.#region.isResident(pageId)));
    if (resident.length > 0) yield* this.#region.release(thread, resident, resident.length);
  }
}
