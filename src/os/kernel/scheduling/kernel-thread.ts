/**
 * A thread as its run queue sees it.
 *
 * It may be a kernel thread, a unikernel's light thread or a task in user space: what differs is
 * the plan of the scheduler that runs it.
 *
 * I1  A thread is in exactly one state: current, runnable or sleeping, until its task has ended.
 * I2  A wake-up is never lost: one that finds its thread awake ends its poll, if the plan has it
 *     poll for wake-ups, or lets the next sleep return at once.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import type { Compute, Sleep, Thread, ThreadAttributes, ThreadTask } from "../../model.ts";
import { weightOfNice } from "./nice-weights.ts";

/** The run queue of the core that a thread runs on, or ran on last. */
export interface ThreadHome {
  readonly core: Core;
  readonly simulation: Simulation;
  readonly lookaheadPs: number;
  /** Whether the core's thread is to give way to another one. */
  readonly wantsCoreBack: boolean;
  /** Threads whose home this is and that have not ended. */
  residents: number;
  makeRunnable(thread: KernelThread, atPs: number, from: Core | undefined): void;
  /** `thread` is woken though it does not sleep; returns whether its core polls and will see it. */
  seesWake(thread: KernelThread, atPs: number, from: Core | undefined): boolean;
  /** The timer of `thread`, which sleeps, ends now. */
  timerEnds(thread: KernelThread): void;
  /** Charges the current thread for telling another one. */
  payForUnpark(isSleeping: boolean): void;
}

export class KernelThread implements Thread {
  core: Core;
  home: ThreadHome;
  readonly weight: number;
  /** Goes before others in a light scheduler. */
  readonly isUrgent: boolean;
  readonly isMigratable: boolean;
  state: "current" | "runnable" | "sleeping" | "ended";
  wakePermit = false;
  /** Nothing that it was woken for, or is known to sleep for, can be seen before this moment. */
  readyPs = 0;
  /** Whose software wakes it from a sleep whose end is known. */
  wokenBy: Core | undefined;
  switches = 0;
  task: ThreadTask | undefined;
  /** Long work that it is in the middle of. */
  work: Compute | undefined;
  /** Calls of `maskPreemption` that are open. */
  masks = 0;
  /** Its core's cursor when it was last switched to. */
  startedPs = 0;
  /** Its core's cursor when it last gave way. */
  leftPs = Number.NEGATIVE_INFINITY;
  /** Weighted time that it has run; a fair scheduler runs the thread that has least of it. */
  virtualPs = 0;
  /** When its timer wakes it, while it sleeps with one. */
  timerPs = Number.NaN;
  /** What it sleeps in with that timer. */
  timedWait: Sleep | undefined;
  #timer: number | undefined;

  constructor(home: ThreadHome, attributes: ThreadAttributes) {
    this.home = home;
    home.residents += 1;
    this.core = home.core;
    const nice = attributes.nice ?? 0;
    this.weight = weightOfNice(nice);
    this.isUrgent = nice < 0;
    this.isMigratable = attributes.isMigratable ?? false;
    this.state = attributes.beginsAsleep === true ? "sleeping" : "runnable";
  }

  get isSleeping(): boolean {
    return this.state === "sleeping";
  }

  isAhead(): boolean {
    const { home } = this;
    return (
      this.core.cursorPs > home.simulation.nowPs + home.lookaheadPs ||
      (home.wantsCoreBack && this.masks === 0)
    );
  }

  wake(atPs: number, from?: Core): void {
    if (this.state === "sleeping") this.home.makeRunnable(this, atPs, from);
    else if (!this.home.seesWake(this, atPs, from)) this.wakePermit = true;
  }

  unpark(other: Thread): void {
    this.home.payForUnpark(other.isSleeping);
    other.wake(this.core.cursorPs, this.core);
  }

  maskPreemption(): void {
    this.masks += 1;
  }

  unmaskPreemption(): void {
    this.masks -= 1;
  }

  /** Tells the home at `atPs` if the thread still sleeps in `wait` then. */
  setTimer(atPs: number, wait: Sleep | undefined): void {
    const { simulation } = this.home;
    this.#timer ??= simulation.register({ handle: () => this.#timerEnds() });
    this.timerPs = atPs;
    this.timedWait = wait;
    simulation.schedule(atPs, this.#timer, 0);
  }

  #timerEnds(): void {
    const { nowPs } = this.home.simulation;
    if (this.state === "sleeping" && this.timerPs === nowPs) {
      this.home.timerEnds(this);
    }
  }
}
