/** Kernel threads under the fair scheduler, as on Linux; one that waits for a page sleeps. */
import { kernelPlan } from "../kernel/scheduling/kernel-plan.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet } from "../model.ts";
import type { MmapCosts } from "./costs.ts";

export function createScheduler(ground: Ground): SchedulerFacet {
  const { simulation, machine, options, coreCount } = ground;
  const plan = kernelPlan(ground.costs as MmapCosts, machine, options);
  return new ThreadScheduler(simulation, machine, plan, coreCount);
}
