/** Costs of OSv's flush, which a port uses as it is and a co-designed unikernel in part. */
import type { BackendCosts, CostMeanings } from "../model.ts";

export const osvFlushCosts = {
  "osv.ipiSend": {
    value: 218,
    unit: "ns",
    provenance: "published",
    source: "skyloft24",
    where: "kmod/main.c skyloft_ipi_bench: apic->send_IPI alone, 437 cycles at 2 GHz (P15)",
  },
  "osv.ipiEntry": {
    value: 791,
    unit: "ns",
    provenance: "published",
    source: "skyloft24",
    where: "receive 1,582 cycles at 2 GHz (P15), of an interrupt whose handler only counts",
  },
  "osv.wakeUp": {
    value: 359,
    unit: "ns",
    provenance: "derived",
    source: "osv-commits",
    where: "598 − 239 ns: threads apart less threads on one core (P23)",
  },
} as const satisfies BackendCosts;

export const osvFlushCostMeanings: CostMeanings<keyof typeof osvFlushCosts> = {
  "osv.ipiSend": { cause: "shootdownSend", meaning: "writing the interrupt command register" },
  "osv.ipiEntry": {
    cause: "shootdownReceive",
    meaning: "taking the interrupt and returning; each request adds cache lines and invalidation",
  },
  "osv.wakeUp": { cause: "wakeUp", meaning: "waking who waits for a lock or for confirmations" },
};
