/**
 * The flusher: a kernel thread that writes dirty pages when there are many of them, and those who
 * wait because there are too many.
 *
 * It begins when a tenth of memory is dirty (`dirty_background_ratio`) and writes, oldest first,
 * until less is. At a fifth (`dirty_ratio`) whoever dirties another page sleeps until less is.
 * [linux-5.x mm/page-writeback.c domain_dirty_limits, balance_dirty_pages; fs/fs-writeback.c
 * wb_check_background_flush]
 *
 * Not modelled: pages that are written because they have been dirty for 30 seconds; the gradual
 * slowing down between the two limits.
 */
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

export class Flusher {
  readonly #cache: PageCache;
  readonly #writer: PageWriter;
  readonly #backgroundMax: number;
  readonly #dirtyMax: number;
  readonly #waiting: Thread[] = [];

  /** Starts it on the core of thread number `index`. */
  constructor(
    scheduler: SchedulerFacet,
    index: number,
    cache: PageCache,
    writer: PageWriter,
    { backgroundRatio, dirtyRatio }: DirtyLimits,
  ) {
    this.#cache = cache;
    this.#writer = writer;
    this.#backgroundMax = Math.max(1, Math.floor((cache.frames.count * backgroundRatio) / 100));
    this.#dirtyMax = Math.max(2, Math.floor((cache.frames.count * dirtyRatio) / 100));
    const thread = scheduler.spawn(index, (self) => this.#body(self));
    cache.onDirty = (atPs) => {
      if (this.#mustWrite && thread.isSleeping) thread.wake(atPs);
    };
  }

  /** Whether so much is dirty that whoever makes more of it has to wait. */
  get isOverLimit(): boolean {
    return this.#cache.dirtyPages.size > this.#dirtyMax;
  }

  *awaitLess(thread: Thread): SystemTask {
    while (this.isOverLimit) {
      this.#waiting.push(thread);
      yield SLEEP;
    }
  }

  get #mustWrite(): boolean {
    return this.#cache.dirtyPages.size > this.#backgroundMax;
  }

  *#body(self: Thread): ThreadTask {
    while (true) {
      if (this.#mustWrite) yield* this.#writer.write(self, this.#oldest());
      for (const thread of this.#waiting.splice(0)) thread.wake(self.core.cursorPs, self.core);
      if (!this.#mustWrite) yield SLEEP;
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
