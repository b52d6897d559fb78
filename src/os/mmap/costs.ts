/** Costs of the mmap model, for a machine that does not say otherwise. */
import { kernelCostMeanings, kernelCosts } from "../kernel/costs.ts";
import { fileMemoryCosts, fileMemoryMeanings } from "../kernel/memory/costs.ts";
import { shootdownCostMeanings, shootdownCosts } from "../kernel/memory-costs.ts";
import type { BackendCosts, CostMeanings } from "../model.ts";

const ownCosts = {
  "mmap.readCall": {
    value: 199,
    unit: "ns",
    provenance: "published",
    source: "xrp22",
    where: "Table 1, read syscall",
  },
} as const satisfies BackendCosts;

export const costs = { ...kernelCosts, ...ownCosts } as const satisfies BackendCosts;
export const costMeanings: CostMeanings<keyof typeof costs> = {
  ...kernelCostMeanings,
  "mmap.readCall": { cause: "ioInterface", meaning: "read(): file lookup and direct-I/O set-up" },
};
/** A cost's length on this run's machine, in picoseconds, by name. */
export type MmapCosts = { readonly [name in keyof typeof costs]: number };

export const memoryCosts = {
  ...fileMemoryCosts,
  ...shootdownCosts,
} as const satisfies BackendCosts;
export const memoryCostMeanings: CostMeanings<keyof typeof memoryCosts> = {
  ...fileMemoryMeanings,
  ...shootdownCostMeanings,
};
export type MmapMemoryCosts = { readonly [name in keyof typeof memoryCosts]: number };
