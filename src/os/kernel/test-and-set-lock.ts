/**
 * A lock whose waiters swap a flag in a loop until they find it clear.
 *
 * Every look needs the line for itself, so with n waiters a look takes n transfers, and so does the
 * holder's store that clears the flag: it queues behind the looks. Whoever looks first afterwards
 * has the lock. Waiters keep their cores, with interrupts enabled; one interrupt for all of them
 * lets them go on at the same moment, and who is first then is chance, not a core's number.
 *
 * I1  At most one thread owns it.
 */
import { assert } from "../../base/assert.ts";
import { mixBits } from "../../base/random.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { Spin, SystemTask, Thread } from "../model.ts";

export class TestAndSetLock {
  readonly #transferPs: number;
  #owner: Thread | undefined;
  #waiters = 0;
  #looks = 0;
  #freePs = 0;

  /** @param transferPs how long the line takes from one core to another. */
  constructor(transferPs: number) {
    this.#transferPs = transferPs;
  }

  *acquire(thread: Thread): SystemTask {
    const { core } = thread;
    const spin: Spin = { kind: "spin", atPs: 0, cause: CAUSE.contention };
    this.#waiters += 1;
    while (this.#owner !== undefined || core.cursorPs < this.#freePs) {
      spin.atPs = Math.max(core.cursorPs + this.#nextLookPs(), this.#freePs);
      yield spin;
    }
    this.#waiters -= 1;
    this.#owner = thread;
  }

  /** Until a waiter has the line again: on average a transfer to each of them. */
  #nextLookPs(): number {
    this.#looks += 1;
    const chance = (mixBits(this.#looks) >>> 0) / 0x1_0000_0000;
    return Math.max(1, Math.round(2 * chance * this.#waiters * this.#transferPs));
  }

  release(thread: Thread): void {
    assert(this.#owner === thread, "I1: only the owner releases a lock");
    const { core } = thread;
    core.passUntil(core.cursorPs + this.#waiters * this.#transferPs, CAUSE.contention);
    this.#owner = undefined;
    this.#freePs = core.cursorPs;
  }
}
