/** mmap: the database maps its file and lets the kernel decide what is in memory. */
import { idleOption } from "../kernel/scheduling/light-plan.ts";
import type { BackendModule, Traits } from "../model.ts";
import { costMeanings, costs } from "./costs.ts";
import { memory } from "./memory.ts";
import { options } from "./options.ts";
import { createScheduler } from "./scheduler.ts";
import { MmapStorage } from "./storage.ts";

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

export const mmap: BackendModule = {
  id: "mmap",
  title: "mmap",
  summary: "the database maps its file: page cache, page faults, kswapd, TLB shootdowns",
  lectureName: "standard model, case study 1",
  options,
  costs,
  costMeanings,
  traits: () => TRAITS,
  schedulerOptions: [idleOption],
  schedulerTraits: () => ({ canSleep: true, sharesChannels: false }),
  createScheduler,
  createStorage: (ground) => new MmapStorage(ground),
  memory,
};
