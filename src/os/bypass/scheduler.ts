/** Reactors: one pinned Linux thread per core that never sleeps. */
import type { Ground, SchedulerFacet } from "../model.ts";
import { RunQueueScheduler } from "../kernel/run-queue.ts";

export function createScheduler({ simulation, machine, costs }: Ground): SchedulerFacet {
  return new RunQueueScheduler(simulation, machine, {
    contextSwitchPs: costs["bypass.contextSwitch"]!,
    slicePs: costs["bypass.slice"]!,
    idleExitPs: machine.idleExitPs,
  });
}
