/** Work that a core does for its current thread: charged when something ends or interrupts it. */
import type { Core } from "../../../hardware/cpu/core.ts";
import type { Compute } from "../../model.ts";

export class Computation {
  readonly #core: Core;
  #work: Compute | undefined;
  /** Factor by which a busy sibling makes it take longer. */
  #slowdown = 1;

  constructor(core: Core) {
    this.#core = core;
  }

  get isUnderWay(): boolean {
    return this.#work !== undefined;
  }

  /** Begins, or goes on with, `work` at the core's cursor; returns when it would be done. */
  begin(work: Compute): number {
    this.#work = work;
    this.#slowdown = this.#core.slowdown();
    return this.#core.cursorPs + Math.ceil(work.remainingPs * this.#slowdown);
  }

  /** Charges what was done up to `nowPs` and takes it off what remains. */
  advance(nowPs: number): void {
    const elapsedPs = nowPs - this.#core.cursorPs;
    const work = this.#work;
    if (work === undefined || elapsedPs <= 0) return;
    this.#core.passUntil(nowPs, work.cause);
    const leftPs = work.remainingPs - elapsedPs / this.#slowdown;
    work.remainingPs = leftPs < 1 ? 0 : leftPs;
  }

  /** The core does something else. */
  stop(): void {
    this.#work = undefined;
  }
}
