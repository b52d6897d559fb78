/** Reactors, one pinned Linux thread per core that never sleeps; or tasks on such workers. */
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { LightQueue } from "../kernel/scheduling/light-queue.ts";
import { freePlan } from "../kernel/scheduling/scheduling-plan.ts";
import { taskPlan } from "../kernel/scheduling/task-plan.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import type { BypassCosts } from "./costs.ts";

export function createScheduler(ground: Ground): SchedulerFacet {
  const { simulation, machine, options, coreCount } = ground;
  const costs = ground.costs as BypassCosts;
  if (options["threads"] === "tasks") {
    const plan = taskPlan(costs, machine, options);
    return new ThreadScheduler(simulation, machine, plan, coreCount, {
      depth: CHANNEL_DEPTH_MAX,
    });
  }
  const plan = {
    ...freePlan(() => new LightQueue(costs["bypass.slice"]), CAUSE.idle),
    contextSwitchPs: costs["bypass.contextSwitch"],
    idleExitPs: machine.idleExitPs,
  };
  return new ThreadScheduler(simulation, machine, plan, coreCount);
}
