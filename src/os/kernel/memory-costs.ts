/**
 * Costs of the simulated kernel's memory management that several backends share.
 *
 * As everywhere, times are those of a core at the clock that it has when it works alone.
 */
import type { BackendCosts, CostMeanings } from "../model.ts";

/** Other cores are told by interrupts what to drop from their TLBs. */
export const shootdownCosts = {
  "kernel.ipiSend": {
    value: 218,
    unit: "ns",
    provenance: "published",
    source: "skyloft24",
    where: "kmod/main.c skyloft_ipi_bench: apic->send_IPI alone, 437 cycles at 2 GHz (P15)",
  },
  "kernel.ipiEntry": {
    value: 791,
    unit: "ns",
    provenance: "published",
    source: "skyloft24",
    where: "receive 1,582 cycles at 2 GHz (P15), of an interrupt whose handler only counts",
  },
} as const satisfies BackendCosts;

export const shootdownCostMeanings: CostMeanings<keyof typeof shootdownCosts> = {
  "kernel.ipiSend": {
    cause: "shootdownSend",
    meaning: "writing the interrupt command register, cache lines of the request aside",
  },
  "kernel.ipiEntry": {
    cause: "shootdownReceive",
    meaning: "taking the interrupt and returning; each request adds cache lines and invalidation",
  },
};

/** Anonymous memory: zeroed on first touch, given back by madvise(MADV_DONTNEED). */
export const anonymousCosts = {
  "kernel.anonymousFault": {
    value: 600,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "arch/x86/mm/fault.c, mm/memory.c do_anonymous_page: exception, vma, frame, memcg, rmap",
    range: [300, 1_000],
  },
  "kernel.zeroPage": {
    value: 110,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "arch/x86/lib/clear_page_64.S: 4 KiB at some 40 B per nanosecond, into the cache",
    range: [60, 250],
  },
  "kernel.zapPage": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/madvise.c, mm/memory.c zap_pte_range, mm/page_alloc.c free_unref_page_list",
    range: [150, 500],
  },
  "kernel.lruHold": {
    value: 80,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/swap.c: putting a page on, or off, the LRU list under its lock",
    range: [40, 200],
  },
} as const satisfies BackendCosts;

export const anonymousCostMeanings: CostMeanings<keyof typeof anonymousCosts> = {
  "kernel.anonymousFault": {
    cause: "pageFault",
    meaning: "a fault on anonymous memory, zeroing apart",
  },
  "kernel.zeroPage": { cause: "zeroing", meaning: "clearing 4 KiB" },
  "kernel.zapPage": {
    cause: "pageTable",
    meaning: "clearing one entry and giving its frame back, flush apart",
  },
  "kernel.lruHold": {
    cause: "pageTable",
    meaning: "holding the LRU list's lock while a page goes on or off",
  },
};
