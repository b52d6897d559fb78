/**
 * A mutex whose waiters sleep, handed on in the order of their arrival.
 *
 * I1  At most one thread owns it; a waiter that is woken owns it already.
 *
 * A holder whose core has run ahead of the clock may have released the lock before others try: they
 * wait until the moment of that release.
 */
import { assert } from "../../base/assert.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SLEEP, type SystemTask, type Thread } from "../model.ts";

export class SleepLock {
  readonly #wakePs: number;
  readonly #waiters: Thread[] = [];
  #owner: Thread | undefined;
  #freePs = 0;

  /** @param wakePs what the holder pays to wake the next one. */
  constructor(wakePs: number) {
    this.#wakePs = wakePs;
  }

  *acquire(thread: Thread): SystemTask {
    if (this.#owner === undefined) {
      this.#owner = thread;
      thread.core.passUntil(this.#freePs, CAUSE.contention);
      return;
    }
    this.#waiters.push(thread);
    while (this.#owner !== thread) yield SLEEP;
  }

  release(thread: Thread): void {
    assert(this.#owner === thread, "I1: only the owner releases a lock");
    const next = this.#waiters.shift();
    this.#owner = next;
    if (next !== undefined) {
      thread.core.charge(CAUSE.wakeUp, this.#wakePs);
      next.wake(thread.core.cursorPs, thread.core);
    }
    this.#freePs = thread.core.cursorPs;
  }
}
