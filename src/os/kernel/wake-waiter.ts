/** Waking the thread that waits for a completion, if it sleeps. */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { Thread } from "../model.ts";

/** Called on `core` at `atPs` when `thread` has something to reap; charges the wake-up, if any. */
export function wakeWaiter(thread: Thread, core: Core, atPs: number, wakeUpPs: number): void {
  const tookPs = thread.isSleeping ? core.charge(CAUSE.wakeUp, wakeUpPs) : 0;
  thread.wake(atPs + tookPs);
}
