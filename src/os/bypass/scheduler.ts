/** Reactors: one pinned Linux thread per core that never sleeps. */

import { RunQueueScheduler } from "../kernel/run-queue.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

export function createScheduler({ simulation, machine, costs }: Ground): SchedulerFacet {
  return new RunQueueScheduler(simulation, machine, {
    contextSwitchPs: costs["bypass.contextSwitch"]!,
    slicePs: costs["bypass.slice"]!,
    idleExitPs: machine.idleExitPs,
  });
}
