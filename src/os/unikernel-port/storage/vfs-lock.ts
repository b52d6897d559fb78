/**
 * The VFS's one lock: whoever finds it taken gives up its core and is woken when its turn comes, in
 * the order of arrival. [osv-source core/lfmutex.cc; fs/vfs/vfs_vnode.cc vn_lock]
 *
 * A caller that cannot suspend asks, goes away if the answer is no, and asks again once woken.
 *
 * I1  One thread at a time has it: from an answer of yes until `release`.
 */
import { assert } from "../../../base/assert.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { Alarm } from "../../../sim/alarm.ts";
import type { Simulation } from "../../../sim/simulation.ts";
import type { Thread } from "../../model.ts";

export class VfsLock {
  readonly #simulation: Simulation;
  readonly #wakeUpPs: number;
  readonly #waiting = new Set<Thread>();
  /** Who has been given the lock and has not come for it yet. */
  #next: Thread | undefined;
  /** Who had it last, and from when until when. */
  #holder: Thread | undefined;
  #heldFromPs = 0;
  #heldUntilPs = 0;
  readonly #handOver: Alarm;

  /** @param wakeUpPs what the holder pays to wake the next one. */
  constructor(simulation: Simulation, wakeUpPs: number) {
    this.#simulation = simulation;
    this.#wakeUpPs = wakeUpPs;
    this.#handOver = new Alarm(simulation, () => this.#wakeNext());
  }

  /** Whether the lock is `thread`'s now, for `holdPs`; if not, it is woken when it is. */
  tryAcquire(thread: Thread, holdPs: number): boolean {
    if (this.#next === thread) {
      this.#next = undefined;
      return true;
    }
    if (this.#next === undefined && this.#waiting.size === 0) {
      const { cursorPs } = thread.core;
      // The last holder's core may have run ahead of this one.
      const isBefore = cursorPs + holdPs <= this.#heldFromPs;
      if (this.#heldUntilPs <= cursorPs || isBefore) return true;
    }
    this.#waiting.add(thread);
    if (this.#next === undefined) this.#handOver.set(this.#heldUntilPs);
    return false;
  }

  /** `thread` has worked under the lock from `fromPs` up to its core's cursor. */
  release(thread: Thread, fromPs: number): void {
    const { cursorPs } = thread.core;
    if (cursorPs >= this.#heldUntilPs) {
      this.#holder = thread;
      this.#heldFromPs = fromPs;
      this.#heldUntilPs = cursorPs;
    }
    if (this.#waiting.size > 0) this.#handOver.set(this.#heldUntilPs);
  }

  #wakeNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    assert(this.#next === undefined, "I1: the lock is handed to one thread at a time");
    const { nowPs } = this.#simulation;
    const core = this.#holder!.core;
    core.interruptAt(nowPs);
    const tookPs = core.charge(CAUSE.wakeUp, this.#wakeUpPs);
    this.#waiting.delete(next);
    this.#next = next;
    next.wake(nowPs + tookPs, core);
  }
}
