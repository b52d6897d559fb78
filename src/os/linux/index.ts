/** Linux: system calls, block layer, interrupts. The lecture's standard model. */
import type { BackendModule, Traits } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import type { OptionValues } from "../options.ts";
import { costMeanings, costs } from "./costs.ts";
import { memory } from "./memory.ts";
import {
  type LinuxOptions,
  linuxOptions,
  options,
  schedulerOptions,
  schedulerTraits,
} from "./options.ts";
import { createScheduler } from "./scheduler.ts";
import { LinuxStorage } from "./storage.ts";

/** Most entries of an io_uring. [linux-5.x fs/io_uring.c IORING_MAX_ENTRIES] */
const RING_ENTRIES_MAX = 32_768;
/** What all contexts together may hold unless `fs.aio-max-nr` says more. [linux-5.x fs/aio.c] */
const AIO_REQUESTS = 65_536;

function traits(values: OptionValues): Traits {
  const { ioengine, hipri, sqthreadPoll } = linuxOptions(values);
  return {
    completion: hipri ? "polling" : "interrupt",
    channelDepthMax: channelDepthMax(ioengine),
    ...(ioengine === "libaio" && { allDepthsMax: { most: AIO_REQUESTS, by: "fs.aio-max-nr" } }),
    helperThreads: sqthreadPoll ? 1 : 0,
    crossesKernel: true,
    hasPageCache: true,
    commandsDrives: false,
    // An IOPOLL ring refuses fsync; passthrough's flush is a command like others.
    // [linux-5.x fs/io_uring.c io_fsync_prep]
    takesFlushes: !(hipri && ioengine === "io_uring"),
    takesNops: ioengine === "io_uring" && !hipri && !sqthreadPoll,
  };
}

function channelDepthMax(ioengine: LinuxOptions["ioengine"]): number {
  switch (ioengine) {
    case "psync":
      return 1;
    case "libaio":
      return CHANNEL_DEPTH_MAX;
    default:
      return RING_ENTRIES_MAX;
  }
}

export const linux: BackendModule = {
  id: "linux",
  title: "Linux",
  summary: "the database is a process: system calls, block layer, driver, interrupts",
  lectureName: "standard model",
  options,
  costs,
  costMeanings,
  traits,
  schedulerOptions,
  schedulerTraits,
  createScheduler,
  createStorage: (ground, scheduler) => new LinuxStorage(ground, scheduler),
  memory,
};
