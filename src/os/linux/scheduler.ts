/** Kernel threads under the fair scheduler; or a worker per core that runs tasks in user space. */

import { idleExit, idleSignal } from "../kernel/scheduling/idle-signal.ts";
import { kernelPlan, rescheduleInterrupt } from "../kernel/scheduling/kernel-plan.ts";
import { taskPlan } from "../kernel/scheduling/task-plan.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import type { LinuxCosts } from "./costs.ts";

export function createScheduler(ground: Ground): SchedulerFacet {
  const { simulation, machine, options, coreCount } = ground;
  const costs = ground.costs as LinuxCosts;
  if (options["threads"] !== "tasks") {
    const rouse = idleSignal(options, machine, costs, rescheduleInterrupt(costs));
    const idleExitPs = idleExit(options, machine);
    const plan = { ...kernelPlan(costs, machine), rouse, idleExitPs };
    return new ThreadScheduler(simulation, machine, plan, coreCount);
  }
  // A worker without runnable tasks waits in the kernel: for its ring, or for a futex.
  const plan = taskPlan(costs, machine, options, costs["kernel.contextSwitch"]);
  return new ThreadScheduler(simulation, machine, plan, coreCount, CHANNEL_DEPTH_MAX);
}
