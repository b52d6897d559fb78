/**
 * The page cache of one file: its frames, its index, its LRU lists, and the locks around them.
 *
 * Interface: `find`, `insert` and `evict` change the cache at once and charge the core that calls;
 * nothing here suspends. Each takes one lock at most: a caller that has run ahead of the clock
 * catches up in between, so that locks are taken in the order of time. A frame that is being read
 * is in the cache already, locked by its I/O.
 *
 * I1  Every page is in at most one frame, and the index finds it there.
 * I2  A frame in use is on the inactive list, on the active list, with one reclaimer, gathered by
 *     the core that has just inserted it, or locked in memory and put aside.
 * I3  A frame is freed only after its translation was invalidated on every core. (`reclaim.ts`)
 *
 * Not modelled: per-CPU free lists and the zone lock behind them, shadow entries of evicted pages
 * (refault distances), memory control groups.
 */
import { assert } from "../../../base/assert.ts";
import { UsageError } from "../../../base/usage-error.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { LineTransferTimes } from "../../../hardware/cpu/shared-line.ts";
import type { SystemTask, Thread } from "../../model.ts";
import { QueuedLock } from "../queued-lock.ts";
import type { FileMemoryCosts } from "./costs.ts";
import { LruList, PAGEVEC } from "./lru-list.ts";
import {
  ACTIVE,
  DIRTY,
  MAPPED,
  MLOCKED,
  NO_FRAME,
  PageFrames,
  UPTODATE,
  WRITEBACK,
} from "./page-frames.ts";
import { PageIndex } from "./page-index.ts";
import type { Watermarks } from "./watermarks.ts";

/**
 * Cache lines under the tree's lock that another core wrote last: for a page that goes in the count
 * of pages and the statistics; for one that goes out also the page's reference count.
 */
const INSERT_LINES = 2;
const REMOVE_LINES = 3;
/**
 * Lines of the tree that no cache has when the path goes elsewhere than last time: header and slot
 * of the lowest node (64 pages) and of the one above it; a page that goes out also clears its marks
 * at the node's end. Higher nodes are few. [linux-5.x lib/xarray.c xas_descend, xas_init_marks]
 */
const PATH_INSERT_LINES = 4;
const PATH_REMOVE_LINES = 5;
const NODE_SHIFT = 6;
/** A node's share of its slab: 28 nodes of 576 bytes in four pages. Shadow entries keep it. */
const NODE_FRAMES = 4 / 28;

/** The process that maps the file, as the page cache sees it. */
export interface Mapper {
  /** Enters a translation that counts as accessed, as x86 does for every new one. */
  map(page: number, frame: number, isWritable: boolean): void;
  /** Clears the translation in the page table only. */
  unmap(page: number): void;
  /** Tables of the page table: a frame each, that holds no page of the file. */
  tableCount(): number;
  /** The page's entry in the page table, 0 if there is none. */
  entryOf(page: number): number;
  /** Reads and clears the accessed bit; TLBs keep what they have. */
  testAndClearAccessed(page: number): boolean;
  /** Forbids stores until the next fault. */
  protect(page: number): void;
  /** Drops one page's translation on every core that runs the process, without suspending. */
  flushInStep(core: Core, page: number): void;
  /** Invalidates what was unmapped on every core that runs the process. */
  flush(thread: Thread): SystemTask;
}

export interface PageCacheShape {
  readonly frameCount: number;
  readonly watermarks: Watermarks;
  /** The inactive list may be this many times shorter than the active one. */
  readonly inactiveRatio: number;
  readonly lineTransfer: LineTransferTimes;
  readonly coreCount: number;
  /** Pages of the file. */
  readonly pages: number;
  /** What finding and adding pages is charged to: faults, or calls of read(). */
  readonly cause: number;
}

export class PageCache {
  readonly frames: PageFrames;
  readonly index: PageIndex;
  readonly inactive: LruList;
  readonly active: LruList;
  readonly watermarks: Watermarks;
  readonly inactiveRatio: number;
  readonly costs: FileMemoryCosts;
  readonly mapper: Mapper;
  /** Lock of the file's page-cache tree. */
  readonly treeLock: QueuedLock;
  /** Lock of the node's LRU lists. */
  readonly lruLock: QueuedLock;
  /** Read-write semaphore of the file's mappings; reverse-map walks take it for reading. */
  readonly reverseMapLock: QueuedLock;
  /** Lock of the file's buffer heads. */
  readonly bufferLock: QueuedLock;
  /** Called when free memory falls below `low`. */
  onLow: (atPs: number) => void = () => undefined;
  /** Called when the thread on `core` has made a page dirty. */
  onDirty: (core: Core) => void = () => undefined;
  /** Pages that are newer than the drives, the one that became so first at the front. */
  readonly dirtyPages = new Set<number>();

  /** What `warm` came to: without it the compiler would leave the loads out. */
  warmed = 0;

  readonly #cause: number;
  /** New frames that each core has not put onto the LRU list yet, and how many. */
  readonly #gathered: Int32Array;
  readonly #gatheredCount: Int32Array;
  /** Whether each node of the tree exists, and how many do. */
  readonly #hasNode: Uint8Array;
  #nodeCount = 0;
  /** Node of the tree that each core was at last. */
  readonly #nodeOf: Int32Array;

  constructor(shape: PageCacheShape, costs: FileMemoryCosts, mapper: Mapper) {
    const { watermarks, frameCount } = shape;
    if (watermarks.high >= frameCount) {
      throw new UsageError(
        `ramBytes: ${frameCount} pages of memory are fewer than the ${watermarks.high} that this ` +
          "machine's kernel keeps free; give more, or a smaller machine_memory_gib",
      );
    }
    this.frames = new PageFrames(frameCount);
    this.index = new PageIndex(shape.pages, this.frames.page);
    this.inactive = new LruList(this.frames);
    this.active = new LruList(this.frames);
    this.watermarks = watermarks;
    this.#cause = shape.cause;
    this.inactiveRatio = shape.inactiveRatio;
    this.#gathered = new Int32Array(shape.coreCount * PAGEVEC);
    this.#gatheredCount = new Int32Array(shape.coreCount);
    this.#hasNode = new Uint8Array((shape.pages >>> NODE_SHIFT) + 1);
    this.#nodeOf = new Int32Array(shape.coreCount).fill(-1);
    this.costs = costs;
    this.mapper = mapper;
    this.treeLock = new QueuedLock(shape.lineTransfer);
    this.lruLock = new QueuedLock(shape.lineTransfer);
    this.reverseMapLock = new QueuedLock(shape.lineTransfer);
    this.bufferLock = new QueuedLock(shape.lineTransfer);
  }

  /** Free frames, less what the page table and the tree of the file take of memory. */
  get freeFrames(): number {
    const kernelFrames = this.mapper.tableCount() + Math.ceil(this.#nodeCount * NODE_FRAMES);
    return this.frames.freeCount - kernelFrames;
  }

  /** The frame that holds `page`, or `NO_FRAME`. */
  find(core: Core, page: number): number {
    core.charge(this.#cause, this.costs["kernel.cacheLookup"]);
    return this.index.find(page);
  }

  /** What looking again takes, after a wait for the page or for whoever is evicting it. */
  chargeRetry(core: Core): void {
    core.charge(this.#cause, this.costs["kernel.faultRetry"]);
  }

  /**
   * Takes a free frame for `page` and puts it into the cache, not up to date yet. Returns
   * `NO_FRAME` when that would take free memory below `min`: reclaim first.
   */
  insert(core: Core, page: number): number {
    const { freeFrames } = this;
    if (freeFrames <= this.watermarks.low) this.onLow(core.cursorPs);
    if (freeFrames <= this.watermarks.min) return NO_FRAME;
    return this.#insert(core, page);
  }

  /** As `insert`, from the reserve below `min`: for whoever cannot wait. */
  insertFromReserve(core: Core, page: number): number {
    if (this.freeFrames <= this.watermarks.low) this.onLow(core.cursorPs);
    if (this.frames.freeCount === 0) this.#evictInStep(core);
    return this.#insert(core, page);
  }

  /** The reserve is used up: the oldest page that can go does, whoever has used it. */
  #evictInStep(core: Core): void {
    const { flags, io, page } = this.frames;
    const busy = DIRTY | WRITEBACK | MLOCKED;
    for (const list of [this.inactive, this.active]) {
      const frame = list.find((one) => (flags[one]! & busy) === 0 && io[one] === 0);
      if (frame === NO_FRAME) continue;
      list.remove(frame);
      if ((flags[frame]! & MAPPED) !== 0) {
        this.unmap(core, frame);
        this.mapper.flushInStep(core, page[frame]!);
      }
      this.evict(core, frame);
      this.frames.release(frame);
      return;
    }
    throw new UsageError("ramBytes: all memory is dirty and cannot be reclaimed; give more");
  }

  #insert(core: Core, page: number): number {
    const { frames, costs } = this;
    core.charge(this.#cause, costs["kernel.allocateFilePage"]);
    const frame = frames.take(page);
    assert(frame !== NO_FRAME, "I2: a frame is left in the reserve");
    const lines = INSERT_LINES + (this.#goesElsewhere(core, page) ? PATH_INSERT_LINES : 0);
    this.treeLock.hold(core, this.#cause, costs["kernel.cacheInsert"], lines);
    this.index.add(frame);
    if (this.hasGathered(core)) this.addGathered(core);
    const gathered = this.#gatheredCount[core.index]!;
    this.#gathered[core.index * PAGEVEC + gathered] = frame;
    this.#gatheredCount[core.index] = gathered + 1;
    return frame;
  }

  /** A page that was read and mapped before the run began. */
  prefill(page: number): void {
    const frame = this.frames.take(page);
    assert(frame !== NO_FRAME, "I2: memory is prefilled while it is free");
    this.#nodeCount += 1 - this.#hasNode[page >>> NODE_SHIFT]!;
    this.#hasNode[page >>> NODE_SHIFT] = 1;
    this.index.add(frame);
    this.frames.flags[frame] = UPTODATE | MAPPED;
    this.mapper.map(page, frame, false);
    this.inactive.add(frame);
  }

  /** Whether `core` has gathered as many new frames as go onto the LRU list together. */
  hasGathered(core: Core): boolean {
    return this.#gatheredCount[core.index] === PAGEVEC;
  }

  /** Puts the new frames that `core` has gathered onto the LRU list; before it gathers more. */
  addGathered(core: Core): void {
    const count = this.#gatheredCount[core.index]!;
    this.lruLock.hold(core, this.#cause, count * this.costs["kernel.lruAdd"]);
    const from = core.index * PAGEVEC;
    for (let place = 0; place < count; place++) this.inactive.add(this.#gathered[from + place]!);
    this.#gatheredCount[core.index] = 0;
  }

  /** The LRU lock is held for `count` frames that `core` has made active. */
  activateGathered(core: Core, count: number): void {
    this.lruLock.hold(core, this.#cause, count * this.costs["kernel.lruAdd"]);
  }

  /** Maps the frame's page into the process. */
  map(core: Core, frame: number, isWritable = false): void {
    core.charge(CAUSE.pageTable, this.costs["kernel.mapFilePage"]);
    this.frames.flags[frame]! |= MAPPED;
    this.mapper.map(this.frames.page[frame]!, frame, isWritable);
  }

  /** Takes the frame's translation away; whoever calls flushes before the frame is reused. */
  unmap(core: Core, frame: number): void {
    this.walkReverseMap(core);
    this.mapper.unmap(this.frames.page[frame]!);
    this.frames.flags[frame]! &= ~MAPPED;
  }

  /** Takes a clean, unmapped, isolated frame out of the file; it is not free yet. */
  evict(core: Core, frame: number): void {
    const { costs } = this;
    const flags = this.frames.flags[frame]!;
    assert((flags & (MAPPED | DIRTY)) === 0, "only a clean page that nobody maps is evicted");
    const isElsewhere = this.#goesElsewhere(core, this.frames.page[frame]!);
    const lines = REMOVE_LINES + (isElsewhere ? PATH_REMOVE_LINES : 0);
    this.treeLock.hold(core, CAUSE.reclaim, costs["kernel.cacheRemove"], lines);
    const wasThere = this.index.remove(frame);
    assert(wasThere, "I1: an evicted page was in the cache");
  }

  /**
   * Lets the host fetch what it keeps of these frames' pages, all at the same time: one after the
   * other, as reclaim comes to them, they take a tenth of a large run. Changes nothing.
   */
  warm(frames: Int32Array, count: number): void {
    let sum = 0;
    for (let position = 0; position < count; position++) {
      const page = this.frames.page[frames[position]!]!;
      sum += this.index.find(page) + this.mapper.entryOf(page);
    }
    this.warmed = sum;
  }

  /** Whether `page` hangs under another node of the tree than the last one that `core` was at. */
  #goesElsewhere(core: Core, page: number): boolean {
    const node = page >>> NODE_SHIFT;
    const isElsewhere = this.#nodeOf[core.index] !== node;
    this.#nodeOf[core.index] = node;
    this.#nodeCount += 1 - this.#hasNode[node]!;
    this.#hasNode[node] = 1;
    return isElsewhere;
  }

  /** Finding a page's translation: the semaphore is taken and released, and a walk. */
  walkReverseMap(core: Core): void {
    this.reverseMapLock.update(core, 2);
    core.charge(CAUSE.reclaim, this.costs["kernel.reverseMapWalk"]);
  }

  /** Attaches or frees a page's buffer heads. */
  touchBuffers(core: Core): void {
    this.bufferLock.hold(core, CAUSE.blockLayer, this.costs["kernel.bufferHead"]);
  }

  markDirty(frame: number): void {
    this.frames.flags[frame]! |= DIRTY;
    this.dirtyPages.add(this.frames.page[frame]!);
  }

  markClean(frame: number): void {
    this.frames.flags[frame]! &= ~DIRTY;
    this.dirtyPages.delete(this.frames.page[frame]!);
  }

  /** Puts an isolated frame back on the list that its flags name; on none if it is mlocked. */
  putBack(frame: number): void {
    const { flags } = this.frames;
    if ((flags[frame]! & MLOCKED) !== 0) return;
    const list = (flags[frame]! & ACTIVE) !== 0 ? this.active : this.inactive;
    list.add(frame);
  }
}
