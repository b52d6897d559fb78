/** Costs of the customised kernel: Linux's own path, and what reading into exmap adds to it. */
import { kernelCostMeanings, kernelCosts } from "../kernel/costs.ts";
import type { BackendCosts, CostMeanings } from "../model.ts";

const ownCosts = {
  "custom.readCall": {
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
  "custom.readCall": { cause: "ioInterface", meaning: "read(): file lookup and direct-I/O set-up" },
};
/** A cost's length on this run's machine, in picoseconds, by name. */
export type CustomCosts = { readonly [name in keyof typeof costs]: number };
