/** Threads that sleep and work in turn: how late does a thread run that should run now? */
import { exponential } from "../../base/distribution.ts";
import { RandomStream } from "../../base/random.ts";
import type { Compute, Thread, ThreadTask, Until } from "../../os/model.ts";
import { CAUSE, SLEEP } from "../../os/model.ts";
import type { Window } from "../job-statistics.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";

export interface SleepersPlan {
  /** Mean of the exponential time that a thread works, and that it sleeps. */
  readonly workPs: number;
  readonly sleepPs: number;
  readonly seed: number;
}

export class Sleepers implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  readonly outstanding = 0;
  readonly #plan: SleepersPlan;
  #isStopping = false;

  constructor(plan: SleepersPlan, window: Window) {
    this.statistics = new SchedulingStatistics(window);
    this.#plan = plan;
  }

  stop(): void {
    this.#isStopping = true;
  }

  *body(index: number, thread: Thread): ThreadTask {
    const { workPs, sleepPs, seed } = this.#plan;
    const stream = new RandomStream(seed, `sleeper ${index}`);
    const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
    const pause: Until = { kind: "until", atPs: 0, other: SLEEP };
    while (!this.#isStopping) {
      pause.atPs = Math.ceil(thread.core.cursorPs + exponential(stream, sleepPs));
      yield pause;
      const duePs = pause.atPs;
      this.statistics.began(duePs, thread.core.cursorPs);
      work.remainingPs = Math.ceil(exponential(stream, workPs));
      yield work;
      this.statistics.ended(duePs, thread.core.cursorPs, false);
    }
  }
}
