/**
 * A lock whose waiters swap a flag in a loop until they find it clear.
 *
 * Every look needs the line for itself, so with n waiters a look takes n transfers, and so does the
 * holder's store that clears the flag: it queues behind the looks. Whoever looks first afterwards
 * has the lock. Waiters keep their cores, with interrupts enabled.
 *
 * I1  At most one thread owns it.
 */
import { assert } from "../../base/assert.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { Spin, SystemTask, Thread } from "../model.ts";

export class TestAndSetLock {
  readonly #transferPs: number;
  #owner: Thread | undefined;
  #waiters = 0;
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
      const lookPs = Math.max(1, this.#waiters * this.#transferPs);
      spin.atPs = Math.max(core.cursorPs + lookPs, this.#freePs);
      yield spin;
    }
    this.#waiters -= 1;
    this.#owner = thread;
  }

  release(thread: Thread): void {
    assert(this.#owner === thread, "I1: only the owner releases a lock");
    const { core } = thread;
    core.passUntil(core.cursorPs + this.#waiters * this.#transferPs, CAUSE.contention);
    this.#owner = undefined;
    this.#freePs = core.cursorPs;
  }
}
