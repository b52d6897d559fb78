/** POSIX threads on the unikernel's light threads. */
import { RunQueueScheduler } from "../kernel/run-queue.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

export function createScheduler({ simulation, machine, costs }: Ground): SchedulerFacet {
  return new RunQueueScheduler(simulation, machine, {
    contextSwitchPs: costs["port.contextSwitch"]!,
    slicePs: costs["port.slice"]!,
    idleExitPs: machine.idleExitPs,
  });
}
