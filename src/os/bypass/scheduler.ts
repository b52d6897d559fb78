/** Reactors, one pinned Linux thread per core that never sleeps; or tasks on such workers. */
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { watchSignal } from "../kernel/scheduling/idle-signal.ts";
import { LightQueue } from "../kernel/scheduling/light-queue.ts";
import { freePlan } from "../kernel/scheduling/scheduling-plan.ts";
import { taskPlan } from "../kernel/scheduling/task-plan.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, Poll, SchedulerFacet } from "../model.ts";
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
    wakePolling: {
      round: emptyRound(costs["bypass.emptyPoll"] * machine.array.drives.length),
      signal: watchSignal(machine),
    },
  };
  return new ThreadScheduler(simulation, machine, plan, coreCount);
}

/** A reactor's round over its queue pairs while none of them has anything under way. */
function emptyRound(periodPs: number): Poll {
  const timeoutPs = Number.POSITIVE_INFINITY;
  return { kind: "poll", periodPs, timeoutPs, arm: () => timeoutPs, disarm: () => {} };
}
