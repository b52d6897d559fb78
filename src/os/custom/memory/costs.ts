/** Costs of exmap, for a machine that does not say otherwise. */
import { kernelCostMeanings, kernelCosts } from "../../kernel/costs.ts";
import {
  anonymousCostMeanings,
  anonymousCosts,
  shootdownCostMeanings,
  shootdownCosts,
} from "../../kernel/memory-costs.ts";
import type { BackendCosts, CostMeanings } from "../../model.ts";

export const memoryCosts = {
  "kernel.systemCall": kernelCosts["kernel.systemCall"],
  "kernel.zeroPage": anonymousCosts["kernel.zeroPage"],
  "exmap.allocatePage": {
    value: 47,
    unit: "ns",
    provenance: "derived",
    source: "vmcache23",
    where: "84 ns per page allocated and freed at one thread, batch 512 (V20), less walk and flush",
    calibrated: true,
  },
  "exmap.freePage": {
    value: 33,
    unit: "ns",
    provenance: "derived",
    source: "vmcache23",
    where: "the rest of 84 ns per page (V20), shared out by what each has to do",
    calibrated: true,
  },
  "exmap.steal": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "exmap-source",
    where: "looking for an interface with free frames, its list's lock, cutting off a part of it",
    range: [100, 1_000],
  },
  "exmap.entryLock": {
    value: 6,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "an uncontended spin lock taken and released: two atomic updates of an own line",
    range: [3, 15],
  },
  "exmap.pageAllocator": {
    value: 120,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/page_alloc.c: one frame from and to this CPU's list, zeroing apart",
    range: [60, 250],
  },
  "exmap.zoneHold": {
    value: 600,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "mm/page_alloc.c rmqueue_bulk, free_pcppages_bulk: 63 frames under the zone's lock",
    range: [300, 2_000],
  },
  ...shootdownCosts,
} as const satisfies BackendCosts;

export const memoryCostMeanings: CostMeanings<keyof typeof memoryCosts> = {
  "kernel.systemCall": kernelCostMeanings["kernel.systemCall"],
  "kernel.zeroPage": anonymousCostMeanings["kernel.zeroPage"],
  "exmap.allocatePage": {
    cause: "pageTable",
    meaning: "one page of a request: a frame off the interface's list, its entry written",
  },
  "exmap.freePage": {
    cause: "pageTable",
    meaning: "one page of a request: its entry cleared, its frame onto the list, flush apart",
  },
  "exmap.steal": {
    cause: "pageTable",
    meaning: "taking frames from another interface, without fetching their records",
  },
  "exmap.entryLock": {
    cause: "pageTable",
    meaning: "with entry_lock: taking and releasing the lock of the page table",
  },
  "exmap.pageAllocator": {
    cause: "pageTable",
    meaning: "without a pool: one frame from the kernel's allocator and back",
  },
  "exmap.zoneHold": {
    cause: "pageTable",
    meaning: "without a pool: refilling or draining a CPU's list under the zone's lock",
  },
  ...shootdownCostMeanings,
};

export type ExmapCosts = Readonly<Record<keyof typeof memoryCosts, number>>;
