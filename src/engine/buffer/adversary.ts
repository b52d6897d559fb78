/**
 * Makes plain calls miss and waits happen, by chance of a seed: for tests of concurrency.
 *
 * Wherever the engine fixes a page or takes a latch it asks the adversary; a strike forces the
 * suspending path although the page is there, and the wait lets every other worker run in between:
 * the worker has lost its core. One that masks preemption keeps it, while time passes for others.
 */
import { RandomStream } from "../../base/random.ts";
import { CATCH_UP, CAUSE, SLEEP, type Wait } from "../../os/model.ts";
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";

export interface AdversaryConfig {
  readonly seed: number;
  /** Chance that a fix or a latch is forced onto the suspending path, from 0 to below 1. */
  readonly probability: number;
}

/** Longest forced wait, in picoseconds. */
const WAIT_PS_MAX = 3_000_000;

export class Adversary {
  readonly #random: RandomStream;
  readonly #probability: number;
  /** Strikes at a worker that holds a latch. */
  maskedStrikes = 0;

  constructor({ seed, probability }: AdversaryConfig) {
    this.#random = new RandomStream(seed, "adversary");
    this.#probability = probability;
  }

  /** Whether this call has to take the suspending path. */
  strikes(): boolean {
    return this.#random.fraction() < this.#probability;
  }

  /** Perhaps lets others run; what was read before has to be validated afterwards. */
  *interfere(worker: Worker): EngineTask<void> {
    if (!this.strikes()) return;
    const atPs = worker.thread.core.cursorPs + this.#random.below(WAIT_PS_MAX);
    const wait: Wait = worker.isMasked
      ? { kind: "spin", atPs, cause: CAUSE.database }
      : { kind: "until", atPs, other: SLEEP };
    if (worker.isMasked) this.maskedStrikes += 1;
    yield wait;
    yield CATCH_UP;
  }
}
