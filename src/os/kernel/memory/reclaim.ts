/**
 * Page reclaim: kswapd and direct reclaim share this code, as in the kernel.
 *
 * One batch [linux-5.x mm/vmscan.c shrink_inactive_list, shrink_page_list]:
 * 1. Isolate up to 32 frames (SWAP_CLUSTER_MAX) from the old end of the inactive list.
 * 2. Decide about each (page_check_references): one whose translation was accessed since the last
 *    scan is kept the first time, and promoted the second time. A mapping advised SEQUENTIAL does
 *    not count as accessed. Every translation is born accessed, so every mapped page is scanned
 *    twice before it goes.
 * 3. Unmap, free buffer heads, take out of the page cache.
 * 4. One TLB flush for all that were unmapped (try_to_unmap_flush), none if none was.
 * 5. Free them; put the others back. Pages that are mlocked go on no list: nobody scans them again.
 *
 * I1  A frame is freed only after step 4.
 *
 * Not modelled: throttling of reclaimers (too_many_isolated, throttle_direct_reclaim), anonymous
 * memory and swap, slab caches, page-out by reclaim (dirty pages are left to writeback).
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { MemoryCounters, SystemTask, Thread } from "../../model.ts";
import { CATCH_UP } from "../../model.ts";
import type { PageCache } from "./page-cache.ts";
import {
  ACTIVE,
  BUFFERS,
  DIRTY,
  EVICTING,
  MAPPED,
  MLOCKED,
  REFERENCED,
  WRITEBACK,
} from "./page-frames.ts";
import type { Readahead } from "./readahead.ts";

export const RECLAIM_BATCH = 32;
/** A direct reclaimer begins with 1/4096 of the list. [linux-5.x mm/vmscan.c DEF_PRIORITY] */
const DEFAULT_PRIORITY = 12;

/** What one reclaiming thread works with. */
export class Reclaimer {
  readonly #cache: PageCache;
  readonly #readahead: Readahead;
  readonly #thread: Thread;
  readonly #counters: MemoryCounters;
  readonly #isolated = new Int32Array(RECLAIM_BATCH);
  readonly #kept = new Int32Array(RECLAIM_BATCH);
  readonly #evicted = new Int32Array(RECLAIM_BATCH);

  constructor(cache: PageCache, readahead: Readahead, thread: Thread, counters: MemoryCounters) {
    this.#cache = cache;
    this.#readahead = readahead;
    this.#thread = thread;
    this.#counters = counters;
  }

  /**
   * Reclaims as a thread that needs memory: at the first priority the whole share of the list is
   * scanned even if enough was found; below that, until 32 are. [linux-5.x mm/vmscan.c
   * do_try_to_free_pages, shrink_lruvec (scan_adjusted)]
   */
  *directly(): SystemTask<number> {
    let reclaimed = 0;
    for (let priority = DEFAULT_PRIORITY; priority >= 0; priority--) {
      let left = Math.floor(this.#cache.inactive.length / (1 << priority));
      while (left > 0) {
        const batch = Math.min(left, RECLAIM_BATCH);
        left -= batch;
        const evicted = yield* this.batch(batch);
        this.#counters.releasedDirectly += evicted;
        reclaimed += evicted;
        if (priority < DEFAULT_PRIORITY && reclaimed >= RECLAIM_BATCH) break;
      }
      if (reclaimed >= RECLAIM_BATCH) break;
    }
    return reclaimed;
  }

  /** One batch of at most `limit` ≤ 32 frames; returns how many were freed. */
  *batch(limit: number): SystemTask<number> {
    const cache = this.#cache;
    const thread = this.#thread;
    const { costs } = cache;
    if (this.#activeIsTooLong()) yield* this.#shrinkActive();
    if (thread.isAhead()) yield CATCH_UP;
    const expected = Math.min(limit, cache.inactive.length);
    cache.lruLock.hold(thread.core, CAUSE.reclaim, expected * costs["kernel.lruIsolate"]);
    const isolated = cache.inactive.takeOldest(expected, this.#isolated);
    cache.warm(this.#isolated, isolated);
    let kept = 0;
    let evicted = 0;
    let unmapped = 0;
    for (let position = 0; position < isolated; position++) {
      const frame = this.#isolated[position]!;
      if (thread.isAhead()) yield CATCH_UP;
      if (this.#mustKeep(thread.core, frame)) {
        this.#kept[kept++] = frame;
        continue;
      }
      cache.frames.io[frame] = EVICTING;
      if ((cache.frames.flags[frame]! & MAPPED) !== 0) {
        if (thread.isAhead()) yield CATCH_UP;
        cache.unmap(thread.core, frame);
        unmapped += 1;
      }
      if ((cache.frames.flags[frame]! & DIRTY) !== 0) {
        // Writeback has to clean it first; meanwhile it is out of the way.
        cache.frames.flags[frame]! |= ACTIVE;
        cache.frames.io[frame] = 0;
        this.#kept[kept++] = frame;
        continue;
      }
      thread.core.charge(CAUSE.reclaim, costs["kernel.reclaimPage"]);
      if ((cache.frames.flags[frame]! & BUFFERS) !== 0) {
        if (thread.isAhead()) yield CATCH_UP;
        cache.touchBuffers(thread.core);
      }
      if (thread.isAhead()) yield CATCH_UP;
      if ((cache.frames.flags[frame]! & (DIRTY | MAPPED)) !== 0) {
        // Somebody has stored to it in the meantime.
        cache.frames.io[frame] = 0;
        this.#kept[kept++] = frame;
        continue;
      }
      cache.evict(thread.core, frame);
      cache.frames.io[frame] = 0;
      this.#evicted[evicted++] = frame;
    }
    if (unmapped > 0) yield* cache.mapper.flush(thread);
    for (let position = 0; position < evicted; position++) {
      cache.frames.release(this.#evicted[position]!);
    }
    if (kept > 0) {
      if (thread.isAhead()) yield CATCH_UP;
      cache.lruLock.hold(thread.core, CAUSE.reclaim, kept * costs["kernel.lruPutBack"]);
      for (let position = 0; position < kept; position++) cache.putBack(this.#kept[position]!);
    }
    this.#counters.scanned += isolated;
    this.#counters.released += evicted;
    return evicted;
  }

  /** Whether the page stays; may promote it to the active list. */
  #mustKeep(core: Core, frame: number): boolean {
    const cache = this.#cache;
    const { flags, io, page } = cache.frames;
    core.charge(CAUSE.reclaim, cache.costs["kernel.checkReferences"]);
    if (io[frame] !== 0 || (flags[frame]! & (WRITEBACK | MLOCKED)) !== 0) return true;
    const wasReferenced = (flags[frame]! & REFERENCED) !== 0;
    flags[frame]! &= ~REFERENCED;
    // One that read() has made active is put on that list now.
    if ((flags[frame]! & MAPPED) === 0) return (flags[frame]! & ACTIVE) !== 0;
    cache.walkReverseMap(core);
    const wasAccessed = cache.mapper.testAndClearAccessed(page[frame]!);
    if (!wasAccessed || this.#readahead.hint === "sequential") return false;
    flags[frame]! |= REFERENCED;
    if (wasReferenced) flags[frame]! |= ACTIVE;
    return true;
  }

  #activeIsTooLong(): boolean {
    const { active, inactive, inactiveRatio } = this.#cache;
    return inactive.length * inactiveRatio < active.length;
  }

  /** A batch goes from active to inactive. [linux-5.x mm/vmscan.c shrink_active_list] */
  *#shrinkActive(): SystemTask {
    const cache = this.#cache;
    const thread = this.#thread;
    if (thread.isAhead()) yield CATCH_UP;
    const count = cache.active.takeOldest(RECLAIM_BATCH, this.#isolated);
    cache.lruLock.hold(thread.core, CAUSE.reclaim, count * cache.costs["kernel.lruIsolate"]);
    for (let position = 0; position < count; position++) {
      const frame = this.#isolated[position]!;
      if ((cache.frames.flags[frame]! & MAPPED) !== 0) {
        cache.walkReverseMap(thread.core);
        cache.mapper.testAndClearAccessed(cache.frames.page[frame]!);
      }
      cache.frames.flags[frame]! &= ~ACTIVE;
    }
    if (thread.isAhead()) yield CATCH_UP;
    cache.lruLock.hold(thread.core, CAUSE.reclaim, count * cache.costs["kernel.lruPutBack"]);
    for (let position = 0; position < count; position++) cache.putBack(this.#isolated[position]!);
  }
}
