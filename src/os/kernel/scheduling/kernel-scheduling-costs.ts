/**
 * Costs and intervals of Linux's scheduler, for a machine that does not say otherwise.
 *
 * The intervals are those of a machine with eight or more CPUs: base value × (1 + log2 8).
 * [linux-5.x kernel/sched/fair.c get_update_sysctl_factor]
 */
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const schedulingCosts = {
  "kernel.wakeUp": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "unicom26",
    where: "part of Table 1's reactivation (1,240 ns at 2.4 GHz), the rest of which is the switch",
    range: [100, 800],
  },
  "kernel.contextSwitch": {
    value: 1_100,
    unit: "ns",
    provenance: "published",
    source: "switch-blogs",
    where:
      "0.9–1.3 µs per thread switch (P21, P22); UnICom measures 980 ns after a read, without " +
      "system call and wake-up",
  },
  "kernel.warmSwitch": {
    value: 160,
    unit: "ns",
    provenance: "derived",
    source: "switch-blogs",
    where:
      "1,070 ns per turn of two threads that wake each other (P22), less what else is in it: two " +
      "system calls (105 ns each), twice the queueing (200 ns), a wake-up (300 ns)",
  },
  "kernel.warmPeriod": {
    value: 20_000,
    unit: "ns",
    provenance: "assumed",
    source: "switch-blogs",
    where: "the measured turns are a microsecond apart; UnICom's switches after a read are not",
    range: [5_000, 60_000],
  },
  "kernel.futex": {
    value: 200,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "kernel/futex.c futex_wait_setup, futex_wake: hash bucket, its lock, the queue",
    range: [80, 500],
  },
  "kernel.rescheduleSend": {
    value: 437,
    unit: "cycles",
    atGHz: 2,
    provenance: "published",
    source: "skyloft24",
    where: "artefact documentation §4.6, kernel IPI, send (P15)",
  },
  "kernel.rescheduleReceive": {
    value: 1_582,
    unit: "cycles",
    atGHz: 2,
    provenance: "published",
    source: "skyloft24",
    where: "artefact documentation §4.6, kernel IPI, receive (P15)",
  },
  "kernel.timerSet": {
    value: 200,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where:
      "kernel/time/hrtimer.c hrtimer_start_range_ns, hrtimer_cancel: the CPU's red-black tree, " +
      "twice under its lock, and the timer's register",
    range: [80, 500],
  },
  "kernel.tick": {
    value: 1_500,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "kernel/time/tick-sched.c tick_sched_timer, kernel/sched/core.c scheduler_tick",
    range: [500, 4_000],
  },
  "kernel.migrate": {
    value: 1_000,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "kernel/sched/fair.c load_balance: scan, two locks, detach_task, attach_task",
    range: [300, 3_000],
  },
  "kernel.slice": {
    value: 3_000_000,
    unit: "ns",
    provenance: "derived",
    source: "linux-5.x",
    where: "kernel/sched/fair.c sysctl_sched_min_granularity: 0.75 ms × 4",
  },
  "kernel.latencyPeriod": {
    value: 24_000_000,
    unit: "ns",
    provenance: "derived",
    source: "linux-5.x",
    where: "kernel/sched/fair.c sysctl_sched_latency: 6 ms × 4",
  },
  "kernel.wakeupGranularity": {
    value: 4_000_000,
    unit: "ns",
    provenance: "derived",
    source: "linux-5.x",
    where: "kernel/sched/fair.c sysctl_sched_wakeup_granularity: 1 ms × 4",
  },
  "kernel.tickPeriod": {
    value: 4_000_000,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "kernel/Kconfig.hz: HZ=250, the default of most server distributions",
    range: [1_000_000, 10_000_000],
  },
  "kernel.cacheHot": {
    value: 500_000,
    unit: "ns",
    provenance: "published",
    source: "linux-5.x",
    where: "kernel/sched/core.c sysctl_sched_migration_cost, fair.c task_hot",
  },
} as const satisfies BackendCosts;

/** Names of the costs that a plan of kernel threads is made from. */
export type KernelSchedulingCosts =
  | keyof typeof schedulingCosts
  | "kernel.systemCall"
  | "kernel.interruptEntry";

export const schedulingCostMeanings: CostMeanings<keyof typeof schedulingCosts> = {
  "kernel.wakeUp": { cause: "wakeUp", meaning: "making a sleeping thread runnable" },
  "kernel.contextSwitch": { cause: "contextSwitch", meaning: "switching a core to a thread" },
  "kernel.warmSwitch": {
    cause: "contextSwitch",
    meaning: "switching from a thread to another one that ran on this core a moment ago",
  },
  "kernel.warmPeriod": {
    cause: "idle",
    isInterval: true,
    meaning: "how long after it gave way a thread is still in the core's caches",
  },
  "kernel.futex": { cause: "scheduler", meaning: "queueing on a futex, or finding who waits" },
  "kernel.rescheduleSend": {
    cause: "wakeUp",
    meaning: "sending another core the order to reschedule",
  },
  "kernel.rescheduleReceive": { cause: "interrupt", meaning: "taking the order to reschedule" },
  "kernel.timerSet": {
    cause: "scheduler",
    meaning: "setting the timer of a sleep up to a moment, and taking it back",
  },
  "kernel.tick": { cause: "scheduler", meaning: "one timer tick of a core that threads share" },
  "kernel.migrate": { cause: "scheduler", meaning: "moving a runnable thread to another core" },
  "kernel.slice": {
    cause: "idle",
    isInterval: true,
    meaning: "least time that a thread runs before another runnable one gets the core",
  },
  "kernel.latencyPeriod": {
    cause: "idle",
    isInterval: true,
    meaning: "period in which every runnable thread of a core runs once, while they are few",
  },
  "kernel.wakeupGranularity": {
    cause: "idle",
    isInterval: true,
    meaning: "how far behind a woken thread must be to preempt the running one",
  },
  "kernel.tickPeriod": { cause: "idle", isInterval: true, meaning: "time between timer ticks" },
  "kernel.cacheHot": {
    cause: "idle",
    isInterval: true,
    meaning: "how long after it ran a thread is not moved to another core",
  },
};
