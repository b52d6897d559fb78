/**
 * What the engine's own work takes on a core.
 *
 * Two numbers are calibrated, on vmcache's in-memory rates of one thread on milan-pm1733
 * (vmcache23): 896,665 lookups/s with 100 M entries of 8 + 120 bytes, and 43,831 TPC-C
 * transactions/s with 200 warehouses, without a log, at the lowest isolation level. Page walks are
 * the MMU's and come on top: vmcache asks for pages of 4 KiB (MADV_NOHUGEPAGE in vmcache.cpp). A
 * pool of frames lies in huge pages, as LeanStore's does (MADV_HUGEPAGE in BufferManager.cpp);
 * their walks end in the core's own caches and are left out. Everything else is assumed once, or
 * derived from another table of the paper.
 */
import type { CostTable, Sourced } from "../base/sourced.ts";
import type { CostMeanings } from "../os/model.ts";
import type { EngineTimes } from "./times.ts";
import type { TransactionCosts } from "./transaction/transaction-context.ts";

export const ENGINE_COST_MEANINGS = {
  "engine.operation": {
    cause: "database",
    meaning: "one call: its arguments, and handing over the result",
  },
  "engine.nodeVisit": {
    cause: "database",
    meaning: "visiting one node on the way down: its cache misses, the search in it",
  },
  "engine.coldLeaf": {
    cause: "database",
    meaning: "more cache misses in a leaf that no cache holds; as long at every clock",
    waitsForMemory: true,
  },
  "engine.cachedLeaf": {
    cause: "database",
    meaning: "the same in a leaf that the last-level cache holds",
  },
  "engine.hashLookup": {
    cause: "database",
    meaning: "finding a page in the pool's hash table, mean over the levels of a tree",
  },
  "engine.leafChange": {
    cause: "database",
    meaning: "changing a leaf: moving slots, writing the record",
  },
  "engine.scanStep": { cause: "database", meaning: "one more record of a scan" },
  "engine.loadPage": {
    cause: "database",
    meaning: "a page miss: a free frame, the page table, verification",
  },
  "engine.evictPage": { cause: "database", meaning: "choosing a page and taking it out" },
  "engine.copyPage": { cause: "database", meaning: "copying one page: a private copy, or back" },
  "engine.lock": { cause: "database", meaning: "taking a lock and giving it back" },
  "engine.transaction": { cause: "database", meaning: "beginning and ending a transaction" },
  "engine.logKibibyte": {
    cause: "database",
    meaning: "1,024 bytes of log records: building, copying, checking them",
  },
} as const satisfies CostMeanings;

const OWN = "a few tens of instructions and a cache miss or two, at 3.7 GHz";

export const ENGINE_COSTS = {
  "engine.operation": {
    value: 30,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: `vmcache.cpp: ${OWN}`,
    range: [10, 60],
  },
  "engine.nodeVisit": {
    value: 80,
    unit: "ns",
    provenance: "derived",
    source: "vmcache23",
    where: "43,831 TPC-C transactions/s on one thread, 200 warehouses in memory",
    calibrated: true,
  },
  "engine.coldLeaf": {
    value: 517,
    unit: "ns",
    provenance: "derived",
    source: "vmcache23",
    where: "896,665 lookups/s on one thread, 100 M entries in memory",
    calibrated: true,
  },
  "engine.cachedLeaf": {
    value: 61,
    unit: "ns",
    provenance: "derived",
    source: "anandtech-milan",
    where: "coldLeaf × last-level cache ÷ memory: 517 ns × 12.5 ns ÷ 106 ns (cpus/zen3.ts)",
  },
  "engine.hashLookup": {
    value: 32,
    unit: "ns",
    provenance: "derived",
    source: "vmcache23",
    where: "Table 2: 100 ns more than direct access when cold (a leaf), 9 ns when warm; 1 : 3",
  },
  "engine.leafChange": {
    value: 40,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: `vmcache.cpp: ${OWN}`,
    range: [15, 80],
  },
  "engine.scanStep": {
    value: 8,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "vmcache.cpp: the next slot of a leaf, its record fetched ahead by the hardware",
    range: [3, 20],
  },
  "engine.loadPage": {
    value: 250,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "§3.3: state transitions of a page and the resident set, each a cache miss",
    range: [100, 500],
  },
  "engine.evictPage": {
    value: 250,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "§3.4: clock over the resident set, two state transitions, each a cache miss",
    range: [100, 500],
  },
  "engine.copyPage": {
    value: 300,
    unit: "ns",
    provenance: "assumed",
    source: "crotty22",
    where: "§3.1 user-space copy-on-write: memcpy of 4 KiB, source or target not in a cache",
    range: [150, 800],
  },
  "engine.lock": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "vmcache itself has none: a hash-table entry made and removed, mostly cached",
    range: [25, 120],
  },
  "engine.transaction": {
    value: 60,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "vmcache itself has none: a number, and lists emptied",
    range: [20, 150],
  },
  "engine.logKibibyte": {
    value: 400,
    unit: "ns",
    provenance: "assumed",
    source: "vmcache23",
    where: "vmcache itself has none: some ten records of 20 ns each, copied and checksummed once",
    range: [150, 800],
  },
} as const satisfies CostTable;

/** The clock of milan-pm1733 with one active core, on which the costs were calibrated. */
const MEASURED_AT_GHZ = 3.675;

/**
 * The costs on a core that runs at `clockGHz` when it works alone: as many cycles as on Milan's.
 *
 * What only waits for memory is as long. Not modelled: what another core does per cycle.
 */
export function engineCostsAt(clockGHz: number): CostTable {
  const factor = MEASURED_AT_GHZ / clockGHz;
  if (factor === 1) return ENGINE_COSTS;
  const meanings: CostMeanings = ENGINE_COST_MEANINGS;
  return Object.fromEntries(
    Object.entries(ENGINE_COSTS).map(([name, cost]) => [
      name,
      meanings[name]!.waitsForMemory === true ? cost : scaled(cost, factor),
    ]),
  );
}

/** No measurement of that core comes out by it, so it counts as calibrated no longer. */
function scaled({ calibrated: _, ...cost }: Sourced, factor: number): Sourced {
  const hundredths = (value: number): number => Math.round(value * factor * 100) / 100;
  const value = hundredths(cost.value);
  const where = `${cost.where}; ${cost.value} ns at ${MEASURED_AT_GHZ} GHz`;
  if (cost.provenance !== "assumed") return { ...cost, value, where, provenance: "derived" };
  const range = [hundredths(cost.range[0]), hundredths(cost.range[1])] as const;
  return { ...cost, value, where, range };
}

type Times = Readonly<Record<string, number>>;

/** @param costs the run's costs, in picoseconds. */
export function engineTimes(costs: Times): EngineTimes {
  const time = (name: keyof EngineTimes): number => costs[`engine.${name}`]!;
  return {
    operation: time("operation"),
    nodeVisit: time("nodeVisit"),
    coldLeaf: time("coldLeaf"),
    cachedLeaf: time("cachedLeaf"),
    hashLookup: time("hashLookup"),
    leafChange: time("leafChange"),
    scanStep: time("scanStep"),
    loadPage: time("loadPage"),
    evictPage: time("evictPage"),
    copyPage: time("copyPage"),
  };
}

/** @param costs the run's costs, in picoseconds. */
export function transactionTimes(costs: Times): TransactionCosts {
  return {
    lockPs: costs["engine.lock"]!,
    transactionPs: costs["engine.transaction"]!,
    logKibibytePs: costs["engine.logKibibyte"]!,
  };
}
