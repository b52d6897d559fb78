/**
 * Costs of a unikernel whose NVMe driver is a function of the database, for a machine that does not
 * say otherwise.
 *
 * The driver does what SPDK's does, so its steps take the same; what differs is that interrupts are
 * at hand without a system call and that a thread switch stays in one address space.
 */
import type { BackendCosts, CostMeanings } from "../model.ts";

export const costs = {
  "unikernel.submit": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "spdk21",
    where: "as bypass.submit: the same steps in the same address space",
    range: [30, 120],
  },
  "unikernel.complete": {
    value: 39,
    unit: "ns",
    provenance: "assumed",
    source: "spdk21",
    where: "as bypass.complete: the same steps in the same address space",
    range: [30, 120],
  },
  "unikernel.doorbell": {
    value: 125,
    unit: "ns",
    provenance: "derived",
    source: "spdk19",
    where: "as bypass.doorbell: the device does not know who rings",
  },
  "unikernel.emptyPoll": {
    value: 15,
    unit: "ns",
    provenance: "assumed",
    source: "spdk-source",
    where: "as bypass.emptyPoll",
    range: [5, 50],
  },
  "unikernel.interruptEntry": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where:
      "arch/x64/exceptions: same privilege, no mitigations, but registers and end of interrupt",
    range: [150, 590],
  },
  "unikernel.wakeUp": {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "core/sched.cc thread::wake on the same CPU: one list insertion",
    range: [40, 300],
  },
  "unikernel.ipiSend": {
    value: 437,
    unit: "cycles",
    atGHz: 2,
    provenance: "assumed",
    source: "skyloft24",
    where: "as kernel.rescheduleSend: the same register of the interrupt controller (P15)",
    range: [100, 437],
  },
  "unikernel.timerSet": {
    value: 100,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "core/sched.cc timer_base::set, timer_list::rearm: a set of timers, and one register",
    range: [40, 300],
  },
  "unikernel.contextSwitch": {
    value: 240,
    unit: "ns",
    provenance: "published",
    source: "osv-commits",
    where: "commit 894ceb2c (2023), threads on one core (P23)",
  },
  "unikernel.slice": {
    value: 1_000_000,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "core/sched.cc thyst: 2 ms hysteresis; preemption is per timer",
    range: [10_000, 5_000_000],
  },
} as const satisfies BackendCosts;

export type UnikernelCosts = Readonly<Record<keyof typeof costs, number>>;

export const costMeanings: CostMeanings<keyof typeof costs> = {
  "unikernel.submit": { cause: "driver", meaning: "building one command, as a function call" },
  "unikernel.complete": {
    cause: "completion",
    meaning: "taking one completion and calling its owner back (polling: pollingUseful)",
  },
  "unikernel.doorbell": { cause: "driver", meaning: "one MMIO write to a doorbell register" },
  "unikernel.emptyPoll": {
    cause: "pollingEmpty",
    meaning: "looking at one queue pair that has nothing",
  },
  "unikernel.interruptEntry": { cause: "interrupt", meaning: "taking one interrupt" },
  "unikernel.wakeUp": { cause: "wakeUp", meaning: "making a sleeping thread runnable" },
  "unikernel.ipiSend": { cause: "wakeUp", meaning: "interrupting another core" },
  "unikernel.timerSet": {
    cause: "scheduler",
    meaning: "setting the timer of a sleep up to a moment, and taking it back",
  },
  "unikernel.contextSwitch": {
    cause: "contextSwitch",
    meaning: "switching a core to a light thread",
  },
  "unikernel.slice": {
    cause: "idle",
    isInterval: true,
    meaning: "how long a thread runs before another one gets the core (charged nowhere)",
  },
};
