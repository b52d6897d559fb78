/** Options of Linux's storage interfaces, with fio's names. */
import { UsageError } from "../../base/usage-error.ts";
import type { BackendOption, OptionValues } from "../options.ts";

export const options: readonly BackendOption[] = [
  {
    name: "ioengine",
    type: "choice",
    choices: ["psync", "libaio", "io_uring"],
    default: "psync",
    meaning: "the interface: blocking pread/pwrite, libaio, or io_uring",
  },
  {
    name: "hipri",
    type: "boolean",
    default: false,
    meaning: "io_uring only: poll the drive for completions instead of taking interrupts (IOPOLL)",
  },
  {
    name: "sqthread_poll",
    type: "boolean",
    default: false,
    meaning: "io_uring only: a kernel thread per ring submits, on a core of its own (SQPOLL)",
  },
  {
    name: "registerfiles",
    type: "boolean",
    default: false,
    meaning: "io_uring only: no reference to the open file is taken and dropped per request",
  },
];

/** The chosen interface. */
export interface LinuxOptions {
  readonly ioengine: "psync" | "libaio" | "io_uring";
  readonly hipri: boolean;
  readonly sqthreadPoll: boolean;
  readonly registerfiles: boolean;
}

/** @throws UsageError for options that make no sense together. */
export function linuxOptions(values: OptionValues): LinuxOptions {
  const ioengine = values["ioengine"] as LinuxOptions["ioengine"];
  const hipri = values["hipri"] === true;
  const sqthreadPoll = values["sqthread_poll"] === true;
  for (const name of ["hipri", "sqthread_poll", "registerfiles"]) {
    if (values[name] === true && ioengine !== "io_uring") {
      throw new UsageError(`${name}: only --ioengine io_uring can do this, not "${ioengine}"`);
    }
  }
  return { ioengine, hipri, sqthreadPoll, registerfiles: values["registerfiles"] === true };
}
