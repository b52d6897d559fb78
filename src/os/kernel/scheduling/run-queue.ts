/**
 * One core and the threads that share it.
 *
 * A core runs one thread at a time. A thread that sleeps gives way to the next runnable one (with
 * `wakePolling.round` one that has its core to itself polls instead); one that runs, computes or
 * polls gives way when the rules of the runnable threads say so: when a timer looks, or when a
 * woken thread preempts it.
 *
 * I1  At most one thread of a core is current.
 * I2  A thread that masks preemption is current until it waits or unmasks.
 *
 * Not modelled: the tick of a core that has one thread only (0.03 % of it).
 */
import { assert } from "../../../base/assert.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { Poller } from "../../../hardware/nvme/completion-watch.ts";
import { Alarm } from "../../../sim/alarm.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import { HaltedCore } from "../../isolation/halted-core.ts";
import type { Poll, Until, Wait } from "../../model.ts";
import { type DispatchedWorker, Seat } from "./dispatcher.ts";
import type { KernelThread, ThreadHome } from "./kernel-thread.ts";
import { Occupation } from "./occupation.ts";
import type { Reactor, WorkerParts } from "./reactor.ts";
import type { Arrival, RunnableThreads } from "./runnable-threads.ts";
import { paySteps, type SchedulingPlan, type Signal, switchPs } from "./scheduling-plan.ts";
import { SentSignal } from "./sent-signal.ts";
import type { Siblings } from "./siblings.ts";
import { SleepTimers } from "./sleep-timer.ts";
import { Turn } from "./turn.ts";

/** Tasks that run before their worker looks for completions. */
const TURNS_PER_LOOK = 32;
const NEVER = Number.POSITIVE_INFINITY;

export class RunQueue implements ThreadHome, DispatchedWorker, Poller {
  readonly core: Core;
  readonly simulation: Simulation;
  readonly lookaheadPs: number;
  readonly plan: SchedulingPlan;
  readonly runnable: RunnableThreads;
  preemptions = 0;
  residents = 0;

  readonly #siblings: Siblings<RunQueue>;
  readonly reactor: Reactor | undefined;
  readonly #seat: Seat | undefined;
  /** When something may have happened to this core's threads. */
  readonly #alarm: Alarm;
  readonly #occupation: Occupation;
  readonly #timers: SleepTimers;
  #current: KernelThread | undefined;
  readonly #turn: Turn;
  /** It had no thread to run since the last one. */
  #hasIdled = true;
  /** Ran last and gave way; if nobody else runs there is no switch back to it. */
  #gaveWay: KernelThread | undefined;
  readonly #sent = new SentSignal();
  /** Went to sleep though it is known when what it waits for is there; may be elsewhere since. */
  #early: KernelThread | undefined;
  /** The worker is a thread that the kernel has switched away from. */
  isWorkerAsleep = false;
  /** Another core's software has told the kernel to wake it. */
  #isWorkerRoused = false;
  #turns = 0;

  constructor(
    simulation: Simulation,
    core: Core,
    plan: SchedulingPlan,
    runnable: RunnableThreads,
    siblings: Siblings<RunQueue>,
    lookaheadPs: number,
    { reactor, dispatcher }: WorkerParts = {},
  ) {
    this.simulation = simulation;
    this.core = core;
    core.idleExitPs = plan.idleExitPs;
    core.halted = plan.halt && new HaltedCore(plan.halt);
    this.plan = plan;
    this.runnable = runnable;
    this.lookaheadPs = lookaheadPs;
    this.#siblings = siblings;
    this.reactor = reactor;
    this.#seat = dispatcher && new Seat(dispatcher, this);
    this.#turn = new Turn(this, this.#seat, reactor, () => siblings.ticked(this));
    this.#alarm = new Alarm(simulation, () => this.#resume());
    this.#occupation = new Occupation(core, plan.idleCause);
    this.#timers = new SleepTimers(this);
    if (reactor !== undefined) reactor.onNews = (atPs) => this.#rouseWorker(atPs);
  }

  get current(): KernelThread | undefined {
    return this.#current;
  }

  get wantsCoreBack(): boolean {
    return this.#turn.wantsCoreBack;
  }

  /** How far this core has come: to now, or further. */
  get #reachedPs(): number {
    return Math.max(this.core.cursorPs, this.simulation.nowPs);
  }

  /** Whether nothing runs here and nobody has been sent here. */
  get isFree(): boolean {
    return this.#current === undefined && !this.#alarm.isSet;
  }

  makeRunnable(thread: KernelThread, atPs: number, from: Core | undefined): void {
    thread.state = "runnable";
    this.#timers.clear(thread);
    const mayMove = thread.isMigratable || this.plan.isShared;
    const place = mayMove ? this.#siblings.placeFor(thread, this) : this;
    if (place !== this) {
      this.#turn.account(this.#current, this.#reachedPs);
      this.runnable.depart(thread);
    }
    place.join(thread, place === this ? "woken" : "moved", atPs, from);
  }

  seesWake(thread: KernelThread, atPs: number, from: Core | undefined): boolean {
    const { wakePolling } = this.plan;
    if (wakePolling === undefined || thread !== this.#current) return false;
    if (!this.#occupation.isPolling) return false;
    this.visibleAt(this.#send(wakePolling.signal, atPs, from));
    return true;
  }

  /** `thread` becomes one of this core's runnable threads at `atPs`. */
  join(thread: KernelThread, arrival: Arrival, atPs: number, from?: Core): void {
    const current = this.#current;
    thread.readyPs = atPs;
    if (this.#seat !== undefined && !(current && this.runnable.preempts(thread, current))) {
      this.#seat.dispatcher.admit(thread, atPs);
      return;
    }
    // First, for a place among threads follows from what the current one has had.
    // [linux-5.x kernel/sched/fair.c enqueue_entity: update_curr, then place_entity]
    this.#turn.account(this.#current, this.#reachedPs);
    this.runnable.add(thread, arrival);
    if (current === undefined) {
      thread.readyPs = this.#rouse(atPs, from);
      return;
    }
    if (this.runnable.preempts(thread, current)) {
      this.#turn.wantsCoreBack = true;
      if (current.masks > 0) return;
      const arrivesPs = this.#send(this.plan.kick, atPs, from);
      this.#alarm.set(Math.max(arrivesPs, this.core.cursorPs));
    } else if (this.plan.isShared) this.#siblings.sharedGrew(atPs);
    else this.armCheck(atPs);
  }

  /** Others wait: from `atPs` on the timer looks at the current thread. */
  armCheck(atPs: number): void {
    const current = this.#current;
    if (current === undefined) return;
    const duePs = this.#turn.duePs(current, this.#reachedPs);
    if (this.#occupation.isUnderWay && duePs < NEVER) this.#alarm.set(Math.max(atPs, duePs));
  }

  assigned(atPs: number): void {
    this.#alarm.set(atPs);
  }

  interrupted(atPs: number): void {
    this.#turn.checkPs = atPs;
    if (this.#occupation.isUnderWay) this.#alarm.set(atPs);
  }

  timerEnds(thread: KernelThread): void {
    this.#timers.end(thread, this.simulation.nowPs, this.reactor?.sleep);
  }

  payForUnpark(isSleeping: boolean): void {
    paySteps(this.core, this.plan.unpark);
    if (isSleeping) paySteps(this.core, this.plan.wakeUp);
  }

  /** Charges the core's time up to `endPs`. */
  settle(endPs: number): void {
    if (this.core.waitsUntilPs > 0) this.core.interruptAt(endPs);
    this.#occupation.settle(endPs);
  }

  /**
   * Wakes a core without a thread, as software on `from` or as a device does; returns when the core
   * notices. Whether it is idle then is seen then: it may have run ahead of the clock, or not.
   */
  #rouse(atPs: number, from: Core | undefined): number {
    const arrivesPs = this.#occupation.isPolling ? atPs : this.#sendRouse(atPs, from);
    this.#alarm.set(Math.max(arrivesPs, this.core.cursorPs));
    return arrivesPs;
  }

  #sendRouse(atPs: number, from: Core | undefined): number {
    const { rouse, workerSleep } = this.plan;
    if (workerSleep === undefined || !this.isWorkerAsleep || this.#isWorkerRoused) {
      return this.#send(rouse, atPs, from);
    }
    this.#isWorkerRoused = true;
    return this.#send(workerSleep.rouse, atPs, from);
  }

  /** Sends `signal` from another core's software; returns when it is here. */
  #send(signal: Signal, atPs: number, from: Core | undefined): number {
    return from === undefined || from === this.core ? atPs : this.#sent.send(signal, atPs, from);
  }

  /** A core without a thread notices at `nowPs` that something has happened. */
  #leaveIdle(nowPs: number): void {
    const { core, plan } = this;
    // It has been busy until now, or an interrupt has roused it already.
    if (core.cursorPs >= nowPs) return;
    // A worker with a dispatcher spins until it is given a task.
    const isSpinning = this.#seat !== undefined && !this.isWorkerAsleep;
    if (isSpinning) core.passUntil(nowPs, plan.idleCause);
    else core.leaveIdle(nowPs, plan.idleCause);
  }

  /** The worker's channel has completions for it. */
  #rouseWorker(atPs: number): void {
    if (this.#current === undefined && !this.#occupation.isPolling) this.#rouse(atPs, undefined);
  }

  /** What the core polls for will be there at `atPs`. */
  visibleAt(atPs: number): void {
    this.#alarm.set(Math.max(atPs, this.core.cursorPs));
  }

  /** Something may have happened to this core's threads: find out and go on. */
  #resume(): void {
    const nowPs = this.simulation.nowPs;
    if (this.core.cursorPs > nowPs) {
      // Interrupts have stolen time, or the core ran ahead.
      this.#alarm.set(this.core.cursorPs);
      return;
    }
    if (this.core.waitsUntilPs > nowPs) {
      this.#alarm.set(this.core.waitsUntilPs);
      return;
    }
    this.core.endWait();
    const hasWorked = this.#occupation.end(nowPs);
    if (!hasWorked && this.#current === undefined) this.#leaveIdle(nowPs);
    this.#sent.receive(this.core, nowPs);
    if (this.isWorkerAsleep) {
      this.isWorkerAsleep = false;
      this.#isWorkerRoused = false;
      this.core.charge(CAUSE.contextSwitch, this.plan.workerSwitchPs);
    }
    const current = this.#current;
    if (current !== undefined && this.#turn.mustGiveWay(current)) this.#preempt(current);
    this.#dispatch();
  }

  #preempt(current: KernelThread): void {
    this.preemptions += 1;
    this.#leave(current, "preempted");
  }

  /** The current thread stays runnable but not current. */
  #leave(current: KernelThread, arrival: Arrival): void {
    this.#turn.account(current, this.core.cursorPs);
    current.state = "runnable";
    current.leftPs = this.core.cursorPs;
    this.#current = undefined;
    this.#gaveWay = current;
    if (this.#seat === undefined) this.runnable.add(current, arrival);
    else this.#seat.giveBack(current);
  }

  /** Runs threads until one of them keeps the core without needing it now, or there is none. */
  #dispatch(): void {
    while (true) {
      const current = this.#current;
      if (current === undefined) {
        if (!this.#switchToNext()) return;
      } else if (!this.#step(current)) return;
    }
  }

  /** Gives the core to the next runnable thread; returns false when that cannot be done now. */
  #switchToNext(): boolean {
    const { core } = this;
    const reactor = this.reactor;
    do {
      if (
        core.cursorPs > this.simulation.nowPs + this.lookaheadPs &&
        !this.#alarm.advanceTo(core.cursorPs)
      ) {
        this.#alarm.set(core.cursorPs);
        return false;
      }
      if (reactor !== undefined) this.#lookNowAndThen(reactor);
    } while (reactor?.isCut === true);
    const next =
      this.#seat === undefined
        ? (this.runnable.take(core.cursorPs) ?? this.#siblings.pullFor(this))
        : this.#seat.take(core.cursorPs);
    if (next === undefined) {
      this.#hasIdled = true;
      core.isOccupied = this.plan.idleCause !== CAUSE.idle;
      // Threads may have been woken for moments that have not come yet.
      const readyPs = this.#seat === undefined ? this.runnable.earliestReadyPs() : NEVER;
      if (readyPs < NEVER) this.#alarm.set(Math.max(readyPs, core.cursorPs));
      if (reactor !== undefined) this.#waitAsWorker(reactor);
    } else {
      core.isOccupied = true;
      this.#makeCurrent(next);
    }
    const early = this.#early;
    this.#early = undefined;
    if (early?.isSleeping === true && early.home === this && early.readyPs < NEVER) {
      this.makeRunnable(early, early.readyPs, early.wokenBy);
    }
    return next !== undefined;
  }

  #lookNowAndThen(reactor: Reactor): void {
    const waiting = this.#seat === undefined ? this.runnable.length : this.#seat.waiting;
    if (!reactor.isCut && waiting > 0 && ++this.#turns < TURNS_PER_LOOK) return;
    this.#turns = 0;
    reactor.look();
  }

  #makeCurrent(next: KernelThread): void {
    const { core } = this;
    this.#current = next;
    next.home.residents -= 1;
    next.home = this;
    this.residents += 1;
    const contextSwitchPs = switchPs(this.plan, core, next, this.#hasIdled);
    next.core = core;
    next.state = "current";
    // A dispatcher may have assigned it for a moment that has not come yet.
    core.passUntil(next.readyPs, this.plan.idleCause);
    if (next !== this.#gaveWay) {
      next.switches += 1;
      core.charge(CAUSE.contextSwitch, contextSwitchPs);
    }
    this.#gaveWay = undefined;
    this.#hasIdled = false;
    this.#turn.begin(next);
  }

  /** A worker without runnable tasks waits for completions, or for somebody to wake a task. */
  #waitAsWorker(reactor: Reactor): void {
    const { wait } = reactor;
    const { core } = this;
    if (wait?.kind === "poll") {
      core.isOccupied = true;
      const visiblePs = this.#occupation.poll(wait, this);
      if (visiblePs < NEVER) this.#alarm.set(Math.max(visiblePs, core.cursorPs));
      return;
    }
    const readyPs = reactor.sleep?.earliestPs() ?? NEVER;
    // With a dispatcher and without I/O it spins until it is given a task.
    const maySleep = wait !== undefined || (this.plan.workerSleep && this.#seat === undefined);
    this.isWorkerAsleep = maySleep === true && readyPs > core.cursorPs;
    if (this.isWorkerAsleep) this.#goToSleep(reactor);
    if (readyPs < NEVER) this.#alarm.set(Math.max(readyPs, core.cursorPs));
  }

  /** The worker makes the call in which it sleeps, unless it is in one. */
  #goToSleep(reactor: Reactor): void {
    if (this.#timers.wakesWorker) this.#timers.payForWorker(reactor.sleep);
    else if (!reactor.isExpecting) paySteps(this.core, this.plan.workerSleep?.park ?? []);
  }

  /** Lets the current thread go on; returns true when the core has to find somebody else. */
  #step(thread: KernelThread): boolean {
    assert(thread === this.#current && thread.task !== undefined, "I1: only the current one runs");
    const { work } = thread;
    if (work !== undefined) {
      if (work.remainingPs > 0) {
        this.#compute(thread);
        return this.#current === undefined;
      }
      thread.work = undefined;
    }
    while (true) {
      const step = thread.task.next();
      if (step.done === true) {
        this.#turn.account(thread, this.core.cursorPs);
        thread.state = "ended";
        this.residents -= 1;
        this.#current = undefined;
        return true;
      }
      if (!this.#park(thread, step.value)) return this.#current === undefined;
    }
  }

  /** Acts on what the thread waits for; returns true when it may go on at once. */
  #park(thread: KernelThread, wait: Wait): boolean {
    switch (wait.kind) {
      case "catch-up":
        if (this.#turn.mustGiveWay(thread)) this.#preempt(thread);
        else if (
          this.core.cursorPs <= this.simulation.nowPs ||
          this.#alarm.advanceTo(this.core.cursorPs)
        )
          return true;
        else this.#alarm.set(this.core.cursorPs);
        return false;
      case "sleep":
        return this.#sleep(thread, wait.earliestPs(), wait.wokenBy?.());
      case "park":
        paySteps(this.core, this.plan.park);
        return this.#waitForWake(thread);
      case "yield":
        if (this.runnable.length === 0) return true;
        this.#leave(thread, "yielded");
        return false;
      case "compute":
        if (wait.remainingPs <= 0) return true;
        thread.work = wait;
        this.#compute(thread);
        return false;
      case "spin":
        if (wait.atPs <= this.core.cursorPs) return true;
        this.core.beginWait(wait.atPs, wait.cause);
        this.#alarm.set(wait.atPs);
        return false;
      case "until":
        return this.#parkUntil(thread, wait);
      case "poll":
        return this.#poll(thread, wait);
    }
  }

  /** Lets the current thread do its work until that is done or a timer looks. */
  #compute(thread: KernelThread): void {
    if (this.#turn.mustGiveWay(thread)) {
      this.#preempt(thread);
      return;
    }
    const { cursorPs } = this.core;
    const endPs = this.#occupation.compute(thread.work!);
    if (this.#turn.checkPs === NEVER) this.#turn.setCheck(thread);
    this.#alarm.set(Math.max(cursorPs, Math.min(endPs, this.#turn.checkPs)));
  }

  /** Waits for nothing but another thread. */
  #waitForWake(thread: KernelThread): boolean {
    const round = this.plan.wakePolling?.round;
    const isAlone = this.residents === 1 && this.runnable.length === 0;
    if (round === undefined || !isAlone) return this.#sleep(thread, NEVER);
    return this.#poll(thread, round);
  }

  /** Returns true if the first round has seen a wake-up already. */
  #poll(thread: KernelThread, wait: Poll): boolean {
    if (this.plan.wakePolling !== undefined && thread.wakePermit) {
      thread.wakePermit = false;
      return true;
    }
    const { cursorPs } = this.core;
    const visiblePs = this.#occupation.poll(wait, this);
    const checkPs = this.runnable.length > 0 ? this.#turn.checkPs : NEVER;
    const duePs = Math.min(visiblePs, checkPs, cursorPs + wait.timeoutPs);
    if (duePs < NEVER) this.#alarm.set(Math.max(duePs, cursorPs));
    return false;
  }

  #parkUntil(thread: KernelThread, { atPs, other }: Until): boolean {
    const { core } = this;
    if (atPs <= core.cursorPs) return true;
    const isSleep = other.kind === "sleep";
    if (isSleep && !thread.wakePermit && other.earliestPs() > core.cursorPs) {
      this.#timers.payFor(other);
    }
    const isPause = isSleep && other.isInCall === undefined && other.earliestPs() === NEVER;
    if (isPause ? this.#waitForWake(thread) : this.#park(thread, other)) return true;
    if (this.#occupation.isPolling) this.#alarm.set(atPs);
    else if (thread.isSleeping) this.#timers.set(thread, atPs, isSleep ? other : undefined);
    return false;
  }

  /** @param readyPs when what the thread waits for will be there, if that is known. */
  #sleep(thread: KernelThread, readyPs: number, wokenBy?: Core): boolean {
    if (thread.wakePermit || readyPs <= this.core.cursorPs) {
      thread.wakePermit = false;
      return true;
    }
    this.#turn.account(thread, this.core.cursorPs);
    thread.state = "sleeping";
    thread.leftPs = this.core.cursorPs;
    this.#current = undefined;
    // An interrupt that came early, within the look-ahead, found the thread still awake.
    if (readyPs < NEVER) this.#early = thread;
    thread.readyPs = readyPs;
    thread.wokenBy = wokenBy;
    return false;
  }
}
