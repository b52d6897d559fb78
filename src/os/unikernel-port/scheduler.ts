/** POSIX threads on the unikernel's light threads. */
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { idlePlan } from "../kernel/scheduling/idle-signal.ts";
import { LightQueue } from "../kernel/scheduling/light-queue.ts";
import { freePlan } from "../kernel/scheduling/scheduling-plan.ts";
import { coreTimer, turnTimerExits } from "../kernel/scheduling/sleep-timer.ts";
import { ThreadScheduler } from "../kernel/scheduling/thread-scheduler.ts";
import type { Ground, SchedulerFacet } from "../model.ts";

export function createScheduler(ground: Ground): SchedulerFacet {
  const { simulation, machine, costs, options, coreCount } = ground;
  const wakeUp = [{ cause: CAUSE.wakeUp, ps: costs["port.wakeUp"]! }];
  const interrupt = { cause: CAUSE.interrupt, ps: costs["port.interruptEntry"]! };
  const send = { cause: CAUSE.wakeUp, ps: costs["port.ipiSend"]! };
  const plan = {
    ...freePlan(() => new LightQueue(costs["port.slice"]!), CAUSE.idle),
    contextSwitchPs: costs["port.contextSwitch"]!,
    ...idlePlan(options, machine, { send, receive: interrupt }),
    wakeUp,
    // nanosleep is a function. [osv libc/time.cc nanosleep]
    sleepTimer: coreTimer(
      machine,
      { call: [], setPs: costs["port.timerSet"]!, entryPs: costs["port.interruptEntry"]! },
      wakeUp,
    ),
    timer: [interrupt, ...turnTimerExits(machine)],
  };
  return new ThreadScheduler(simulation, machine, plan, coreCount);
}
