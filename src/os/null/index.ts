/** No operating system: upper bound of every other backend, and stand-in for tests. */
import type { BackendModule, Traits } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import { costMeanings, costs } from "./costs.ts";
import { memory } from "./memory.ts";
import { options, schedulerOptions, schedulerTraits } from "./options.ts";
import { createScheduler } from "./scheduler.ts";
import { createStorage } from "./storage.ts";

const TRAITS: Traits = {
  completion: "polling",
  channelDepthMax: CHANNEL_DEPTH_MAX,
  helperThreads: 0,
  crossesKernel: false,
  takesNops: false,
  takesFlushes: true,
  hasPageCache: false,
  commandsDrives: true,
};

export const nullBackend: BackendModule = {
  id: "null",
  title: "no operating system",
  summary: "the array keeps its time; software costs nothing",
  lectureName: "upper bound",
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
