/**
 * First come, first served, in turns of one quantum: what a light scheduler does.
 *
 * Woken and preempted threads join the tail. With an infinite quantum nobody is preempted
 * (cooperative); with a short one every thread gets an equal share (processor sharing). Urgent
 * threads go first, and with `preemptsOnArrival` do not wait for the end of a quantum.
 */
import type { KernelThread } from "./kernel-thread.ts";
import type { Arrival, RunnableThreads } from "./runnable-threads.ts";
import { ThreadRing } from "./thread-ring.ts";

export class LightQueue implements RunnableThreads {
  readonly #quantumPs: number;
  readonly #preemptsOnArrival: boolean;
  readonly #urgent = new ThreadRing();
  readonly #normal = new ThreadRing();

  /** @param quantumPs > 0; Infinity: a thread keeps its core until it waits. */
  constructor(quantumPs: number, preemptsOnArrival = false) {
    this.#quantumPs = quantumPs;
    this.#preemptsOnArrival = preemptsOnArrival;
  }

  get length(): number {
    return this.#urgent.length + this.#normal.length;
  }

  add(thread: KernelThread, _arrival: Arrival): void {
    (thread.isUrgent ? this.#urgent : this.#normal).push(thread);
  }

  take(atPs: number): KernelThread | undefined {
    return this.#urgent.shiftReady(atPs) ?? this.#normal.shiftReady(atPs);
  }

  earliestReadyPs(): number {
    return Math.min(this.#urgent.earliestReadyPs(), this.#normal.earliestReadyPs());
  }

  depart(): void {}

  giveAway(): undefined {
    return undefined;
  }

  account(): void {}

  nextCheckPs(current: KernelThread, nowPs: number): number {
    return Math.max(nowPs, current.startedPs + this.#quantumPs);
  }

  mustGiveWay(current: KernelThread, nowPs: number): boolean {
    const waiting = current.isUrgent ? this.#urgent.length : this.length;
    if (waiting > 0) return nowPs >= current.startedPs + this.#quantumPs;
    // Nobody waits who would go before it: another turn.
    current.startedPs = nowPs;
    return false;
  }

  preempts(woken: KernelThread, current: KernelThread): boolean {
    return this.#preemptsOnArrival && woken.isUrgent && !current.isUrgent;
  }
}
