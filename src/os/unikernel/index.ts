/** A unikernel designed together with the database: one address space, no crossing anywhere. */
import type { BackendModule, Traits } from "../model.ts";
import { CHANNEL_DEPTH_MAX } from "../model.ts";
import type { OptionValues } from "../options.ts";
import { costMeanings, costs } from "./costs.ts";
import { memory } from "./memory.ts";
import { options, schedulerOptions, schedulerTraits } from "./options.ts";
import { createScheduler } from "./scheduler.ts";
import { createStorage } from "./storage.ts";

const traits = (values: OptionValues): Traits => ({
  completion: values["completion"] === "interrupt" ? "interrupt" : "polling",
  channelDepthMax: CHANNEL_DEPTH_MAX,
  helperThreads: 0,
  crossesKernel: false,
  takesNops: false,
  takesFlushes: true,
  hasPageCache: false,
  commandsDrives: true,
});

export const unikernel: BackendModule = {
  id: "unikernel",
  title: "unikernel",
  summary: "the database and its NVMe driver share one address space and one privilege level",
  lectureName: "unikernel, co-designed",
  options,
  costs,
  costMeanings,
  traits,
  schedulerOptions,
  schedulerTraits,
  createScheduler,
  createStorage,
  memory,
};
