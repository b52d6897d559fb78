/** Threads that each do one lookup after the other: some work, then one read that it waits for. */
import { RandomStream } from "../../base/random.ts";
import {
  CATCH_UP,
  CAUSE,
  READ,
  type StorageFacet,
  type Thread,
  type ThreadTask,
} from "../../os/model.ts";
import type { Window } from "../job-statistics.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";

export interface LookupPlan {
  /** The database's own work per lookup. */
  readonly workPs: number;
  readonly pageBytes: number;
  readonly driveCount: number;
  readonly driveBytes: number;
  readonly seed: number;
}

export class LookupsByThread implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  outstanding = 0;
  readonly #plan: LookupPlan;
  readonly #storage: StorageFacet;
  #isStopping = false;

  constructor(plan: LookupPlan, storage: StorageFacet, window: Window) {
    this.statistics = new SchedulingStatistics(window);
    this.#plan = plan;
    this.#storage = storage;
  }

  stop(): void {
    this.#isStopping = true;
  }

  *body(index: number, thread: Thread): ThreadTask {
    const { workPs, pageBytes, driveCount, driveBytes, seed } = this.#plan;
    const stream = new RandomStream(seed, `lookups ${index}`);
    const channel = this.#storage.openChannel(thread, 1);
    const pages = Math.floor(driveBytes / pageBytes);
    while (!this.#isStopping) {
      const beganPs = thread.core.cursorPs;
      this.outstanding += 1;
      thread.core.charge(CAUSE.database, workPs);
      const drive = stream.below(driveCount);
      channel.prepare(READ, drive, stream.below(pages) * pageBytes, pageBytes, 0);
      channel.submit();
      if (thread.isAhead()) yield CATCH_UP;
      while (channel.reap(1) === 0) yield channel.completionWait;
      this.outstanding -= 1;
      this.statistics.ended(beganPs, thread.core.cursorPs, false);
      if (thread.isAhead()) yield CATCH_UP;
    }
  }
}
