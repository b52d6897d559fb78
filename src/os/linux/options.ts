/** Options of Linux's storage path, with fio's names where fio has one. */
import { UsageError } from "../../base/usage-error.ts";
import { idleOption, preemptionOption, runQueueOption } from "../kernel/scheduling/light-plan.ts";
import type { SchedulerTraits } from "../model.ts";
import type { BackendOption, OptionValues } from "../options.ts";

/** The kernel's default. [linux-5.x io_uring/sqpoll.c io_sq_offload_create: HZ] */
const SQ_THREAD_IDLE_MS = 1_000;
const THRESHOLD = "irq_coalescing_threshold";
const COALESCING_TIME = 1;

const flag = (name: string, meaning: string): BackendOption => ({
  name,
  type: "boolean",
  default: false,
  meaning,
});

export const options: readonly BackendOption[] = [
  {
    name: "open_files",
    type: "choice",
    choices: ["shared", "own"],
    default: "shared",
    meaning:
      "whether threads share one open file per drive, as those of a database do, or each opens " +
      "it, as fio's jobs do: nobody else then writes its reference count",
  },
  {
    name: "ioengine",
    type: "choice",
    choices: ["psync", "libaio", "io_uring", "io_uring_cmd"],
    default: "psync",
    meaning:
      "the interface: blocking pread/pwrite, libaio, io_uring, or io_uring passing NVMe commands " +
      "through, past the block layer",
  },
  {
    name: "cmd_type",
    type: "choice",
    choices: ["nvme"],
    default: "nvme",
    meaning: "what io_uring_cmd passes through",
  },
  flag("hipri", "io_uring: poll the drive for completions instead of taking interrupts (IOPOLL)"),
  flag(
    "sqthread_poll",
    "io_uring: a kernel thread per ring submits, on a core of its own (SQPOLL)",
  ),
  {
    name: "sq_thread_idle",
    type: "integer",
    min: 1,
    max: 3_600_000,
    default: SQ_THREAD_IDLE_MS,
    meaning: "with sqthread_poll: milliseconds without work after which the kernel thread sleeps",
  },
  flag("registerfiles", "io_uring: no reference to the open file is taken and dropped per request"),
  flag("fixedbufs", "io_uring: buffers are pinned once, not per request"),
  flag(
    "untouchedbufs",
    "the process has never written its buffers, as fio's t/io_uring: writes send the zero page, " +
      "which is pinned the slow way",
  ),
  {
    name: "filesystem",
    type: "choice",
    choices: ["none", "ext4"],
    default: "none",
    meaning: "what lies between the file and the volume: nothing (a block device) or ext4",
  },
  {
    name: "raid",
    type: "choice",
    choices: ["none", "md0"],
    default: "none",
    meaning: "how drives make a volume: the application stripes over them, or md RAID0 does",
  },
  {
    name: "ioscheduler",
    type: "choice",
    choices: ["none", "mq-deadline"],
    default: "none",
    meaning: "the block layer's scheduler",
  },
  {
    name: "irq_placement",
    type: "choice",
    choices: ["local", "other"],
    default: "local",
    meaning:
      "which CPU takes a queue's interrupts and completes its requests: the submitting one, or " +
      "one that runs no job (a what-if: Linux would send the completion back by an interrupt)",
  },
  {
    name: THRESHOLD,
    type: "integer",
    min: 1,
    max: 256,
    default: 1,
    meaning: "completions that the drive gathers before it interrupts; 1 means no coalescing",
  },
  {
    name: "irq_coalescing_time",
    type: "integer",
    min: 0,
    max: 255,
    default: COALESCING_TIME,
    meaning: "longest time that a completion waits for others, in units of 100 µs",
  },
];

/** The chosen path. */
export interface LinuxOptions {
  readonly ioengine: "psync" | "libaio" | "io_uring" | "io_uring_cmd";
  readonly hipri: boolean;
  readonly sqthreadPoll: boolean;
  readonly sqThreadIdleMs: number;
  readonly registerfiles: boolean;
  readonly fixedbufs: boolean;
  readonly untouchedbufs: boolean;
  readonly filesystem: "none" | "ext4";
  readonly openFiles: "shared" | "own";
  readonly raid: "none" | "md0";
  readonly ioscheduler: "none" | "mq-deadline";
  readonly irqPlacement: "local" | "other";
  readonly coalescingThreshold: number;
  readonly coalescingTime: number;
}

/** Options that only a ring has. */
const RING_OPTIONS = ["hipri", "sqthread_poll", "registerfiles", "fixedbufs"];
/** Layers above the block layer, which passthrough passes by. */
const LAYERS = ["filesystem", "raid", "ioscheduler"];

/** @throws UsageError for options that make no sense together. */
export function linuxOptions(values: OptionValues): LinuxOptions {
  const ioengine = values["ioengine"] as LinuxOptions["ioengine"];
  const isRing = ioengine === "io_uring" || ioengine === "io_uring_cmd";
  for (const name of RING_OPTIONS) {
    if (values[name] === true && !isRing) {
      throw new UsageError(
        `${name}: only io_uring and io_uring_cmd can do this, not "${ioengine}"`,
      );
    }
  }
  for (const name of LAYERS) {
    if (values[name] !== "none" && ioengine === "io_uring_cmd") {
      throw new UsageError(`${name}: io_uring_cmd talks to the drive itself, so give "none"`);
    }
  }
  if (values["sq_thread_idle"] !== SQ_THREAD_IDLE_MS && values["sqthread_poll"] !== true) {
    throw new UsageError("sq_thread_idle: there is no kernel thread without sqthread_poll");
  }
  if (values["irq_coalescing_time"] !== COALESCING_TIME && values[THRESHOLD] === 1) {
    throw new UsageError(`irq_coalescing_time: nothing waits without ${THRESHOLD} above 1`);
  }
  if (values["untouchedbufs"] === true && values["fixedbufs"] === true) {
    throw new UsageError("untouchedbufs: registering buffers (fixedbufs) writes to their pages");
  }
  const hipri = values["hipri"] === true;
  if (hipri && values["raid"] !== "none") {
    // drivers/md sets no QUEUE_FLAG_POLL: submit_bio drops the request's polled flag.
    throw new UsageError("hipri: Linux cannot poll a software RAID; give --raid none");
  }
  for (const name of ["irq_placement", THRESHOLD]) {
    const isSet = values[name] !== "local" && values[name] !== 1;
    if (hipri && isSet) throw new UsageError(`${name}: with hipri there are no interrupts`);
  }
  return {
    ioengine,
    hipri,
    sqthreadPoll: values["sqthread_poll"] === true,
    sqThreadIdleMs: Number(values["sq_thread_idle"]),
    registerfiles: values["registerfiles"] === true,
    fixedbufs: values["fixedbufs"] === true,
    untouchedbufs: values["untouchedbufs"] === true,
    filesystem: values["filesystem"] as LinuxOptions["filesystem"],
    openFiles: values["open_files"] as LinuxOptions["openFiles"],
    raid: values["raid"] as LinuxOptions["raid"],
    ioscheduler: values["ioscheduler"] as LinuxOptions["ioscheduler"],
    irqPlacement: values["irq_placement"] as LinuxOptions["irqPlacement"],
    coalescingThreshold: Number(values["irq_coalescing_threshold"]),
    coalescingTime: Number(values["irq_coalescing_time"]),
  };
}

const threadsOption: BackendOption = {
  name: "threads",
  type: "choice",
  choices: ["kernel", "tasks"],
  default: "kernel",
  meaning: "what threads of the workload are: kernel threads, or tasks on a worker per core",
};

const taskSubmitOption: BackendOption = {
  name: "task_submit",
  type: "choice",
  choices: ["together", "each"],
  default: "together",
  meaning:
    "with tasks: a worker submits what its tasks have prepared in one call, or each task at once",
};

export const schedulerOptions: readonly BackendOption[] = [
  threadsOption,
  taskSubmitOption,
  preemptionOption("none"),
  runQueueOption,
  idleOption,
];

export function schedulerTraits(values: OptionValues): SchedulerTraits {
  const sharesChannels = values["threads"] === "tasks";
  return { canSleep: true, sharesChannels, hasHelperCores: true };
}
