/**
 * The flusher: a kernel thread that writes dirty pages when there are many of them, and those who
 * wait because there are too many.
 *
 * It begins when a tenth of memory is dirty (`dirty_background_ratio`), or where everybody waits if
 * that comes first, and writes, oldest first, until less is. Halfway from there to a fifth
 * (`dirty_ratio`) dirtying is free no longer: who has dirtied some pages sleeps until the flusher
 * has cleaned as many for him, so that all together dirty as fast as it cleans. Above a fifth
 * everybody sleeps until less is. [linux-5.x mm/page-writeback.c domain_dirty_limits,
 * dirty_freerun_ceiling, balance_dirty_pages; fs/fs-writeback.c wb_check_background_flush]
 *
 * Linux sleeps for the time that cleaning is estimated to take, and has dirtiers go faster than the
 * flusher near the ceiling and slower near the limit, so that it balances halfway between the two;
 * here it balances just above the ceiling.
 *
 * Not modelled: pages that are written because they have been dirty for 30 seconds; pages under
 * write-back count as clean.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { SchedulerFacet, SystemTask, Thread, ThreadTask } from "../../model.ts";
import { SLEEP } from "../../model.ts";
import type { PageCache } from "./page-cache.ts";
import type { PageWriter } from "./page-writer.ts";

/** Shares of memory, in per cent. [linux-5.x Documentation/admin-guide/sysctl/vm.rst] */
export interface DirtyLimits {
  readonly backgroundRatio: number;
  readonly dirtyRatio: number;
}

/** Pages that it takes at a time. */
const BATCH = 256;

/** A dirtier that sleeps, and how many pages have still to be cleaned for it. */
interface Waiting {
  readonly thread: Thread;
  pages: number;
}

export class Flusher {
  readonly #cache: PageCache;
  readonly #writer: PageWriter;
  readonly #writeAbove: number;
  /** Up to here nobody waits. */
  readonly #freeRunMax: number;
  readonly #dirtyMax: number;
  /** Pages that the thread on each core has dirtied above the ceiling and not waited for. */
  readonly #dirtied: Int32Array;
  /** In the order in which they came: the first gets what is cleaned first. */
  readonly #waiting: Waiting[] = [];

  /** Starts it on the core of thread number `index`. */
  constructor(
    scheduler: SchedulerFacet,
    index: number,
    coreCount: number,
    cache: PageCache,
    writer: PageWriter,
    { backgroundRatio, dirtyRatio }: DirtyLimits,
  ) {
    this.#cache = cache;
    this.#writer = writer;
    this.#dirtied = new Int32Array(coreCount);
    // A flusher that began too late would begin halfway. [linux-5.x mm/page-writeback.c
    // domain_dirty_limits] At 100 it does not begin by itself: that is asked for.
    const isTooLate = backgroundRatio >= dirtyRatio && backgroundRatio < 100;
    const background = isTooLate ? dirtyRatio / 2 : backgroundRatio;
    const backgroundMax = Math.max(1, Math.floor((cache.frames.count * background) / 100));
    this.#dirtyMax = Math.max(2, Math.floor((cache.frames.count * dirtyRatio) / 100));
    // Whoever has to wait starts it. [linux-5.x mm/page-writeback.c balance_dirty_pages]
    this.#writeAbove = Math.min(backgroundMax, this.#dirtyMax);
    // A flusher that has not begun slows nobody down.
    const ceiling = Math.floor((backgroundMax + this.#dirtyMax) / 2);
    this.#freeRunMax = Math.min(ceiling, this.#dirtyMax);
    const thread = scheduler.spawn(index, (self) => this.#body(self));
    cache.onDirty = (core) => {
      if (cache.dirtyPages.size > this.#freeRunMax) this.#dirtied[core.index]! += 1;
      else this.#dirtied[core.index] = 0;
      if (this.#mustWrite && thread.isSleeping) thread.wake(core.cursorPs);
    };
  }

  /** Whether the thread on `core`, which has stored something, has to wait (`awaitCleaning`). */
  mustWait(core: Core): boolean {
    const { size } = this.#cache.dirtyPages;
    if (size <= this.#freeRunMax) return false;
    const room = this.#dirtyMax - size;
    return room < 0 || this.#dirtied[core.index]! >= pollInterval(room);
  }

  *awaitCleaning(thread: Thread): SystemTask {
    const { index } = thread.core;
    const waiting = { thread, pages: this.#dirtied[index]! };
    this.#dirtied[index] = 0;
    while (this.#isHeld(waiting)) {
      this.#waiting.push(waiting);
      yield SLEEP;
    }
  }

  #isHeld({ pages }: Waiting): boolean {
    const { size } = this.#cache.dirtyPages;
    return size > this.#dirtyMax || (size > this.#freeRunMax && pages > 0);
  }

  get #mustWrite(): boolean {
    return this.#cache.dirtyPages.size > this.#writeAbove;
  }

  *#body(self: Thread): ThreadTask {
    while (true) {
      const { written } = this.#writer;
      if (this.#mustWrite) yield* this.#writer.write(self, this.#oldest());
      this.#release(self, this.#writer.written - written);
      if (!this.#mustWrite) yield SLEEP;
    }
  }

  /** Shares out what has been cleaned, and wakes whom nothing holds any longer. */
  #release(self: Thread, cleaned: number): void {
    for (const waiting of this.#waiting.splice(0)) {
      const share = Math.min(cleaned, waiting.pages);
      waiting.pages -= share;
      cleaned -= share;
      if (this.#isHeld(waiting)) this.#waiting.push(waiting);
      else waiting.thread.wake(self.core.cursorPs, self.core);
    }
  }

  #oldest(): number[] {
    const found: number[] = [];
    for (const page of this.#cache.dirtyPages) {
      if (found.length === BATCH) break;
      found.push(page);
    }
    return found;
  }
}

/** Pages between two looks of a dirtier. [linux-5.x mm/page-writeback.c dirty_poll_interval] */
const pollInterval = (room: number): number =>
  room > 0 ? 1 << ((31 - Math.clz32(room)) >>> 1) : 1;
