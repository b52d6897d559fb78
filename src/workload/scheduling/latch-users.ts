/**
 * Threads that spin for a latch: what happens when its holder loses the core.
 *
 * A thread works, takes the latch, works inside and releases it. Whoever finds it taken spins, as
 * database latches do. A holder that is preempted makes every spinner burn its time; one that masks
 * preemption inside is never preempted there.
 *
 * I1  The latch has at most one holder.
 */
import { assert } from "../../base/assert.ts";
import { exponential } from "../../base/distribution.ts";
import { RandomStream } from "../../base/random.ts";
import { SpinWait } from "../../engine/spin-wait.ts";
import type { Compute, Poll, Thread, ThreadTask } from "../../os/model.ts";
import { CAUSE } from "../../os/model.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Window } from "../job-statistics.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";

export interface LatchPlan {
  readonly threads: number;
  /** Mean work outside the latch, and work inside. */
  readonly outsidePs: number;
  readonly insidePs: number;
  /** Preemption is masked inside. */
  readonly isMasked: boolean;
  /** One look at a latch that is taken. */
  readonly lookPs: number;
  readonly seed: number;
}

/** A latch that is spun for. */
class SpinLatch {
  readonly #simulation: Simulation;
  readonly #lookPs: number;
  readonly #spinning = new SpinWait();
  #holder: Thread | undefined;

  constructor(simulation: Simulation, lookPs: number) {
    this.#simulation = simulation;
    this.#lookPs = lookPs;
  }

  tryTake(thread: Thread): boolean {
    if (this.#holder !== undefined) return false;
    this.#holder = thread;
    return true;
  }

  release(thread: Thread): void {
    assert(this.#holder === thread, "I1: only its holder releases a latch");
    this.#holder = undefined;
    const atPs = Math.max(this.#simulation.nowPs, thread.core.cursorPs);
    this.#spinning.ended(atPs);
  }

  /** Spins until the latch is released. */
  spin(): Poll {
    return this.#spinning.wait(this.#lookPs, () => this.#holder === undefined);
  }
}

export class LatchUsers implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  readonly outstanding = 0;
  readonly #plan: LatchPlan;
  readonly #latch: SpinLatch;
  #isStopping = false;

  constructor(plan: LatchPlan, simulation: Simulation, window: Window) {
    this.statistics = new SchedulingStatistics(window);
    this.#plan = plan;
    this.#latch = new SpinLatch(simulation, plan.lookPs);
  }

  stop(): void {
    this.#isStopping = true;
  }

  *body(index: number, thread: Thread): ThreadTask {
    const { outsidePs, insidePs, isMasked, seed } = this.#plan;
    const stream = new RandomStream(seed, `latch user ${index}`);
    const latch = this.#latch;
    const wait = latch.spin();
    const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
    const inside: Compute = { kind: "compute", cause: CAUSE.database, remainingPs: 0 };
    while (!this.#isStopping) {
      work.remainingPs = Math.ceil(exponential(stream, outsidePs));
      yield work;
      const wantedPs = thread.core.cursorPs;
      if (isMasked) thread.maskPreemption();
      while (!latch.tryTake(thread)) {
        if (isMasked) thread.unmaskPreemption();
        yield wait;
        if (isMasked) thread.maskPreemption();
      }
      this.statistics.began(wantedPs, thread.core.cursorPs);
      inside.remainingPs = insidePs;
      yield inside;
      latch.release(thread);
      if (isMasked) thread.unmaskPreemption();
      this.statistics.ended(wantedPs, thread.core.cursorPs, false);
    }
  }
}
