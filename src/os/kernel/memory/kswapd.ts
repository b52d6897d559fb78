/**
 * kswapd: the kernel thread that reclaims in the background. Linux runs one per memory node.
 *
 * It sleeps until an allocation finds less than `low` free frames, then reclaims batch by batch
 * until `high` are free. [linux-5.x mm/vmscan.c balance_pgdat, kswapd]
 *
 * Not modelled: its priorities (it takes 32 at a time until it is done), compaction.
 */
import type { MemoryCounters, SchedulerFacet, Thread, ThreadTask } from "../../model.ts";
import { CATCH_UP, SLEEP } from "../../model.ts";
import type { PageCache } from "./page-cache.ts";
import type { Readahead } from "./readahead.ts";
import { RECLAIM_BATCH, Reclaimer } from "./reclaim.ts";

/**
 * Starts `count` of them behind the workload's own threads.
 * @param firstIndex number of the first one among all threads.
 */
export function startKswapds(
  scheduler: SchedulerFacet,
  firstIndex: number,
  count: number,
  cache: PageCache,
  readahead: Readahead,
  counters: MemoryCounters,
): void {
  const threads = Array.from({ length: count }, (_, index) =>
    scheduler.spawn(firstIndex + index, (thread) => {
      return body(thread, cache, new Reclaimer(cache, readahead, thread, counters), counters);
    }),
  );
  cache.onLow = (atPs) => {
    for (const thread of threads) {
      if (thread.isSleeping) thread.wake(atPs);
    }
  };
}

function* body(
  thread: Thread,
  cache: PageCache,
  reclaimer: Reclaimer,
  counters: MemoryCounters,
): ThreadTask {
  while (true) {
    if (cache.freeFrames >= cache.watermarks.high) yield SLEEP;
    else {
      const beganPs = thread.core.cursorPs;
      yield* reclaimer.batch(RECLAIM_BATCH);
      counters.backgroundPs += thread.core.cursorPs - beganPs;
      if (thread.isAhead()) yield CATCH_UP;
    }
  }
}
