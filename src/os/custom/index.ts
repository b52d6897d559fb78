/** A customised Linux: the exmap kernel module gives the database its page table back. */
import { idleOption } from "../kernel/scheduling/light-plan.ts";
import type { BackendModule, Traits } from "../model.ts";
import { costMeanings, costs } from "./costs.ts";
import { memory } from "./memory.ts";
import { options } from "./options.ts";
import { createScheduler } from "./scheduler.ts";
import { ExmapFile } from "./storage.ts";

const TRAITS: Traits = {
  completion: "interrupt",
  channelDepthMax: 1,
  helperThreads: 0,
  crossesKernel: true,
  takesNops: false,
  takesFlushes: true,
  hasPageCache: false,
  commandsDrives: false,
};

export const custom: BackendModule = {
  id: "custom",
  title: "customised Linux",
  summary: "Linux with the exmap module: pages allocated and freed in batches, one shootdown each",
  lectureName: "customised OS",
  options,
  costs,
  costMeanings,
  traits: () => TRAITS,
  schedulerOptions: [idleOption],
  schedulerTraits: () => ({ canSleep: true, sharesChannels: false }),
  createScheduler,
  createStorage: (ground) => new ExmapFile(ground),
  memory,
};
