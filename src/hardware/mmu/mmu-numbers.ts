/** The numbers of a processor's memory management unit and of the caches that its walks use. */
import type { MeaningTable } from "../numbers.ts";

const entries = (max: number, meaning: string) =>
  ({ kind: "count", min: 1, max, meaning }) as const;
const latency = (meaning: string) => ({ kind: "time", min: 0, max: 100_000, meaning }) as const;
const size = (meaning: string) => ({ kind: "size", min: 64, max: 1e12, meaning }) as const;

export const MMU_NUMBERS = {
  tlbL1Entries: entries(4_096, "entries of the fully associative first-level data TLB"),
  tlbL2Entries: entries(65_536, "entries of the second-level data TLB"),
  tlbL2Ways: entries(64, "ways of the second-level data TLB that one page can be in"),
  tlbL2Hit: latency("second-level TLB hit, beyond a first-level hit"),
  walkCacheEntries: entries(65_536, "upper page-table entries that the walker keeps"),
  cacheL1Bytes: size("first-level data cache"),
  cacheL1Latency: latency("load from the first-level data cache"),
  cacheL2Bytes: size("second-level cache"),
  cacheL2Latency: latency("load from the second-level cache"),
  cacheL3Bytes: size("last-level cache of a core complex"),
  cacheL3Latency: latency("load from the last-level cache"),
  memoryLatency: latency("load from memory, translation aside"),
  nestedLoads: {
    kind: "ratio",
    min: 0,
    max: 10,
    meaning: "in a virtual machine: share of the second dimension's loads that a walk waits for",
  },
  invalidatePage: latency("INVLPG: dropping one page from this core's TLB"),
  invalidateAll: latency("writing CR3: dropping everything from this core's TLB"),
  ipiDelivery: latency("from the write to the local APIC to the handler on the other core"),
  broadcastPages: {
    kind: "count",
    min: 0,
    max: 65_536,
    meaning: "pages that one INVLPGB makes every core drop, without interrupts; 0: there is none",
  },
  broadcastTime: latency("INVLPGB and TLBSYNC until every core has dropped the pages"),
} as const satisfies MeaningTable;
