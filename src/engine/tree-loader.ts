/**
 * Where the pages of a loaded tree go: onto the drives, and into the pool as far as they belong
 * there. No simulated time passes.
 *
 * What was loaded once can be loaded again without being built, on drives that hold it already:
 * `LoadedTree` remembers which pages there were, in the order in which they were written.
 *
 * I1  Loading again leaves the pool as building did: the same pages in the same frames.
 */
import { assert } from "../base/assert.ts";
import { badValue } from "../base/usage-error.ts";
import type { BulkLoadOptions, PageSink } from "./btree/bulk-load.ts";
import { type BufferPool, NO_FRAME } from "./buffer/buffer-pool.ts";
import type { PageIo } from "./buffer/page-io.ts";
import { allocatePages, type PageMemory } from "./page/page-memory.ts";
import type { PageAllocator } from "./page-allocator.ts";

/** Share of the pool that loading leaves free. */
const RESERVE = 0.07;

/** The pages of one tree as it was loaded. */
export class LoadedTree {
  readonly pageIds: number[] = [];
  readonly isLeaf: boolean[] = [];

  add(pageId: number, isLeaf: boolean): void {
    this.pageIds.push(pageId);
    this.isLeaf.push(isLeaf);
  }
}

export interface LoadOptions extends BulkLoadOptions {
  /** Which pages the tree has: told as they are written, or with `restore` known before. */
  readonly loaded?: LoadedTree;
  /** Puts the pages of `loaded` onto the drives, so that nothing has to be built. */
  readonly restore?: (() => void) | undefined;
}

export interface TreeLoaderPlan {
  readonly rootPageId: number;
  /** Share of the leaves that begin in the pool, as far as it has room. */
  readonly residentShare: number;
  /** Share of those that begins dirty. */
  readonly dirtyShare: number;
  /** Is told every page that is written. */
  readonly tree: LoadedTree | undefined;
}

export class TreeLoader implements PageSink {
  readonly pageBytes: number;
  readonly #pool: BufferPool;
  readonly #io: PageIo;
  readonly #allocator: PageAllocator;
  readonly #plan: TreeLoaderPlan;
  readonly #reserve: number;
  /** Grows by a share with each leaf; a whole one is a leaf that stays. */
  #quota = 0;
  /** The same of those that begin dirty. */
  #dirtyQuota = 0;

  constructor(pool: BufferPool, io: PageIo, allocator: PageAllocator, plan: TreeLoaderPlan) {
    this.pageBytes = pool.memory.pageBytes;
    this.#pool = pool;
    this.#io = io;
    this.#allocator = allocator;
    this.#plan = plan;
    this.#reserve = Math.ceil(pool.frames.count * RESERVE);
  }

  newPageId(): number {
    return this.#allocator.takeUnlogged();
  }

  write(pageId: number, page: PageMemory, isLeaf: boolean): void {
    this.#io.writeAtOnce(page, 0, pageId);
    this.#plan.tree?.add(pageId, isLeaf);
    const frame = this.#frameFor(pageId, isLeaf);
    if (frame !== NO_FRAME) this.#pool.frames.view(frame).set(page.bytes);
  }

  /** Takes over a tree whose pages lie on the drives. */
  adopt({ pageIds, isLeaf }: LoadedTree): void {
    const page = allocatePages(this.pageBytes, 1);
    for (let position = 0; position < pageIds.length; position++) {
      const pageId = pageIds[position]!;
      const isNumbered = pageId === this.#plan.rootPageId || pageId === this.newPageId();
      assert(isNumbered, "I1: pages get the numbers that they had");
      const frame = this.#frameFor(pageId, isLeaf[position]!);
      if (frame === NO_FRAME) continue;
      assert(this.#io.readAtOnce(pageId, page) === 0, "I1: the drives hold what was loaded");
      this.#pool.frames.view(frame).set(page.bytes);
    }
  }

  /** The frame that a page begins in, or `NO_FRAME`: the drives alone keep it. */
  #frameFor(pageId: number, isLeaf: boolean): number {
    const pool = this.#pool;
    const { frames } = pool;
    const { keepsPages } = this.#io;
    // A mapping has a place for every page; what is in memory is the system's business.
    if (isLeaf && pageId !== this.#plan.rootPageId && pool.file === undefined) {
      this.#quota = (this.#quota % 1) + this.#plan.residentShare;
      const hasRoom = pool.freeFrames > this.#reserve;
      if (keepsPages && (this.#quota < 1 || !hasRoom)) return NO_FRAME;
      if (!hasRoom) {
        throw badValue("poolPages", frames.count, "all must fit: nothing else keeps it");
      }
    }
    const frame = pool.tryResidentOrCreate(pageId);
    // Many inner nodes of a narrow fan-out may not fit; the drives keep them.
    if (frame === NO_FRAME && keepsPages) return NO_FRAME;
    assert(frame !== NO_FRAME, "what nothing else keeps must fit");
    frames.latches.changed(frame);
    // Nobody has used a leaf yet; inner nodes will be needed at once.
    frames.referenced[frame] = isLeaf ? 0 : 1;
    frames.dirty[frame] = keepsPages && !(isLeaf && this.#isNextDirty()) ? 0 : 1;
    return frame;
  }

  #isNextDirty(): boolean {
    this.#dirtyQuota = (this.#dirtyQuota % 1) + this.#plan.dirtyShare;
    return this.#dirtyQuota >= 1;
  }
}
