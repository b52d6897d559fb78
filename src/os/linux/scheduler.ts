/**
 * Kernel threads under the fair scheduler; or a worker per core that runs tasks in user space.
 *
 * Threads of the kernel's own that serve workers (SQPOLL) have cores behind the workers' ones.
 */

import { idlePlan } from "../kernel/scheduling/idle-signal.ts";
import { kernelSleep, kernelTimer, rescheduleInterrupt } from "../kernel/scheduling/kernel-plan.ts";
import { createKernelThreads } from "../kernel/scheduling/kernel-threads.ts";
import { taskPlan } from "../kernel/scheduling/task-plan.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet, Thread, ThreadTask } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import type { LinuxCosts } from "./costs.ts";

export function createScheduler(ground: Ground): SchedulerFacet {
  const { options, coreCount } = ground;
  if (options["threads"] !== "tasks") return createKernelThreads(ground);
  const workers = taskWorkers(ground);
  if (options["sqthread_poll"] !== true) return workers;
  const machine = { ...ground.machine, cores: ground.machine.cores.slice(coreCount) };
  return withHelpers(workers, createKernelThreads({ ...ground, machine }), ground.threadCount);
}

function taskWorkers({ simulation, machine, options, costs: given, coreCount }: Ground) {
  const costs = given as LinuxCosts;
  // A worker without runnable tasks waits in the kernel: for its ring, or for a futex. So it is
  // roused by a system call: of the futex, or one that adds a result to its ring (MSG_RING).
  const plan = taskPlan(costs, machine, options, {
    switchPs: costs["kernel.contextSwitch"],
    timer: kernelTimer(costs, machine),
    ...kernelSleep(costs),
    idle: idlePlan(options, machine, rescheduleInterrupt(costs)),
  });
  return new ThreadScheduler(simulation, machine, plan, coreCount, {
    depth: CHANNEL_DEPTH_MAX,
    submitsAtOnce: options["task_submit"] === "each",
  });
}

/** Tasks on `workers`, and whatever is started beyond `taskCount` on `helpers`. */
function withHelpers(
  workers: ThreadScheduler,
  helpers: ThreadScheduler,
  taskCount: number,
): SchedulerFacet {
  return {
    get preemptions() {
      return workers.preemptions;
    },
    spawn(index: number, body: (thread: Thread) => ThreadTask, attributes): Thread {
      if (index < taskCount) return workers.spawn(index, body, attributes);
      return helpers.spawn(index - taskCount, body, attributes);
    },
    settle(endPs: number): void {
      workers.settle(endPs);
      helpers.settle(endPs);
    },
    waiting: (core: number) => workers.waiting(core),
    hasOneQueue: workers.hasOneQueue,
    isDispatched: workers.isDispatched,
    ...(workers.shareStorage && { shareStorage: workers.shareStorage }),
  };
}
