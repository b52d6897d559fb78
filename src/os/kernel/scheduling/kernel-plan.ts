/** Linux's kernel threads: fair run queues, one per core, balanced. */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { OptionValues } from "../../options.ts";
import { FairQueue } from "./fair-queue.ts";
import { type Interrupt, idlePlan, interruptSignal } from "./idle-signal.ts";
import type { KernelSchedulingCosts } from "./kernel-scheduling-costs.ts";
import { NO_TIMER, type SchedulingPlan, type SleepTimer, type Step } from "./scheduling-plan.ts";
import { coreTimer, turnTimerExits } from "./sleep-timer.ts";

export function kernelPlan(
  costs: Readonly<Record<KernelSchedulingCosts, number>>,
  machine: HostMachine,
  options: OptionValues,
): SchedulingPlan {
  const {
    park,
    wake: [crossing, futex, wakeUp],
  } = kernelSleep(costs);
  const interrupt = rescheduleInterrupt(costs);
  const times = {
    latencyPs: costs["kernel.latencyPeriod"],
    minGranularityPs: costs["kernel.slice"],
    wakeupGranularityPs: costs["kernel.wakeupGranularity"],
    tickPs: costs["kernel.tickPeriod"],
  };
  return {
    contextSwitchPs: costs["kernel.contextSwitch"],
    warm: { switchPs: costs["kernel.warmSwitch"], withinPs: costs["kernel.warmPeriod"] },
    idleCause: CAUSE.idle,
    // An idle core watches its thread flags with MWAIT, so a store rouses it and no interrupt is
    // sent. [linux-5.x kernel/sched/core.c set_nr_if_polling, arch/x86/kernel/process.c mwait_idle]
    ...idlePlan(options, machine, interrupt),
    kick: interruptSignal(machine, interrupt),
    timer: [{ cause: CAUSE.scheduler, ps: costs["kernel.tick"] }, ...turnTimerExits(machine)],
    park,
    unpark: [crossing, futex],
    wakeUp: [wakeUp],
    sleepTimer: kernelTimer(costs, machine),
    workerTimer: NO_TIMER,
    workerSwitchPs: 0,
    createRunnable: () => new FairQueue(times),
    isShared: false,
    balancing: {
      hotPs: costs["kernel.cacheHot"],
      migratePs: costs["kernel.migrate"],
    },
  };
}

/** Sleeping on a futex, and waking who does: the call, the queue, and making it runnable. */
export function kernelSleep(
  costs: Readonly<Record<"kernel.systemCall" | "kernel.futex" | "kernel.wakeUp", number>>,
): { park: Step[]; wake: [Step, Step, Step] } {
  const crossing = { cause: CAUSE.systemCall, ps: costs["kernel.systemCall"] };
  const futex = { cause: CAUSE.scheduler, ps: costs["kernel.futex"] };
  const wakeUp = { cause: CAUSE.wakeUp, ps: costs["kernel.wakeUp"] };
  return { park: [crossing, futex], wake: [crossing, futex, wakeUp] };
}

/** clock_nanosleep, or the time limit of another call. */
export function kernelTimer(
  costs: Readonly<Record<KernelSchedulingCosts, number>>,
  machine: HostMachine,
): SleepTimer {
  return coreTimer(
    machine,
    {
      call: [{ cause: CAUSE.systemCall, ps: costs["kernel.systemCall"] }],
      setPs: costs["kernel.timerSet"],
      entryPs: costs["kernel.interruptEntry"],
    },
    [{ cause: CAUSE.wakeUp, ps: costs["kernel.wakeUp"] }],
  );
}

/** The order to another core to choose anew: what sending and receiving it take. */
export function rescheduleInterrupt(
  costs: Readonly<Record<"kernel.rescheduleSend" | "kernel.rescheduleReceive", number>>,
): Interrupt {
  return {
    send: { cause: CAUSE.wakeUp, ps: costs["kernel.rescheduleSend"] },
    receive: { cause: CAUSE.interrupt, ps: costs["kernel.rescheduleReceive"] },
  };
}
