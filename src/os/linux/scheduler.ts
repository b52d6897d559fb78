/** Kernel threads; a thread that waits for an interrupt sleeps, and every wake-up is a switch. */
import { RunQueueScheduler } from "../kernel/run-queue.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

export function createScheduler({ simulation, machine, costs }: Ground): SchedulerFacet {
  return new RunQueueScheduler(simulation, machine, {
    contextSwitchPs: costs["kernel.contextSwitch"]!,
    slicePs: costs["kernel.slice"]!,
    idleExitPs: machine.idleExitPs,
  });
}
