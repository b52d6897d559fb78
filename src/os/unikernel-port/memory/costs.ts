/** Costs of POSIX memory calls on a simple virtual memory system: OSv's, as functions. */
import { osvFlushCostMeanings, osvFlushCosts } from "../../kernel/osv-costs.ts";
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const memoryCosts = {
  "port.pageFault": {
    value: 500,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "arch/x64/mmu.cc page_fault, core/mmu.cc vm_fault: exception, vma, frame, entry",
    range: [250, 1_000],
  },
  "port.zeroPage": {
    value: 110,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "core/mmu.cc initialized_anonymous_page_provider: memset of 4 KiB",
    range: [60, 250],
  },
  "port.adviseCall": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "osv-source",
    where: "core/mmu.cc advise, unpopulate: one page, called as a function",
    range: [150, 500],
  },
  ...osvFlushCosts,
} as const satisfies BackendCosts;

export const memoryCostMeanings: CostMeanings<keyof typeof memoryCosts> = {
  "port.pageFault": { cause: "pageFault", meaning: "a fault on anonymous memory, zeroing apart" },
  "port.zeroPage": { cause: "zeroing", meaning: "clearing 4 KiB" },
  "port.adviseCall": {
    cause: "pageTable",
    meaning: "madvise of one page: clearing its entry, freeing its frame, flush apart",
  },
  ...osvFlushCostMeanings,
};

export type PortMemoryCosts = Readonly<Record<keyof typeof memoryCosts, number>>;
