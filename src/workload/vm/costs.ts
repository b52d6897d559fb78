/** What a buffer manager does around the memory facet: uCache's small steps, as inputs. */
import type { CostTable } from "../../base/sourced.ts";
import type { CostMeanings } from "../../os/model.ts";

export const insertionCosts = {
  "vm.initialChecks": {
    value: 179,
    unit: "ns",
    provenance: "published",
    source: "ucache26",
    where: "Table 4: 1.43 s of 8 million insertions (U6)",
    calibrated: true,
  },
  "vm.selectVictim": {
    value: 1_901,
    unit: "ns",
    provenance: "published",
    source: "ucache26",
    where: "Table 4: 15.21 s of 8 million insertions (U6)",
    calibrated: true,
  },
  "vm.bookkeeping": {
    value: 231,
    unit: "ns",
    provenance: "published",
    source: "ucache26",
    where: "Table 4: 1.85 s of 8 million insertions (U6)",
    calibrated: true,
  },
} as const satisfies CostTable;

export const insertionCostMeanings: CostMeanings<keyof typeof insertionCosts> = {
  "vm.initialChecks": {
    cause: "database",
    meaning: "insert: looking whether the page is there or on its way already",
  },
  "vm.selectVictim": { cause: "database", meaning: "insert: choosing one page to evict" },
  "vm.bookkeeping": { cause: "database", meaning: "insert: entering the page, counting it" },
};

export type InsertionCosts = Readonly<Record<keyof typeof insertionCosts, number>>;
