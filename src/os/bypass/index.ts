/** Kernel bypass: user-space queue pairs and polling, as SPDK does it. */
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

export const bypass: BackendModule = {
  id: "bypass",
  title: "kernel bypass (SPDK)",
  summary: "a user-space driver polls its own queue pairs; the kernel is not involved",
  lectureName: "kernel bypass",
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
