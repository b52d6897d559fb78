/** Threads that cost nothing to switch. */

import { RunQueueScheduler } from "../kernel/run-queue.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

/** Free threads share a core in turns of one millisecond. */
const SLICE_PS = 1_000_000_000;

export function createScheduler({ simulation, machine }: Ground): SchedulerFacet {
  return new RunQueueScheduler(simulation, machine, {
    contextSwitchPs: 0,
    slicePs: SLICE_PS,
    idleExitPs: 0,
  });
}
