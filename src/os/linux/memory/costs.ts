/** Costs of Linux's anonymous memory, for a machine that does not say otherwise. */

import { kernelCostMeanings, kernelCosts } from "../../kernel/costs.ts";
import { fileMemoryCosts } from "../../kernel/memory/costs.ts";
import {
  anonymousCostMeanings,
  anonymousCosts,
  shootdownCostMeanings,
  shootdownCosts,
} from "../../kernel/memory-costs.ts";
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const memoryCosts = {
  "kernel.systemCall": kernelCosts["kernel.systemCall"],
  "kernel.lruAdd": fileMemoryCosts["kernel.lruAdd"],
  ...anonymousCosts,
  ...shootdownCosts,
} as const satisfies BackendCosts;

export const memoryCostMeanings: CostMeanings<keyof typeof memoryCosts> = {
  "kernel.systemCall": kernelCostMeanings["kernel.systemCall"],
  "kernel.lruAdd": {
    cause: "pageTable",
    meaning: "holding the LRU list's lock, per further page that goes on or off",
  },
  ...anonymousCostMeanings,
  ...shootdownCostMeanings,
};

export type LinuxMemoryCosts = Readonly<Record<keyof typeof memoryCosts, number>>;
