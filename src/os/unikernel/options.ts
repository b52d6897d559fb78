/** Options of the unikernel. */
import type { BackendOption } from "../options.ts";

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
];
