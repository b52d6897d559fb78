/** What a program does around the memory facet; uCache's small steps are inputs. */
import type { CostTable } from "../../base/sourced.ts";
import type { CostMeanings } from "../../os/model.ts";

export const insertionCosts = {
  "vm.accessLoop": {
    value: 2,
    unit: "cycles",
    atGHz: 3.675,
    provenance: "assumed",
    source: "vmcache23",
    where:
      "Table 2: three instructions per access; the next address hangs on the value just loaded: " +
      "a shift (one cycle), and an indexed load (one more than the plain one's four)",
    range: [1, 3],
  },
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
  "vm.accessLoop": {
    cause: "application",
    meaning: "page: what one access needs beside the load itself",
  },
  "vm.initialChecks": {
    cause: "database",
    meaning: "insert: looking whether the page is there or on its way already",
  },
  "vm.selectVictim": { cause: "database", meaning: "insert: choosing one page to evict" },
  "vm.bookkeeping": { cause: "database", meaning: "insert: entering the page, counting it" },
};

export type InsertionCosts = Readonly<Record<keyof typeof insertionCosts, number>>;
