/** Options of kernel bypass. */
import { preemptionOption, runQueueOption } from "../kernel/scheduling/light-plan.ts";
import type { SchedulerTraits } from "../model.ts";
import type { BackendOption, OptionValues } from "../options.ts";

export const options: readonly BackendOption[] = [
  {
    name: "ioengine",
    type: "choice",
    choices: ["spdk"],
    default: "spdk",
    meaning: "SPDK's NVMe driver in user space",
  },
  {
    name: "io_queue_size",
    type: "integer",
    min: 4,
    max: 65_536,
    default: 256,
    meaning:
      "entries of a queue pair; of SPDK's, a quarter, at most 128, stays in reserve; OSv's has 64",
  },
];

const threadsOption: BackendOption = {
  name: "threads",
  type: "choice",
  choices: ["reactor", "tasks"],
  default: "reactor",
  meaning: "what threads of the workload are: one reactor per core, or tasks on such workers",
};

export const schedulerOptions: readonly BackendOption[] = [
  threadsOption,
  preemptionOption("none"),
  runQueueOption,
];

export function schedulerTraits(values: OptionValues): SchedulerTraits {
  return { canSleep: false, sharesChannels: values["threads"] === "tasks" };
}
