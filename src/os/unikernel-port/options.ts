/** Options of the ported unikernel. */
import { idleOption } from "../kernel/scheduling/light-plan.ts";
import type { SchedulerTraits } from "../model.ts";
import type { BackendOption } from "../options.ts";

export const options: readonly BackendOption[] = [
  {
    name: "ioengine",
    type: "choice",
    choices: ["psync"],
    default: "psync",
    meaning: "POSIX pread/pwrite, as a function call",
  },
];

export const schedulerOptions: readonly BackendOption[] = [idleOption];

export const schedulerTraits = (): SchedulerTraits => ({ canSleep: true, sharesChannels: false });
