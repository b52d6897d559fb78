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
  {
    name: "io_queue_size",
    type: "integer",
    min: 4,
    max: 65_536,
    default: 256,
    meaning: "entries of a queue pair; SPDK keeps a quarter, at most 128, in reserve",
  },
];
