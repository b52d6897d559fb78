/**
 * A core that does nothing but hand runnable tasks to workers, and tell those that run too long.
 *
 * A worker that has finished says so in a line of memory and looks at it until the dispatcher has
 * put the next task there. The dispatcher goes round all workers: it finds out on average half a
 * round later. So it is one server in front of all workers: every assignment costs it a turn, and
 * the worker two transfers of the line. It interrupts a worker whose task has run for its quantum
 * whether or not another task waits.
 * [skyloft-source libos/sched/policy/sq.c sq_sched_poll]
 *
 * Not modelled: where in its round it is (half a round is charged to everybody).
 */
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";

export interface DispatcherCosts {
  /** One assignment: taking a task from the queue and giving it to a worker. */
  readonly assignPs: number;
  /** Sending a user interrupt, and from there to its handler. */
  readonly sendPs: number;
  readonly deliveryPs: number;
  /** Moving a line between dispatcher and worker. */
  readonly linePs: number;
  /** Looking at one worker that needs nothing. */
  readonly visitPs: number;
}

export class Dispatcher {
  readonly #core: Core;
  readonly #costs: DispatcherCosts;
  readonly #halfRoundPs: number;

  constructor(core: Core, costs: DispatcherCosts, workers: number) {
    this.#core = core;
    this.#halfRoundPs = Math.round((costs.visitPs * workers) / 2);
    this.#costs = costs;
    core.isOccupied = true;
  }

  /** A worker wants a task from `atPs` on; returns when it has one. */
  assign(atPs: number): number {
    const { assignPs, linePs } = this.#costs;
    return this.#serve(atPs + linePs + this.#halfRoundPs, assignPs) + linePs;
  }

  /** A worker's task has had its turn at `atPs`; returns when the worker is interrupted. */
  interrupt(atPs: number): number {
    const { sendPs, deliveryPs } = this.#costs;
    return this.#serve(atPs + this.#halfRoundPs, sendPs) + deliveryPs;
  }

  settle(endPs: number): void {
    this.#core.passUntil(endPs, CAUSE.pollingEmpty);
  }

  #serve(atPs: number, workPs: number): number {
    this.#core.passUntil(atPs, CAUSE.pollingEmpty);
    this.#core.charge(CAUSE.scheduler, workPs);
    return this.#core.cursorPs;
  }
}
