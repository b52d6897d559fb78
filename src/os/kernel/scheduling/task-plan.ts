/**
 * User-space tasks: a worker per core runs them one after the other, and polls for their I/O.
 *
 * A switch saves a few registers and jumps. Tasks are cooperative; with `preemption` user
 * interrupts take the core from one that runs too long. [haas23 §4.2]
 */
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { BackendCosts, CostMeanings } from "../../model.ts";
import type { OptionValues } from "../../options.ts";
import { watchSignal } from "./idle-signal.ts";
import { lightQueue } from "./light-plan.ts";
import {
  type IdlePlan,
  NO_TIMER,
  type SchedulingPlan,
  type SleepTimer,
  type Step,
  type WorkerSleep,
} from "./scheduling-plan.ts";
import { turnTimerExits } from "./sleep-timer.ts";

export const taskCosts = {
  "task.switch": {
    value: 20,
    unit: "cycles",
    atGHz: 2.5,
    provenance: "published",
    source: "haas23",
    where: "about 20 cycles per coroutine switch (H-10)",
  },
  "task.wakeUp": {
    value: 10,
    unit: "ns",
    provenance: "assumed",
    source: "leanstore24",
    where: "a task joins its worker's list of runnable ones",
    range: [3, 50],
  },
  "task.userTimer": {
    value: 642,
    unit: "cycles",
    atGHz: 2,
    provenance: "assumed",
    source: "skyloft24",
    where: "Table 5, user timer interrupt, receive; recalled, not seen",
    range: [250, 1_300],
  },
  "task.userInterruptSend": {
    value: 167,
    unit: "cycles",
    atGHz: 2,
    provenance: "assumed",
    source: "skyloft24",
    where: "Table 5, user IPI, send; recalled, not seen",
    range: [100, 400],
  },
  "task.userInterruptDelivery": {
    value: 1_211,
    unit: "cycles",
    atGHz: 2,
    provenance: "assumed",
    source: "skyloft24",
    where: "Table 5, user IPI, delivery; recalled; below 1 µs is published (P16)",
    range: [400, 2_000],
  },
  "task.userInterruptReceive": {
    value: 661,
    unit: "cycles",
    atGHz: 2,
    provenance: "assumed",
    source: "skyloft24",
    where: "Table 5, user IPI, receive; recalled, not seen",
    range: [250, 1_300],
  },
  "task.dispatch": {
    value: 200,
    unit: "ns",
    provenance: "assumed",
    source: "shinjuku19",
    where: "five million requests per second for one dispatcher; recalled, not seen",
    range: [100, 500],
  },
  "task.create": {
    value: 150,
    unit: "ns",
    provenance: "assumed",
    source: "skyloft-source",
    where:
      "libos/sched/task.c, central allocator: three locked operations; control block and stack " +
      "are the longest unused ones, so their lines come from memory while the next operation " +
      "waits; and the line of the task that has ended comes from its worker",
    range: [60, 400],
  },
  "task.visit": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "skyloft-source",
    where:
      "libos/sched/policy/sq.c sq_sched_poll: a cached load and now_ns, which is clock_gettime: " +
      "some 70 cycles in the vDSO (the counter read in order, then scaled)",
    range: [25, 70],
  },
  "task.glance": {
    value: 5,
    unit: "ns",
    provenance: "assumed",
    source: "skyloft-source",
    where:
      "libos/sched/policy/sq.c sq_sched_poll: a cached load and the loop around it; an idle " +
      "worker's line also gets a store, whose miss nothing waits for",
    range: [2, 25],
  },
  "task.slice": {
    value: 20_000,
    unit: "ns",
    provenance: "assumed",
    source: "skyloft24",
    where: "a choice of whoever runs the tasks; 10, 20 and 30 µs are published (S10)",
    range: [5_000, 1_000_000],
  },
} as const satisfies BackendCosts;

export const taskCostMeanings: CostMeanings<keyof typeof taskCosts> = {
  "task.switch": { cause: "contextSwitch", meaning: "switching a worker to a task" },
  "task.wakeUp": { cause: "wakeUp", meaning: "making a sleeping task runnable" },
  "task.userTimer": { cause: "interrupt", meaning: "taking a timer interrupt in user mode" },
  "task.userInterruptSend": { cause: "wakeUp", meaning: "sending a user interrupt" },
  "task.userInterruptDelivery": {
    cause: "idle",
    isInterval: true,
    meaning: "from a user interrupt's sending to its handler",
  },
  "task.userInterruptReceive": { cause: "interrupt", meaning: "taking a user interrupt" },
  "task.dispatch": {
    cause: "scheduler",
    meaning: "run_queue=central: the dispatcher's work per assignment",
  },
  "task.create": {
    cause: "scheduler",
    meaning: "run_queue=central: creating a task for a request, and freeing it afterwards",
  },
  "task.visit": {
    cause: "idle",
    isInterval: true,
    meaning:
      "run_queue=central: the dispatcher's look at the clock, for a worker whose task may have " +
      "had its quantum (latency)",
  },
  "task.glance": {
    cause: "idle",
    isInterval: true,
    meaning: "run_queue=central: its look at any other worker that needs nothing (latency)",
  },
  "task.slice": {
    cause: "idle",
    isInterval: true,
    meaning: "with preemption: how long a task runs before another one gets the worker",
  },
};

/**
 * With a dispatcher, lines that a worker fetches one after the other from the core that had the
 * task last: its control block, the top of its stack, and the request or another line of the
 * stack. It also reads the clock.
 * [skyloft-source libos/sched/sched.c schedule, switch.S, sq.h sq_sched_pick_next]
 */
const LINES_OF_A_TASK = 3;

/** A worker that sleeps in the kernel when it has no task to run. */
export interface SleepingWorker {
  /** Switching to it. */
  readonly switchPs: number;
  /** Its sleep while tasks wait for a moment. */
  readonly timer: SleepTimer;
  /** Its sleep while none has anything under way, and what another worker's task pays to end it. */
  readonly park: readonly Step[];
  readonly wake: readonly Step[];
  readonly idle: IdlePlan;
}

/** Who ends it makes the worker runnable before its core is roused as that of any thread. */
function workerSleep({ park, wake, idle }: SleepingWorker): WorkerSleep {
  return { park, rouse: { ...idle.rouse, send: [...wake, ...idle.rouse.send] } };
}

/** @param sleeper undefined: workers poll. */
export function taskPlan(
  costs: Readonly<Record<keyof typeof taskCosts, number>>,
  machine: HostMachine,
  options: OptionValues,
  sleeper?: SleepingWorker,
): SchedulingPlan {
  const wakeUp = { cause: CAUSE.wakeUp, ps: costs["task.wakeUp"] };
  const plan: SchedulingPlan = {
    contextSwitchPs: costs["task.switch"],
    idleCause: sleeper === undefined ? CAUSE.pollingEmpty : CAUSE.idle,
    // A worker without tasks looks at its list of runnable ones.
    ...(sleeper?.idle ?? { idleExitPs: 0, rouse: watchSignal(machine) }),
    kick: {
      send: [{ cause: CAUSE.wakeUp, ps: costs["task.userInterruptSend"] }],
      travelPs: costs["task.userInterruptDelivery"],
      receive: [{ cause: CAUSE.interrupt, ps: costs["task.userInterruptReceive"] }],
    },
    timer: [{ cause: CAUSE.interrupt, ps: costs["task.userTimer"] }, ...turnTimerExits(machine)],
    park: [],
    unpark: [],
    wakeUp: [wakeUp],
    // A worker compares its list of sleeping tasks with the clock between two of its turns.
    sleepTimer: { ...NO_TIMER, end: [wakeUp] },
    workerTimer: sleeper?.timer ?? NO_TIMER,
    workerSwitchPs: sleeper?.switchPs ?? 0,
    ...(sleeper && { workerSleep: workerSleep(sleeper) }),
    createRunnable: lightQueue(options, costs["task.slice"]),
    isShared: options["run_queue"] !== "own",
  };
  if (options["run_queue"] !== "central") return plan;
  const linePs = machine.lineTransfer.nearPs;
  return {
    ...plan,
    contextSwitchPs: plan.contextSwitchPs + costs["task.visit"] + LINES_OF_A_TASK * linePs,
    timer: [{ cause: CAUSE.interrupt, ps: costs["task.userInterruptReceive"] }],
    dispatcher: {
      assignPs: costs["task.dispatch"],
      createPs: costs["task.create"],
      sendPs: costs["task.userInterruptSend"],
      deliveryPs: costs["task.userInterruptDelivery"],
      linePs,
      visitPs: costs["task.visit"],
      glancePs: costs["task.glance"],
    },
  };
}
