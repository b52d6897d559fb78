/** Options of the ported unikernel. */
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
