/** Costs of writing page-table entries directly: the small steps of uCache, which are inputs. */
import { osvFlushCostMeanings, osvFlushCosts } from "../../kernel/osv-costs.ts";
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const memoryCosts = {
  "unikernel.allocateFrame": {
    value: 105,
    unit: "ns",
    provenance: "published",
    source: "ucache26",
    where: "Table 4: 0.84 s of 8 million insertions (U6)",
    calibrated: true,
  },
  "unikernel.mapPage": {
    value: 21,
    unit: "ns",
    provenance: "published",
    source: "ucache26",
    where: "Table 4: 0.17 s of 8 million insertions (U6)",
    calibrated: true,
  },
  "unikernel.unmapPage": {
    value: 401,
    unit: "ns",
    provenance: "published",
    source: "ucache26",
    where: "Table 4: 3.21 s of 8 million insertions (U6)",
    calibrated: true,
  },
  ...osvFlushCosts,
} as const satisfies BackendCosts;

export const memoryCostMeanings: CostMeanings<keyof typeof memoryCosts> = {
  "unikernel.allocateFrame": { cause: "pageTable", meaning: "taking one free frame" },
  "unikernel.mapPage": { cause: "pageTable", meaning: "writing one page-table entry" },
  "unikernel.unmapPage": {
    cause: "pageTable",
    meaning: "clearing one page-table entry and freeing its frame, flush apart",
  },
  ...osvFlushCostMeanings,
};

export type UnikernelMemoryCosts = Readonly<Record<keyof typeof memoryCosts, number>>;
