/**
 * A lock of the kernel whose waiters queue: a spinlock, or the count of a read-write semaphore.
 *
 * Waiting cores spin, one behind the other (queued spinlocks). Taking the lock moves its cache line
 * to the taker: near inside a core complex, far across; the core that had it last and found nobody
 * in between keeps it. A read-write semaphore that is taken for reading makes nobody wait, but both
 * taking and releasing it need the line: `update(core, 2)`. Takers come in the order of the calls,
 * so call when the core has not run ahead of the clock by more than the look-ahead.
 * [linux-5.x kernel/locking/qspinlock.c]
 *
 * Not modelled: writers of a semaphore.
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { LineTransferTimes } from "../../hardware/cpu/shared-line.ts";

export class QueuedLock {
  /** How often a taker had to wait. */
  waited = 0;

  readonly #times: LineTransferTimes;
  #freePs = 0;
  #owner = -1;
  #ownerComplex = -1;

  constructor(times: LineTransferTimes) {
    this.#times = times;
  }

  /** One atomic update after the other, `count` in all, each of which needs the line. */
  update(core: Core, count: number): void {
    this.#take(core, count);
    this.#freePs = core.cursorPs;
  }

  /**
   * Takes the lock at the core's cursor, works for `holdPs` on `cause`, and releases it.
   *
   * @param lines cache lines that other cores wrote, or that no cache has, needed one by one.
   */
  hold(core: Core, cause: number, holdPs: number, lines = 0): void {
    this.#take(core, 1);
    // A busy sibling does not slow it down: under a contended lock it spins, and PAUSE yields.
    core.passUntil(core.cursorPs + holdPs + lines * this.#times.farPs, cause);
    this.#freePs = core.cursorPs;
  }

  /** Whether nobody has taken the lock since `core` did. */
  wasTakenLastBy(core: Core): boolean {
    return this.#owner < 0 || this.#owner === core.index;
  }

  #take(core: Core, transfers: number): void {
    const arrivedPs = core.cursorPs;
    if (this.#freePs > arrivedPs) {
      this.waited += 1;
      core.passUntil(this.#freePs, CAUSE.contention);
    }
    if (this.#owner === core.index) return;
    const isNear = core.complex === this.#ownerComplex;
    const transferPs = isNear ? this.#times.nearPs : this.#times.farPs;
    if (this.#owner >= 0) core.passUntil(core.cursorPs + transfers * transferPs, CAUSE.contention);
    this.#owner = core.index;
    this.#ownerComplex = core.complex;
  }
}
