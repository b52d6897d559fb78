/**
 * Light threads: one address space and one privilege level, so a switch saves registers and nothing
 * else, a timer preempts without a crossing, and waiting for one another needs no futex.
 */
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { idlePlan, interruptSignal, watchSignal } from "../kernel/scheduling/idle-signal.ts";
import { lightQueue } from "../kernel/scheduling/light-plan.ts";
import { NO_TIMER, type SchedulingPlan } from "../kernel/scheduling/scheduling-plan.ts";
import { coreTimer, turnTimerExits } from "../kernel/scheduling/sleep-timer.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import type { UnikernelCosts } from "./costs.ts";

export function createScheduler(ground: Ground): SchedulerFacet {
  const { simulation, machine, options, coreCount } = ground;
  const costs = ground.costs as UnikernelCosts;
  const interrupt = { cause: CAUSE.interrupt, ps: costs["unikernel.interruptEntry"] };
  const send = { cause: CAUSE.wakeUp, ps: costs["unikernel.ipiSend"] };
  const wakeUp = [{ cause: CAUSE.wakeUp, ps: costs["unikernel.wakeUp"] }];
  const plan: SchedulingPlan = {
    contextSwitchPs: costs["unikernel.contextSwitch"],
    idleCause: CAUSE.idle,
    // An idle core looks at its queue before it halts and watches it while it does.
    // [osv core/sched.cc cpu::idle, idle_poll]
    ...idlePlan(options, machine, { send, receive: interrupt }),
    kick: interruptSignal(machine, { send, receive: interrupt }),
    timer: [interrupt, ...turnTimerExits(machine)],
    park: [],
    unpark: [],
    wakeUp,
    // [osv core/sched.cc timer_base::set, timer_list::fired; thread::sleep is a function]
    sleepTimer: coreTimer(
      machine,
      { call: [], setPs: costs["unikernel.timerSet"], entryPs: costs["unikernel.interruptEntry"] },
      wakeUp,
    ),
    workerTimer: NO_TIMER,
    workerSwitchPs: 0,
    createRunnable: lightQueue(options, costs["unikernel.slice"]),
    isShared: options["run_queue"] === "shared",
    // Who polls looks between two rounds whether it has been told to go on; who has nothing under
    // way sleeps, which costs little here.
    ...(options["completion"] === "polling" && { wakePolling: { signal: watchSignal(machine) } }),
  };
  const shared = options["queue_pairs"] === "core" ? { depth: CHANNEL_DEPTH_MAX } : undefined;
  return new ThreadScheduler(simulation, machine, plan, coreCount, shared);
}
