/**
 * The turn of a core's current thread: what it has run, when a timer looks at it, and whether it is
 * to give way.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { Seat } from "./dispatcher.ts";
import type { KernelThread } from "./kernel-thread.ts";
import type { Reactor } from "./reactor.ts";
import type { RunnableThreads } from "./runnable-threads.ts";
import { paySteps, type SchedulingPlan } from "./scheduling-plan.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** The core, as its run queue knows it. */
interface TurnHome {
  readonly core: Core;
  readonly plan: SchedulingPlan;
  readonly runnable: RunnableThreads;
}

export class Turn {
  /** Whether the thread has been asked for the core. */
  wantsCoreBack = false;
  /** When a timer looks at it. */
  checkPs = NEVER;
  /** Up to when its time has been accounted for. */
  #accountedPs = 0;
  readonly #home: TurnHome;
  readonly #seat: Seat | undefined;
  readonly #reactor: Reactor | undefined;
  readonly #ticked: () => void;

  /** @param ticked called when the timer has looked. */
  constructor(
    home: TurnHome,
    seat: Seat | undefined,
    reactor: Reactor | undefined,
    ticked: () => void,
  ) {
    this.#home = home;
    this.#seat = seat;
    this.#reactor = reactor;
    this.#ticked = ticked;
  }

  /** The core is switched to `thread`. */
  begin(thread: KernelThread): void {
    this.wantsCoreBack = false;
    thread.startedPs = this.#home.core.cursorPs;
    this.#accountedPs = thread.startedPs;
    this.setCheck(thread);
  }

  /** `thread`, if there is one, has run up to `nowPs`. */
  account(thread: KernelThread | undefined, nowPs: number): void {
    if (thread !== undefined && nowPs > this.#accountedPs) {
      this.#home.runnable.account(thread, nowPs - this.#accountedPs);
      this.#accountedPs = nowPs;
    }
  }

  /** Others wait: returns when the core has to see whether `current` is to give way. */
  duePs(current: KernelThread, nowPs: number): number {
    if (this.wantsCoreBack) return nowPs;
    if (this.checkPs === NEVER) this.checkPs = this.#home.runnable.nextCheckPs(current, nowPs);
    return this.checkPs;
  }

  /** Whether `current` is to give way now; asks the timer if that is due. */
  mustGiveWay(current: KernelThread): boolean {
    const { core, runnable } = this.#home;
    if (core.cursorPs >= this.checkPs) this.#check(current);
    if (!this.wantsCoreBack) return false;
    if (runnable.length > 0 || this.#seat !== undefined) return current.masks === 0;
    this.wantsCoreBack = false;
    this.setCheck(current);
    return false;
  }

  /** The timer looks at `current`. */
  #check(current: KernelThread): void {
    const { core, plan, runnable } = this.#home;
    paySteps(core, plan.timer);
    this.account(current, core.cursorPs);
    this.#reactor?.look();
    const isOver = runnable.mustGiveWay(current, core.cursorPs);
    if (isOver || this.#seat !== undefined) this.wantsCoreBack = true;
    this.#ticked();
    this.setCheck(current);
  }

  /** A timer is set only for a thread that somebody waits for. */
  setCheck(current: KernelThread): void {
    this.checkPs = NEVER;
    if (this.wantsCoreBack) return;
    const { core, runnable } = this.#home;
    const { cursorPs } = core;
    if (this.#seat !== undefined) {
      this.#seat.watch(runnable.nextCheckPs(current, cursorPs));
    } else if (runnable.length > 0 || this.#reactor?.isExpecting === true) {
      this.checkPs = runnable.nextCheckPs(current, cursorPs);
    }
  }
}
