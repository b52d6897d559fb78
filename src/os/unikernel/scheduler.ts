/** Light threads: one address space, so a switch saves registers and nothing else. */
import { RunQueueScheduler } from "../kernel/run-queue.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

export function createScheduler({ simulation, machine, costs }: Ground): SchedulerFacet {
  return new RunQueueScheduler(simulation, machine, {
    contextSwitchPs: costs["unikernel.contextSwitch"]!,
    slicePs: costs["unikernel.slice"]!,
    idleExitPs: machine.idleExitPs,
  });
}
