/** Options of the file mapping and of the kernel's memory management behind it. */
import { TLB_FLUSH } from "../kernel/tlb-flush-option.ts";
import type { BackendOption } from "../options.ts";

export const options: readonly BackendOption[] = [];

export const memoryOptions: readonly BackendOption[] = [
  {
    name: "kswapds",
    type: "integer",
    min: 1,
    max: 16,
    default: 1,
    meaning: "kernel threads that reclaim in the background; Linux has one per memory node",
  },
  TLB_FLUSH,
  {
    name: "lazy_tlb",
    type: "boolean",
    default: false,
    meaning: "cores on which the process sleeps are spared the interrupt",
  },
  {
    name: "madvise",
    type: "choice",
    choices: ["normal", "random", "sequential"],
    default: "normal",
    meaning: "what a database tells of its accesses; the runs of `vm` say it themselves",
  },
  {
    name: "read_ahead_kb",
    type: "integer",
    min: 0,
    max: 65_536,
    default: 0,
    meaning:
      "size of a read-ahead window; 0: what Linux gives the volume, 128 for a drive and twice a " +
      "stripe of 512 KiB per drive for a RAID0",
  },
  {
    name: "dirty_background_ratio",
    type: "integer",
    min: 0,
    max: 100,
    default: 10,
    meaning:
      "per cent of memory that may be dirty before the flusher writes; 100: it begins only for " +
      "those who have to wait (dirty_ratio)",
  },
  {
    name: "dirty_ratio",
    type: "integer",
    min: 1,
    max: 100,
    default: 20,
    meaning: "per cent of memory that may be dirty before whoever dirties more has to wait",
  },
  {
    name: "machine_memory_gib",
    type: "integer",
    min: 1,
    max: 65_536,
    default: 512,
    meaning: "memory of the whole machine, from which the kernel computes its watermarks",
  },
];
