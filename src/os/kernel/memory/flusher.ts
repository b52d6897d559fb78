/**
 * The flusher: a kernel thread that writes dirty pages when there are many of them.
 *
 * It begins when a tenth of memory is dirty (`dirty_background_ratio`) and writes, oldest first,
 * until less is. [linux-5.x mm/page-writeback.c domain_dirty_limits; fs/fs-writeback.c
 * wb_check_background_flush]
 *
 * Not modelled: pages that are written because they have been dirty for 30 seconds.
 */
import type { SchedulerFacet, Thread, ThreadTask } from "../../model.ts";
import { SLEEP } from "../../model.ts";
import type { PageCache } from "./page-cache.ts";
import type { PageWriter } from "./page-writer.ts";

/** `dirty_background_ratio`. [linux-5.x Documentation/admin-guide/sysctl/vm.rst] */
const BACKGROUND_SHARE = 0.1;
/** Pages that it takes at a time. */
const BATCH = 256;

/** Starts it on the core of thread number `index`. */
export function startFlusher(
  scheduler: SchedulerFacet,
  index: number,
  cache: PageCache,
  writer: PageWriter,
): Thread {
  const limit = Math.max(1, Math.floor(cache.frames.count * BACKGROUND_SHARE));
  const thread = scheduler.spawn(index, function* (self: Thread): ThreadTask {
    while (true) {
      if (cache.dirtyPages.size <= limit) yield SLEEP;
      else yield* writer.write(self, oldest(cache.dirtyPages, BATCH));
    }
  });
  cache.onDirty = (atPs) => {
    if (cache.dirtyPages.size > limit && thread.isSleeping) thread.wake(atPs);
  };
  return thread;
}

function oldest(pages: Iterable<number>, count: number): number[] {
  const found: number[] = [];
  for (const page of pages) {
    if (found.length === count) break;
    found.push(page);
  }
  return found;
}
