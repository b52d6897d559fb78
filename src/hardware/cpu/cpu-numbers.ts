/** The numbers of a processor. */
import { MMU_NUMBERS } from "../mmu/mmu-numbers.ts";
import type { MeaningTable, NumberTable } from "../numbers.ts";

export const CPU_NUMBERS = {
  smtShare: {
    kind: "ratio",
    min: 0.1,
    max: 1,
    meaning: "speed of a hardware thread while its sibling works too, as a share of its own speed",
  },
  lineTransferNear: {
    kind: "time",
    min: 0,
    max: 100_000,
    meaning: "moving a cache line between two cores that share a last-level cache",
  },
  lineTransferFar: {
    kind: "time",
    min: 0,
    max: 100_000,
    meaning: "moving a cache line between two cores of different complexes",
  },
  interruptDelivery: {
    kind: "time",
    min: 0,
    max: 1_000_000,
    meaning: "from the device's MSI-X write to the first instruction of the handler",
  },
  ...MMU_NUMBERS,
  idleExit: {
    kind: "time",
    min: 0,
    max: 1_000_000,
    meaning: "leaving the idle state before a woken thread can run",
  },
} as const satisfies MeaningTable;

export type CpuNumbers = NumberTable<keyof typeof CPU_NUMBERS>;
