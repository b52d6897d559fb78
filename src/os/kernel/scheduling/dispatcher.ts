/**
 * A core that does nothing but go round the workers and give them tasks.
 *
 * A worker says in a line of memory that it runs, that it has finished, or that its task has been
 * preempted; the dispatcher looks at these lines one after the other. One that runs, and has a
 * quantum and no interrupt on its way, costs a look at the clock: if its task has had its quantum,
 * it is interrupted, whether or not another task waits. Any other one costs a glance at its line.
 * A preempted task joins the tail, and the head of the queue is given to the worker. Once in a
 * round the dispatcher admits one request that has arrived and creates its task. So whoever needs
 * it waits until its round comes by, and the round gets longer the more there is to do in it.
 * [skyloft-source libos/sched/policy/sq.c sq_sched_poll, synthetic/rocksdb/shinjuku.cc]
 *
 * The round is not simulated look by look: from where it was last, it is known when it comes by.
 *
 * Not modelled: an interrupt that finds its task finished (its handler would cost the worker).
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { Alarm } from "../../../sim/alarm.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import type { KernelThread } from "./kernel-thread.ts";
import type { RunnableThreads } from "./runnable-threads.ts";
import { ThreadRing } from "./thread-ring.ts";

export interface DispatcherCosts {
  /** One assignment: taking a task from the queue and giving it to a worker. */
  readonly assignPs: number;
  /** Creating a task for a request, and freeing it when it has ended. */
  readonly createPs: number;
  /** Sending a user interrupt, and from there to its handler. */
  readonly sendPs: number;
  readonly deliveryPs: number;
  /** Moving a line between dispatcher and worker. */
  readonly linePs: number;
  /** Looking at a worker whose task may have had its quantum: mostly reading the clock. */
  readonly visitPs: number;
  /** Looking at any other worker that needs nothing: its line is in the cache. */
  readonly glancePs: number;
}

/** A core that is given tasks. */
export interface DispatchedWorker {
  /** It can see at `atPs` that it has been given a task. */
  assigned(atPs: number): void;
  /** An interrupt reaches it at `atPs`. */
  interrupted(atPs: number): void;
}

/** A worker's place in the round: what it and the dispatcher tell each other. */
export class Seat {
  readonly dispatcher: Dispatcher;
  readonly worker: DispatchedWorker;
  /** The task that it has been given and not taken yet. */
  given: KernelThread | undefined;
  /** The task that has been taken from it, for the dispatcher to put into the queue. */
  preempted: KernelThread | undefined;
  readonly #place: number;

  constructor(dispatcher: Dispatcher, worker: DispatchedWorker) {
    this.dispatcher = dispatcher;
    this.worker = worker;
    this.#place = dispatcher.enlist(this);
  }

  /** How many tasks it has been given and not taken: 0 or 1. */
  get waiting(): number {
    return this.given === undefined ? 0 : 1;
  }

  /** The worker takes what it was given; if that is nothing, it wants a task from `atPs` on. */
  take(atPs: number): KernelThread | undefined {
    const { given } = this;
    this.given = undefined;
    if (given === undefined) this.dispatcher.want(this.#place, atPs);
    return given;
  }

  giveBack(thread: KernelThread): void {
    this.preempted = thread;
  }

  /** The worker's task has had its quantum at `atPs`. */
  watch(atPs: number): void {
    this.dispatcher.watch(this.#place, atPs);
  }
}

/** What a place of the round needs. */
const NOTHING = 0;
const INTERRUPT = 1;
const TASK = 2;
const ADMISSION = 3;
const NEVER = Number.POSITIVE_INFINITY;
/** Looks at the clock that a round takes besides those at workers, the last of its places. */
const LOOKS_PER_ROUND = 2;

export class Dispatcher {
  readonly #simulation: Simulation;
  readonly #core: Core;
  readonly #costs: DispatcherCosts;
  readonly #runnable: RunnableThreads;
  readonly #seats: Seat[] = [];
  /** By place of the round, the workers' first and then that of arrivals: what is needed, since. */
  readonly #needs: number[] = [NOTHING];
  readonly #sincePs: number[] = [NEVER];
  readonly #arrived = new ThreadRing();
  /** What each look of a round takes if it finds nothing to do: at workers, then at the clock. */
  readonly #lookPs: number[];
  #roundPs: number;
  /** The place that the dispatcher comes to next, and when. */
  #place = 0;
  #placePs = 0;
  /** When the round is resumed, and where. */
  readonly #alarm: Alarm;
  #duePlace = -1;

  constructor(
    simulation: Simulation,
    core: Core,
    costs: DispatcherCosts,
    runnable: RunnableThreads,
  ) {
    this.#simulation = simulation;
    this.#core = core;
    this.#costs = costs;
    this.#runnable = runnable;
    this.#alarm = new Alarm(simulation, () => this.#comeBy());
    this.#lookPs = new Array<number>(LOOKS_PER_ROUND).fill(costs.visitPs);
    this.#roundPs = LOOKS_PER_ROUND * costs.visitPs;
    core.isOccupied = true;
  }

  /** Adds a worker, which has no task yet, to the round; returns its place. */
  enlist(seat: Seat): number {
    this.#needs.unshift(TASK);
    this.#sincePs.unshift(0);
    this.#lookPs.unshift(this.#costs.glancePs);
    this.#roundPs += this.#costs.glancePs;
    return this.#seats.push(seat) - 1;
  }

  /** `thread` is runnable and joins the queue when the round comes to arrivals. */
  admit(thread: KernelThread, atPs: number): void {
    this.#arrived.push(thread);
    if (this.#arrived.length === 1) this.#need(this.#seats.length, ADMISSION, atPs);
  }

  /** The task of worker `place` has had its quantum at `atPs`. */
  watch(place: number, atPs: number): void {
    if (atPs < NEVER) this.#need(place, INTERRUPT, atPs);
  }

  /** Worker `place` has no task from `atPs` on. */
  want(place: number, atPs: number): void {
    if (this.#needs[place] !== TASK) this.#need(place, TASK, atPs);
  }

  settle(endPs: number): void {
    this.#core.passUntil(endPs, CAUSE.pollingEmpty);
  }

  #need(place: number, what: number, sincePs: number): void {
    const beforePs = this.#lookPs[place]!;
    this.#goRound();
    this.#setNeed(place, what);
    this.#sincePs[place] = sincePs;
    if (this.#lookPs[place]! < beforePs) this.#planNext();
    else this.#resumeAt(this.#visitPs(place), place);
  }

  #setNeed(place: number, what: number): void {
    this.#needs[place] = what;
    if (place === this.#seats.length) return;
    const { visitPs, glancePs } = this.#costs;
    const lookPs = what === INTERRUPT ? visitPs : glancePs;
    this.#roundPs += lookPs - this.#lookPs[place]!;
    this.#lookPs[place] = lookPs;
  }

  /** Follows the round, which has found nothing to do, up to now: its looks change. */
  #goRound(): void {
    const { nowPs } = this.#simulation;
    const roundPs = this.#roundPs;
    if (this.#placePs >= nowPs || roundPs === 0) return;
    this.#placePs += Math.floor((nowPs - this.#placePs) / roundPs) * roundPs;
    while (this.#placePs < nowPs) {
      this.#placePs += this.#lookPs[this.#place]!;
      this.#place = this.#after(this.#place);
    }
  }

  /** The place that the round comes to after `place`. */
  #after(place: number): number {
    return place + 1 === this.#lookPs.length ? 0 : place + 1;
  }

  /** Since when there has been something to do at `place`. */
  #readyPs(place: number): number {
    const needed = this.#needs[place];
    if (needed === NOTHING) return NEVER;
    const isIdle = needed === TASK && this.#seats[place]!.preempted === undefined;
    return isIdle && this.#runnable.length === 0 ? NEVER : this.#sincePs[place]!;
  }

  /** When the round comes to `place` and finds something to do there, if nothing delays it. */
  #visitPs(place: number): number {
    const readyPs = this.#readyPs(place);
    if (readyPs === NEVER) return NEVER;
    let atPs = this.#placePs;
    for (let before = this.#place; before !== place; before = this.#after(before)) {
      atPs += this.#lookPs[before]!;
    }
    return this.#atOrAfter(atPs, readyPs);
  }

  /** A place is visited at `visitPs` and then once in a round: when first at `readyPs` or later? */
  #atOrAfter(visitPs: number, readyPs: number): number {
    const latePs = readyPs - visitPs;
    if (latePs <= 0) return visitPs;
    const roundPs = this.#roundPs;
    return roundPs > 0 ? visitPs + Math.ceil(latePs / roundPs) * roundPs : readyPs;
  }

  #resumeAt(atPs: number, place: number): void {
    if (this.#alarm.set(atPs)) this.#duePlace = place;
  }

  #comeBy(): void {
    const { nowPs } = this.#simulation;
    const place = this.#duePlace;
    // What was to be done at this moment may not be needed any more.
    if (this.#visitPs(place) <= nowPs) {
      this.#core.passUntil(nowPs, CAUSE.pollingEmpty);
      this.#serve(place);
      this.#place = this.#after(place);
      this.#placePs = this.#core.cursorPs;
    }
    this.#planNext();
  }

  /** Finds the place with something to do that the round comes to first. */
  #planNext(): void {
    const needs = this.#needs;
    let firstPs = NEVER;
    let first = -1;
    let atPs = this.#placePs;
    for (let look = 0, place = this.#place; look < this.#lookPs.length; look++) {
      const visitPs = atPs;
      const looked = place;
      atPs += this.#lookPs[place]!;
      place = this.#after(place);
      if (looked >= needs.length || needs[looked] === NOTHING) continue;
      const readyPs = this.#readyPs(looked);
      if (readyPs >= firstPs) continue;
      const duePs = this.#atOrAfter(visitPs, readyPs);
      if (duePs >= firstPs) continue;
      firstPs = duePs;
      first = looked;
      // Whatever comes after it in this round, or is not ready in it, is visited later.
      if (readyPs <= visitPs) break;
    }
    if (first >= 0) this.#resumeAt(firstPs, first);
  }

  #serve(place: number): void {
    const { assignPs, createPs, sendPs, deliveryPs, linePs, visitPs } = this.#costs;
    const core = this.#core;
    const needed = this.#needs[place];
    this.#setNeed(place, NOTHING);
    if (needed === TASK) {
      core.charge(CAUSE.scheduler, assignPs);
      const seat = this.#seats[place]!;
      if (seat.preempted !== undefined) this.#runnable.add(seat.preempted, "preempted");
      seat.preempted = undefined;
      seat.given = this.#runnable.take(core.cursorPs);
      seat.worker.assigned(core.cursorPs + linePs);
      // Taking it, the worker writes its line, which the dispatcher's next look has to fetch.
      if (seat.given !== undefined) core.charge(CAUSE.scheduler, linePs);
      return;
    }
    core.passUntil(core.cursorPs + visitPs, CAUSE.pollingUseful);
    if (needed === INTERRUPT) {
      core.charge(CAUSE.scheduler, sendPs);
      this.#seats[place]!.worker.interrupted(core.cursorPs + deliveryPs);
      return;
    }
    this.#runnable.add(this.#arrived.shift()!, "woken");
    // The clock is read once more, for the time of admission.
    core.passUntil(core.cursorPs + visitPs, CAUSE.pollingUseful);
    core.charge(CAUSE.scheduler, createPs);
    if (this.#arrived.length > 0) {
      this.#setNeed(place, ADMISSION);
      this.#sincePs[place] = core.cursorPs;
    }
  }
}
