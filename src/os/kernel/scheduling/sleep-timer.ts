/**
 * Sleeping up to a moment: the timers of one core's sleeping threads.
 *
 * A thread of the kernel's sets a timer of its core, by a call of its own (clock_nanosleep) or as
 * the time limit of the call in which it waits anyhow, and gives up the core. The timer's interrupt
 * makes it runnable, on the core where it was set, whatever runs there.
 * [linux-5.x kernel/time/hrtimer.c hrtimer_nanosleep, do_nanosleep, hrtimer_interrupt,
 * hrtimer_wakeup; fs/aio.c read_events; io_uring/io_uring.c io_cqring_wait]
 *
 * A task has a place in its worker's list instead, which the worker compares with the clock as it
 * goes round; only a worker that sleeps itself has a timer of the kernel's set, in the call in
 * which it waits.
 *
 * Not modelled: one interrupt for all timers that are due, and the slack of 50 µs by which Linux
 * lets a sleep end late for that.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { Sleep } from "../../model.ts";
import type { KernelThread } from "./kernel-thread.ts";
import { paySteps, type SchedulingPlan, type SleepTimer, type Step } from "./scheduling-plan.ts";

/** A core's timer, which interrupts it: in a guest both setting it and its interrupt leave it. */
export function coreTimer(
  { guest }: HostMachine,
  steps: { readonly call: readonly Step[]; readonly setPs: number; readonly entryPs: number },
  wakeUp: readonly Step[],
): SleepTimer {
  const exit = (ps: number): Step[] => (guest ? [{ cause: CAUSE.hypervisor, ps }] : []);
  return {
    call: steps.call,
    set: [{ cause: CAUSE.scheduler, ps: steps.setPs }, ...exit(guest?.timerPs ?? 0)],
    arrive: exit(guest?.interruptPs ?? 0),
    end: [
      { cause: CAUSE.interrupt, ps: steps.entryPs },
      ...exit(guest?.interruptEndPs ?? 0),
      ...wakeUp,
    ],
  };
}

/**
 * What the timer that ends a turn, or ticks, takes in a guest besides its handler: setting it, its
 * interrupt and the end of that leave the guest. [linux-5.x arch/x86/kvm/lapic.c
 * kvm_set_lapic_tscdeadline_msr, apic_timer_expired, kvm_lapic_set_eoi]
 */
export function turnTimerExits({ guest }: HostMachine): Step[] {
  if (guest === undefined) return [];
  const { timerPs, interruptPs, interruptEndPs } = guest;
  return [{ cause: CAUSE.hypervisor, ps: timerPs + interruptPs + interruptEndPs }];
}

/** The core whose threads sleep, as its run queue knows it. */
interface SleepersHome {
  readonly core: Core;
  readonly plan: SchedulingPlan;
  readonly isWorkerAsleep: boolean;
}

export class SleepTimers {
  readonly #home: SleepersHome;
  /** Timers that are set. */
  #pending = 0;

  constructor(home: SleepersHome) {
    this.#home = home;
  }

  /** The current thread is about to sleep in `wait` up to a moment. */
  payFor(wait: Sleep): void {
    const { core, plan } = this.#home;
    const { call, set } = plan.sleepTimer;
    if (wait.isInCall?.() !== true) paySteps(core, call);
    paySteps(core, set);
  }

  /** `thread` sleeps in `wait`, and no longer than up to `atPs`. */
  set(thread: KernelThread, atPs: number, wait: Sleep | undefined): void {
    this.#pending += 1;
    thread.setTimer(atPs, wait);
  }

  /** `thread` sleeps no longer. */
  clear(thread: KernelThread): void {
    if (Number.isNaN(thread.timerPs)) return;
    this.#pending -= 1;
    thread.timerPs = Number.NaN;
  }

  /** Whether a worker that has no task to run sets a timer for those that sleep. */
  get wakesWorker(): boolean {
    return this.#pending > 0 && this.#home.plan.workerSwitchPs > 0;
  }

  /** The worker is about to sleep; `wait`: in its channel. */
  payForWorker(wait: Sleep | undefined): void {
    const { core, plan } = this.#home;
    const { call, set } = plan.workerTimer;
    if (wait?.isInCall?.() !== true) paySteps(core, call);
    paySteps(core, set);
  }

  /**
   * The timer of `thread`, or of the worker that sleeps until `thread` is due, ends at `nowPs`.
   * @param workerWait what that worker waits in.
   */
  end(thread: KernelThread, nowPs: number, workerWait: Sleep | undefined): void {
    const { core, plan, isWorkerAsleep } = this.#home;
    if (core.waitsUntilPs > 0) core.interruptAt(nowPs);
    let atPs = nowPs;
    let isOutside = false;
    if (!core.isOccupied && core.cursorPs < nowPs) {
      isOutside = core.leaveIdle(nowPs, plan.idleCause);
      atPs = core.cursorPs;
    }
    const timers = isWorkerAsleep ? [plan.workerTimer, plan.sleepTimer] : [plan.sleepTimer];
    for (const { arrive, end } of timers) {
      if (!isOutside) atPs += paySteps(core, arrive);
      atPs += paySteps(core, end);
    }
    if (isWorkerAsleep) workerWait?.timedOut?.();
    thread.timedWait?.timedOut?.();
    thread.wake(atPs, core);
  }
}
