/**
 * What a core does between two events: it polls, computes or has nothing to do. None of that needs
 * events of its own; it is charged when the next one comes.
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { Poller } from "../../../hardware/nvme/completion-watch.ts";
import type { Compute, Poll } from "../../model.ts";
import { Computation } from "./computation.ts";

export class Occupation {
  readonly #core: Core;
  readonly #idleCause: number;
  readonly #computation: Computation;
  #polling: Poll | undefined;

  /** @param idleCause what the time of a core with nothing to do is charged to. */
  constructor(core: Core, idleCause: number) {
    this.#core = core;
    this.#idleCause = idleCause;
    this.#computation = new Computation(core);
  }

  get isPolling(): boolean {
    return this.#polling !== undefined;
  }

  /** Whether the core works until something ends it. */
  get isUnderWay(): boolean {
    return this.#polling !== undefined || this.#computation.isUnderWay;
  }

  /** Begins to poll on behalf of `poller`; returns when a look will find something, if known. */
  poll(wait: Poll, poller: Poller): number {
    const visiblePs = wait.arm(poller);
    this.#polling = wait;
    return visiblePs;
  }

  /** Begins, or goes on with, `work`; returns when it would be done. */
  compute(work: Compute): number {
    return this.#computation.begin(work);
  }

  /** Charges the core's time up to `nowPs`, and goes on. */
  settle(nowPs: number): void {
    if (this.#computation.isUnderWay) this.#computation.advance(nowPs);
    else this.#core.passUntil(nowPs, this.isPolling ? CAUSE.pollingEmpty : this.#idleCause);
  }

  /** Charges polling or computing up to `nowPs` and ends it; returns whether there was any. */
  end(nowPs: number): boolean {
    if (this.#polling !== undefined) {
      this.#endPolling(this.#polling, nowPs);
      return true;
    }
    if (!this.#computation.isUnderWay) return false;
    this.#computation.advance(nowPs);
    this.#computation.stop();
    return true;
  }

  #endPolling(poll: Poll, nowPs: number): void {
    const core = this.#core;
    // The look that finds the completion ends at the next multiple of the loop's period.
    const looks = poll.periodPs > 0 ? Math.ceil((nowPs - core.cursorPs) / poll.periodPs) : 0;
    core.passUntil(Math.max(nowPs, core.cursorPs + looks * poll.periodPs), CAUSE.pollingEmpty);
    poll.disarm();
    this.#polling = undefined;
  }
}
