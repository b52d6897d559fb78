/** Options of kernel bypass. */
import type { BackendOption } from "../options.ts";

export const options: readonly BackendOption[] = [
  {
    name: "ioengine",
    type: "choice",
    choices: ["spdk"],
    default: "spdk",
    meaning: "SPDK's NVMe driver in user space",
  },
];
