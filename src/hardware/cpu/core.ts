/**
 * One hardware thread: it turns charged work into time and keeps the ledger of it.
 *
 * Interface: software calls `charge` as it works; that moves `cursorPs`, the moment up to which
 * this core's time is spoken for. The cursor may run ahead of the simulation's clock by a little
 * more than the declared look-ahead. `passUntil` spends the time up to a moment on a given cause.
 * An interrupt charges in the middle of work that was charged earlier; it simply pushes the cursor
 * on, which lengthens that work: its time is stolen from the thread that runs. A thread that only
 * waits for a moment (`beginWait`) loses nothing to an interrupt that ends before that moment.
 *
 * I1  The causes of a row add up to the cursor, exactly, at any moment.
 * I2  A row is cut exactly at the edges of the measured window, even in the middle of a burst.
 */
import { assert } from "../../base/assert.ts";
import type { LedgerRow } from "./ledger.ts";
import { CAUSE, emptyLedgerRow } from "./ledger.ts";

/** What a core does that has no thread and has left the guest until something rouses it. */
export interface HaltedState {
  /** `core` has been in this state since its cursor; what rouses it comes at `atPs`. */
  leave(core: Core, atPs: number): void;
}

export class Core {
  readonly index: number;
  /** Number of the group of cores that share a last-level cache. */
  readonly complex: number;
  /** Moment up to which this core's time is charged. */
  cursorPs = 0;
  /** Whether a thread occupies the core, running or polling. */
  isOccupied = false;
  /** The other hardware thread of the same physical core, if there is one. */
  sibling: Core | undefined;
  /** Leaving the idle state that the scheduler puts it into, in picoseconds. */
  idleExitPs = 0;
  /** A guest's core that halts; undefined: it waits where it is. */
  halted: HaltedState | undefined;
  /** Moment until which the running thread waits without giving up the core; 0: it does not. */
  waitsUntilPs = 0;

  readonly #row: LedgerRow = emptyLedgerRow();
  readonly #smtSlowdown: number;
  readonly #edgesPs: readonly number[];
  readonly #cuts: LedgerRow[] = [];
  #nextEdgePs: number;
  #waitCause = 0;

  /**
   * @param smtSlowdown factor ≥ 1 by which work takes longer while the sibling works too.
   * @param edgesPs ascending moments at which the ledger is cut.
   */
  constructor(index: number, complex: number, smtSlowdown: number, edgesPs: readonly number[]) {
    assert(smtSlowdown >= 1, "a busy sibling never makes work faster");
    this.index = index;
    this.complex = complex;
    this.#smtSlowdown = smtSlowdown;
    this.#edgesPs = edgesPs;
    this.#nextEdgePs = edgesPs[0] ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Spends `workPs` of undisturbed work on `cause`; returns how long it took.
   *
   * It takes longer than `workPs` while the sibling hardware thread works too.
   */
  charge(cause: number, workPs: number): number {
    const elapsedPs = this.#isSlowed() ? Math.round(workPs * this.#smtSlowdown) : workPs;
    this.#spend(cause, elapsedPs);
    return elapsedPs;
  }

  /** Factor by which work takes longer now, ≥ 1. */
  slowdown(): number {
    return this.#isSlowed() ? this.#smtSlowdown : 1;
  }

  /** Spends the time from the cursor up to `untilPs` on `cause`, if any is left. */
  passUntil(untilPs: number, cause: number): void {
    if (untilPs > this.cursorPs) this.#spend(cause, untilPs - this.cursorPs);
  }

  /**
   * What rouses this core, which has idled since its cursor, comes at `atPs`: charges the time up
   * to then, to `cause` if it has not halted, and leaving the idle state. Returns whether it had
   * left the guest.
   */
  leaveIdle(atPs: number, cause: number = CAUSE.idle): boolean {
    const { halted } = this;
    if (halted === undefined) this.passUntil(atPs + this.idleExitPs, cause);
    else halted.leave(this, atPs);
    return halted !== undefined;
  }

  /** From the cursor on the running thread waits until `untilPs`; that time goes to `cause`. */
  beginWait(untilPs: number, cause: number): void {
    this.waitsUntilPs = untilPs;
    this.#waitCause = cause;
  }

  /** What began with `beginWait` is over: the time that interrupts have left of it is charged. */
  endWait(): void {
    this.passUntil(this.waitsUntilPs, this.#waitCause);
    this.waitsUntilPs = 0;
  }

  /** An interrupt arrives at `atPs`: charges what an idle or waiting core did up to then. */
  interruptAt(atPs: number): void {
    if (this.waitsUntilPs > 0) this.passUntil(Math.min(atPs, this.waitsUntilPs), this.#waitCause);
    else if (!this.isOccupied) this.passUntil(atPs, CAUSE.idle);
  }

  /** The ledger between two edges, by their positions in `edgesPs`; both must have passed. */
  rowBetween(fromEdge: number, toEdge: number): LedgerRow {
    const from = this.#cuts[fromEdge];
    const to = this.#cuts[toEdge];
    assert(from !== undefined && to !== undefined, "the ledger was read before its window ended");
    return to.map((time, cause) => time - from[cause]!);
  }

  #isSlowed(): boolean {
    const sibling = this.sibling;
    return sibling !== undefined && (sibling.isOccupied || sibling.cursorPs > this.cursorPs);
  }

  #spend(cause: number, elapsedPs: number): void {
    const end = this.cursorPs + elapsedPs;
    if (end >= this.#nextEdgePs) this.#cutAt(cause, end);
    else this.#row[cause]! += elapsedPs;
    this.cursorPs = end;
  }

  #cutAt(cause: number, endPs: number): void {
    let fromPs = this.cursorPs;
    while (endPs >= this.#nextEdgePs) {
      this.#row[cause]! += this.#nextEdgePs - fromPs;
      fromPs = this.#nextEdgePs;
      this.#cuts.push(this.#row.slice());
      this.#nextEdgePs = this.#edgesPs[this.#cuts.length] ?? Number.POSITIVE_INFINITY;
    }
    this.#row[cause]! += endPs - fromPs;
  }
}
