/** Options of the unikernel. */
import {
  idleOption,
  preemptionOption,
  sharedQueueOption,
} from "../kernel/scheduling/light-plan.ts";
import type { SchedulerTraits } from "../model.ts";
import type { BackendOption, OptionValues } from "../options.ts";

export const options: readonly BackendOption[] = [
  {
    name: "ioengine",
    type: "choice",
    choices: ["nvme"],
    default: "nvme",
    meaning: "the NVMe driver, called as a function",
  },
  {
    name: "completion",
    type: "choice",
    choices: ["polling", "interrupt"],
    default: "polling",
    meaning: "how a thread learns of completions: it polls, or sleeps until an interrupt",
  },
  {
    name: "io_queue_size",
    type: "integer",
    min: 4,
    max: 65_536,
    default: 1_024,
    meaning:
      "entries of a queue pair; of SPDK's, a quarter, at most 128, stays in reserve; OSv's has 64",
  },
];

export const schedulerOptions: readonly BackendOption[] = [
  preemptionOption("timer"),
  sharedQueueOption,
  idleOption,
  {
    name: "queue_pairs",
    type: "choice",
    choices: ["thread", "core"],
    default: "thread",
    meaning: "whose the NVMe queue pairs are: each thread's, or a core's, for all of its threads",
  },
];

export function schedulerTraits(values: OptionValues): SchedulerTraits {
  return { canSleep: true, sharesChannels: values["queue_pairs"] === "core" };
}
