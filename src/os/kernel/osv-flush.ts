/**
 * How OSv drops translations [osv arch/x64/mmu.cc flush_tlb_all]: one mutex for the whole system;
 * its holder drops this core's TLB, interrupts every other core that runs application threads, and
 * sleeps until the last one has counted down the confirmations and, in its handler, wakes it. Cores
 * that are idle flush when they leave their idle state. Always the whole TLB, however few pages.
 */
import type { SystemTask, Thread } from "../model.ts";
import type { AddressSpace } from "./address-space.ts";
import { SleepLock } from "./sleep-lock.ts";

export class OsvFlush {
  readonly #space: AddressSpace;
  readonly #lock: SleepLock;

  constructor(space: AddressSpace, wakePs: number) {
    this.#space = space;
    this.#lock = new SleepLock(wakePs);
  }

  *flush(thread: Thread): SystemTask {
    yield* this.#lock.acquire(thread);
    yield* this.#space.flushAll(thread);
    this.#lock.release(thread);
  }
}
