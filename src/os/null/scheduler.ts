/** Threads that cost nothing to switch. */
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { LightQueue } from "../kernel/scheduling/light-queue.ts";
import { freePlan } from "../kernel/scheduling/scheduling-plan.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

/** Free threads share a core in turns of one millisecond. */
const SLICE_PS = 1_000_000_000;

export function createScheduler({ simulation, machine, coreCount }: Ground): SchedulerFacet {
  const plan = freePlan(() => new LightQueue(SLICE_PS), CAUSE.idle);
  return new ThreadScheduler(simulation, machine, plan, coreCount);
}
