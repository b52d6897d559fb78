/** A unikernel that a database was merely ported to: POSIX as function calls, coarse locks. */
import type { BackendModule, Traits } from "../model.ts";
import { costMeanings, costs } from "./costs.ts";
import { memory } from "./memory.ts";
import { options, schedulerOptions, schedulerTraits } from "./options.ts";
import { createScheduler } from "./scheduler.ts";
import { createStorage } from "./storage.ts";

const TRAITS: Traits = {
  completion: "interrupt",
  channelDepthMax: 1,
  helperThreads: 0,
  crossesKernel: false,
  takesNops: false,
  takesFlushes: true,
  hasPageCache: false,
  commandsDrives: false,
};

export const unikernelPort: BackendModule = {
  id: "unikernel-port",
  title: "unikernel, ported",
  summary: "POSIX calls are function calls; behind them a small kernel's locks, copies and threads",
  lectureName: "unikernel, merely ported",
  options,
  costs,
  costMeanings,
  traits: () => TRAITS,
  schedulerOptions,
  schedulerTraits,
  createScheduler,
  createStorage,
  memory,
};
