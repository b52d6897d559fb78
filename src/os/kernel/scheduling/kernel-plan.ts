/** Linux's kernel threads: fair run queues, one per core, balanced. */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { OptionValues } from "../../options.ts";
import { FairQueue } from "./fair-queue.ts";
import { type GuestCosts, idleSignal } from "./idle-signal.ts";
import type { KernelSchedulingCosts } from "./kernel-scheduling-costs.ts";
import type { SchedulingPlan } from "./scheduling-plan.ts";

export function kernelPlan(
  costs: Readonly<Record<KernelSchedulingCosts | GuestCosts, number>>,
  machine: HostMachine,
  options: OptionValues,
): SchedulingPlan {
  const crossing = { cause: CAUSE.systemCall, ps: costs["kernel.systemCall"] };
  const futex = { cause: CAUSE.scheduler, ps: costs["kernel.futex"] };
  const send = { cause: CAUSE.wakeUp, ps: costs["kernel.rescheduleSend"] };
  const receive = { cause: CAUSE.interrupt, ps: costs["kernel.rescheduleReceive"] };
  // An idle core watches its thread flags with MWAIT, so a store rouses it and no interrupt is
  // sent. [linux-5.x kernel/sched/core.c set_nr_if_polling, arch/x86/kernel/process.c mwait_idle]
  const rouse = idleSignal(options, machine, costs, { send, receive });
  const kick = { send: [send], travelPs: machine.interruptDeliveryPs, receive: [receive] };
  const times = {
    latencyPs: costs["kernel.latencyPeriod"],
    minGranularityPs: costs["kernel.slice"],
    wakeupGranularityPs: costs["kernel.wakeupGranularity"],
    tickPs: costs["kernel.tickPeriod"],
  };
  return {
    contextSwitchPs: costs["kernel.contextSwitch"],
    idleCause: CAUSE.idle,
    idleExitPs: machine.idleExitPs,
    rouse,
    kick,
    timer: [{ cause: CAUSE.scheduler, ps: costs["kernel.tick"] }],
    park: [crossing, futex],
    unpark: [crossing, futex],
    wakeUp: [{ cause: CAUSE.wakeUp, ps: costs["kernel.wakeUp"] }],
    workerSwitchPs: 0,
    createRunnable: () => new FairQueue(times),
    isShared: false,
    balancing: {
      hotPs: costs["kernel.cacheHot"],
      migratePs: costs["kernel.migrate"],
    },
  };
}
