/**
 * The completely fair scheduler of Linux 5.x: one core's runnable threads by virtual time.
 *
 * Virtual time is time run, weighted by nice. The core runs the thread that has least of it. A tick
 * takes the core away from a thread that has run for its share of the latency period; a woken
 * thread takes it at once from one that is ahead of it by more than the wake-up granularity.
 * [linux-5.x kernel/sched/fair.c update_curr, task_fork_fair, place_entity, check_preempt_tick,
 * pick_next_entity, wakeup_preempt_entity, yield_task_fair]
 *
 * I1  `#minVirtualPs` never falls. [linux-5.x kernel/sched/fair.c update_min_vruntime]
 *
 * Not modelled: group scheduling, last and next buddies, bandwidth limits; EEVDF, which replaced
 * these rules in 6.6.
 */
import type { KernelThread } from "./kernel-thread.ts";
import { NICE_0_WEIGHT } from "./nice-weights.ts";
import type { Arrival, RunnableThreads } from "./runnable-threads.ts";

export interface FairTimes {
  /** Period in which every runnable thread runs once, while they are few. */
  readonly latencyPs: number;
  /** Least time that a thread runs before another one, while they are many. */
  readonly minGranularityPs: number;
  /** How far a woken thread must be behind to preempt. */
  readonly wakeupGranularityPs: number;
  readonly tickPs: number;
}

export class FairQueue implements RunnableThreads {
  readonly #times: FairTimes;
  /** Ascending in virtual time. */
  readonly #threads: KernelThread[] = [];
  #totalWeight = 0;
  #minVirtualPs = 0;
  /** Has just yielded: another one goes first, if that is fair. */
  #skipped: KernelThread | undefined;

  constructor(times: FairTimes) {
    this.#times = times;
  }

  get length(): number {
    return this.#threads.length;
  }

  add(thread: KernelThread, arrival: Arrival): void {
    const { latencyPs } = this.#times;
    const minPs = this.#minVirtualPs;
    this.#totalWeight += thread.weight;
    if (arrival === "new") {
      thread.virtualPs = minPs + this.#startDebitPs(thread);
    } else if (arrival === "woken") {
      // GENTLE_FAIR_SLEEPERS: a sleeper's claim is half a period at most.
      thread.virtualPs = Math.max(thread.virtualPs, minPs - latencyPs / 2);
    } else if (arrival === "moved") {
      thread.virtualPs = minPs + Math.max(thread.virtualPs, -latencyPs / 2);
    }
    if (arrival === "yielded") this.#skipped = thread;
    this.#insert(thread);
  }

  take(atPs: number): KernelThread | undefined {
    const threads = this.#threads;
    const position = this.#firstReady(0, atPs);
    if (position === threads.length) return undefined;
    const first = threads[position]!;
    const next = first === this.#skipped ? this.#firstReady(position + 1, atPs) : threads.length;
    const second = threads[next];
    const mustSkip = second !== undefined && !this.#isFarAhead(second, first);
    this.#skipped = undefined;
    return this.#remove(mustSkip ? next : position);
  }

  earliestReadyPs(): number {
    let earliestPs = Number.POSITIVE_INFINITY;
    for (const { readyPs } of this.#threads) earliestPs = Math.min(earliestPs, readyPs);
    return earliestPs;
  }

  depart(thread: KernelThread): void {
    thread.virtualPs -= this.#minVirtualPs;
  }

  giveAway(mayLeave: (thread: KernelThread) => boolean): KernelThread | undefined {
    const position = this.#threads.findIndex(mayLeave);
    if (position < 0) return undefined;
    const thread = this.#remove(position);
    this.depart(thread);
    return thread;
  }

  account(current: KernelThread, ranPs: number): void {
    current.virtualPs += this.#virtual(ranPs, current);
    const leftmost = this.#threads[0]?.virtualPs ?? current.virtualPs;
    this.#minVirtualPs = Math.max(this.#minVirtualPs, Math.min(current.virtualPs, leftmost));
  }

  nextCheckPs(_current: KernelThread, nowPs: number): number {
    const { tickPs } = this.#times;
    return (Math.floor(nowPs / tickPs) + 1) * tickPs;
  }

  mustGiveWay(current: KernelThread, nowPs: number): boolean {
    const first = this.#threads[0];
    if (first === undefined) return false;
    const slicePs = this.#slicePs(current);
    const ranPs = nowPs - current.startedPs;
    if (ranPs > slicePs) return true;
    if (ranPs < this.#times.minGranularityPs) return false;
    return current.virtualPs - first.virtualPs > slicePs;
  }

  preempts(woken: KernelThread, current: KernelThread): boolean {
    return this.#isFarAhead(current, woken);
  }

  /** The first place from `place` on whose thread is ready at `atPs`; their number: none is. */
  #firstReady(place: number, atPs: number): number {
    const threads = this.#threads;
    let position = place;
    while (position < threads.length && threads[position]!.readyPs > atPs) position += 1;
    return position;
  }

  /** Whether `ahead` is ahead of `behind` by more than the latter's wake-up granularity. */
  #isFarAhead(ahead: KernelThread, behind: KernelThread): boolean {
    const granularityPs = this.#virtual(this.#times.wakeupGranularityPs, behind);
    return ahead.virtualPs - behind.virtualPs > granularityPs;
  }

  /** How long the current thread may run in this period. */
  #slicePs({ weight }: KernelThread): number {
    const { latencyPs, minGranularityPs } = this.#times;
    const running = this.#threads.length + 1;
    const periodPs = Math.max(latencyPs, running * minGranularityPs);
    const slicePs = (periodPs * weight) / (this.#totalWeight + weight);
    return Math.max(slicePs, minGranularityPs);
  }

  /**
   * START_DEBIT: a new thread waits for a share of a period. The share is one of its creator's
   * queue, where only that one runs, however many there are here: threads that begin together are
   * equally far behind. [linux-5.x kernel/sched/fair.c task_fork_fair: task_cfs_rq(current)]
   */
  #startDebitPs(thread: KernelThread): number {
    const { latencyPs, minGranularityPs } = this.#times;
    const sharePs = (latencyPs * thread.weight) / (thread.weight + NICE_0_WEIGHT);
    return this.#virtual(Math.max(sharePs, minGranularityPs), thread);
  }

  #virtual(ps: number, thread: KernelThread): number {
    return (ps * NICE_0_WEIGHT) / thread.weight;
  }

  #insert(thread: KernelThread): void {
    const threads = this.#threads;
    // From the end, where most belong; splice would allocate.
    let position = threads.length;
    threads.push(thread);
    while (position > 0 && threads[position - 1]!.virtualPs > thread.virtualPs) {
      threads[position] = threads[position - 1]!;
      position -= 1;
    }
    threads[position] = thread;
  }

  #remove(position: number): KernelThread {
    const threads = this.#threads;
    const thread = threads[position]!;
    threads.copyWithin(position, position + 1);
    threads.pop();
    this.#totalWeight -= thread.weight;
    return thread;
  }
}
