/**
 * Threads and the run queue of each core.
 *
 * A core runs one thread at a time. A thread that sleeps gives way to the next runnable one; one
 * that runs or polls gives way when its slice has ended and another waits. A woken thread joins the
 * tail. Timers wake threads that wait until a moment; their interrupts cost nothing.
 *
 * I1  At most one thread of a core is current.
 * I2  A thread is in exactly one state: current, runnable or sleeping, until its task has ended.
 * I3  A wake-up is never lost: one that finds its thread awake lets the next sleep return at once.
 *
 * Not modelled yet: priorities, wake-up preemption, balancing between cores, the timer tick.
 */
import { assert } from "../../base/assert.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Poll, SchedulerFacet, Thread, ThreadTask, Until, Wait } from "../model.ts";

/** What a scheduler's steps take, in picoseconds. */
export interface SwitchCosts {
  readonly contextSwitchPs: number;
  /** How long a thread runs before another runnable one gets the core. */
  readonly slicePs: number;
  /** Leaving the core's idle state. */
  readonly idleExitPs: number;
}

/** Reasons for which a run queue is called. */
const RESUME = 0;
const COMPLETION_VISIBLE = 1;

class KernelThread implements Thread {
  readonly core: Core;
  readonly queue: RunQueue;
  state: "current" | "runnable" | "sleeping" | "ended" = "runnable";
  wakePermit = false;
  /** Nothing that it was woken for can be seen before this moment. */
  readyPs = 0;
  switches = 0;
  task: ThreadTask | undefined;
  /** When its timer wakes it, while it sleeps with one. */
  timerPs = Number.NaN;
  #timer: number | undefined;

  constructor(queue: RunQueue) {
    this.queue = queue;
    this.core = queue.core;
  }

  get isSleeping(): boolean {
    return this.state === "sleeping";
  }

  isAhead(): boolean {
    return this.core.cursorPs > this.queue.simulation.nowPs + this.queue.lookaheadPs;
  }

  /** Wakes the thread at `atPs` if it still sleeps then. */
  setTimer(atPs: number): void {
    const { simulation } = this.queue;
    this.#timer ??= simulation.register({ handle: () => this.#timerEnds() });
    this.timerPs = atPs;
    simulation.schedule(atPs, this.#timer, 0);
  }

  #timerEnds(): void {
    const { nowPs } = this.queue.simulation;
    if (this.state === "sleeping" && this.timerPs === nowPs) this.queue.makeRunnable(this, nowPs);
  }

  wake(atPs: number): void {
    this.readyPs = Math.max(this.readyPs, atPs);
    if (this.state === "sleeping") this.queue.makeRunnable(this, atPs);
    else this.wakePermit = true;
  }
}

/** One core and the threads that share it. */
class RunQueue {
  readonly core: Core;
  readonly simulation: Simulation;
  readonly lookaheadPs: number;
  readonly #costs: SwitchCosts;
  readonly #runnable: KernelThread[] = [];
  readonly #handler: number;
  #current: KernelThread | undefined;
  #polling: Poll | undefined;
  #sliceEndPs = 0;
  /** The one moment at which `RESUME` is expected; an earlier one replaces a later one. */
  #dueAtPs = Number.POSITIVE_INFINITY;

  constructor(simulation: Simulation, core: Core, costs: SwitchCosts, lookaheadPs: number) {
    this.simulation = simulation;
    this.core = core;
    this.lookaheadPs = lookaheadPs;
    this.#costs = costs;
    this.#handler = simulation.register({ handle: (reason) => this.#handle(reason) });
  }

  start(thread: KernelThread): void {
    this.#runnable.push(thread);
    this.#resumeAt(this.simulation.nowPs);
  }

  makeRunnable(thread: KernelThread, atPs: number): void {
    thread.state = "runnable";
    this.#runnable.push(thread);
    if (this.#current === undefined) {
      // A core that an interrupt has just roused has left its idle state already.
      const isIdle = this.core.cursorPs < this.simulation.nowPs;
      this.#resumeAt(Math.max(atPs, this.core.cursorPs) + (isIdle ? this.#costs.idleExitPs : 0));
    } else if (this.#polling !== undefined) {
      this.#resumeAt(Math.max(atPs, this.#sliceEndPs));
    }
  }

  /** Charges the core's time up to `endPs`. */
  settle(endPs: number): void {
    this.core.passUntil(endPs, this.#polling === undefined ? CAUSE.idle : CAUSE.pollingEmpty);
  }

  #resumeAt(atPs: number): void {
    if (atPs >= this.#dueAtPs) return;
    this.#dueAtPs = Math.max(atPs, this.simulation.nowPs);
    this.simulation.schedule(this.#dueAtPs, this.#handler, RESUME);
  }

  #handle(reason: number): void {
    if (reason === COMPLETION_VISIBLE) {
      if (this.#polling !== undefined) this.#resume();
    } else if (this.simulation.nowPs === this.#dueAtPs) {
      this.#dueAtPs = Number.POSITIVE_INFINITY;
      this.#resume();
    }
  }

  /** Something may have happened to this core's threads: find out and go on. */
  #resume(): void {
    const nowPs = this.simulation.nowPs;
    if (this.core.cursorPs > nowPs) {
      // Interrupts have stolen time, or the core ran ahead.
      this.#resumeAt(this.core.cursorPs);
      return;
    }
    if (this.#polling !== undefined) this.#endPolling(this.#polling, nowPs);
    else if (this.#current === undefined) this.core.passUntil(nowPs, CAUSE.idle);
    if (this.#current !== undefined && this.#mustGiveWay()) {
      this.#current.state = "runnable";
      this.#runnable.push(this.#current);
      this.#current = undefined;
    }
    if (this.#current === undefined) this.#switchToNext();
    else this.#run(this.#current);
  }

  #mustGiveWay(): boolean {
    return this.#runnable.length > 0 && this.core.cursorPs >= this.#sliceEndPs;
  }

  #endPolling(poll: Poll, nowPs: number): void {
    // The look that finds the completion ends at the next multiple of the loop's period.
    const looks = poll.periodPs > 0 ? Math.ceil((nowPs - this.core.cursorPs) / poll.periodPs) : 0;
    this.core.passUntil(
      Math.max(nowPs, this.core.cursorPs + looks * poll.periodPs),
      CAUSE.pollingEmpty,
    );
    poll.disarm();
    this.#polling = undefined;
  }

  #switchToNext(): void {
    const next = this.#runnable.shift();
    this.core.isOccupied = next !== undefined;
    if (next === undefined) return;
    this.#current = next;
    next.state = "current";
    // An interrupt inside the look-ahead may have woken it for a moment that has not come yet.
    this.core.passUntil(next.readyPs, CAUSE.idle);
    next.switches += 1;
    this.core.charge(CAUSE.contextSwitch, this.#costs.contextSwitchPs);
    this.#sliceEndPs = this.core.cursorPs + this.#costs.slicePs;
    this.#run(next);
  }

  #run(thread: KernelThread): void {
    assert(thread === this.#current && thread.task !== undefined, "I1: only the current one runs");
    while (true) {
      const step = thread.task.next();
      if (step.done === true) {
        thread.state = "ended";
        this.#current = undefined;
        this.#switchToNext();
        return;
      }
      if (!this.#park(thread, step.value)) return;
    }
  }

  /** Acts on what the thread waits for; returns true when it may go on at once. */
  #park(thread: KernelThread, wait: Wait): boolean {
    switch (wait.kind) {
      case "catch-up":
        if (this.core.cursorPs <= this.simulation.nowPs && !this.#mustGiveWay()) return true;
        this.#resumeAt(this.core.cursorPs);
        return false;
      case "sleep":
        return this.#sleep(thread, wait.earliestPs());
      case "until":
        return this.#parkUntil(thread, wait);
      case "poll": {
        const visiblePs = wait.arm(this.#handler, COMPLETION_VISIBLE);
        this.#polling = wait;
        const sliceEndPs = this.#runnable.length > 0 ? this.#sliceEndPs : Number.POSITIVE_INFINITY;
        const duePs = Math.min(visiblePs, sliceEndPs, this.core.cursorPs + wait.timeoutPs);
        if (duePs < Number.POSITIVE_INFINITY) this.#resumeAt(Math.max(duePs, this.core.cursorPs));
        return false;
      }
    }
  }

  #parkUntil(thread: KernelThread, { atPs, other }: Until): boolean {
    if (atPs <= this.core.cursorPs || this.#park(thread, other)) return true;
    if (this.#polling !== undefined) this.#resumeAt(atPs);
    else if (thread.isSleeping) thread.setTimer(atPs);
    return false;
  }

  /** @param readyPs when what the thread waits for will be there, if that is known. */
  #sleep(thread: KernelThread, readyPs: number): boolean {
    if (thread.wakePermit || readyPs <= this.core.cursorPs) {
      thread.wakePermit = false;
      return true;
    }
    thread.state = "sleeping";
    thread.timerPs = Number.NaN;
    this.#current = undefined;
    this.#switchToNext();
    // An interrupt that came early, within the look-ahead, found the thread still awake.
    if (readyPs < Number.POSITIVE_INFINITY && thread.isSleeping) this.makeRunnable(thread, readyPs);
    return false;
  }
}

/** Kernel threads over run queues, one per hardware thread. */
export class RunQueueScheduler implements SchedulerFacet {
  readonly #queues: readonly RunQueue[];

  constructor(simulation: Simulation, machine: HostMachine, costs: SwitchCosts) {
    this.#queues = machine.cores.map(
      (core) => new RunQueue(simulation, core, costs, machine.lookaheadPs),
    );
  }

  /** Thread `index` goes to hardware thread `index` modulo their number. */
  spawn(index: number, body: (thread: Thread) => ThreadTask): Thread {
    const queue = this.#queues[index % this.#queues.length];
    assert(queue !== undefined, "a machine has at least one core");
    const thread = new KernelThread(queue);
    thread.task = body(thread);
    queue.start(thread);
    return thread;
  }

  settle(endPs: number): void {
    for (const queue of this.#queues) queue.settle(endPs);
  }
}
