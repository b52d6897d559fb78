/** Part of the metric catalogue: page accesses, mappings, eviction. */
import type { Metric } from "./metric-shape.ts";

/** Metrics of memory microbenchmarks. */
export const VM_METRICS = {
  pagesPerS: {
    title: "pages",
    unit: "1/s",
    better: "higher",
    meaning: "page operations per second: accesses, allocations with their release, or insertions",
    isBaseline: true,
  },
  pageNsMean: {
    title: "time per page",
    unit: "ns",
    better: "lower",
    meaning: "elapsed time of the threads per page operation",
    isBaseline: true,
  },
  cpuNsPerPage: {
    title: "CPU time per page",
    unit: "ns",
    better: "lower",
    meaning: "time of all cores that was not idle, per page operation",
  },
  translationNsPerPage: {
    title: "translation per page",
    unit: "ns",
    better: "lower",
    meaning: "part of it that went into TLB misses and page walks",
  },
  flushNsPerPage: {
    title: "TLB flush per page",
    unit: "ns",
    better: "lower",
    meaning: "time that threads spent in flushes, waiting included, per page operation",
    isBaseline: true,
  },
  shootdownsPerS: {
    title: "shootdowns",
    unit: "1/s",
    better: "lower",
    meaning: "flushes that reach other cores, per second",
    isBaseline: true,
  },
  shootdownIpisPerS: {
    title: "TLB interrupts",
    unit: "1/s",
    better: "lower",
    meaning: "flush requests that other cores received, per second",
    isBaseline: true,
  },
  shootdownShare: {
    title: "time in shootdowns",
    unit: "1",
    better: "lower",
    meaning: "share of busy time spent sending, receiving and awaiting TLB shootdowns",
  },
  flushShare: {
    title: "time in flushes",
    unit: "1",
    better: "lower",
    meaning: "share of the threads' time that they spent in TLB flushes, waiting included",
  },
  faultsPerS: {
    title: "page faults",
    unit: "1/s",
    better: "lower",
    meaning: "page faults taken per second",
  },
  deviceBytesPerS: {
    title: "device reads",
    unit: "B/s",
    better: "neither",
    meaning: "bytes that came from the drives into memory, per second",
    isBaseline: true,
  },
  evictionsPerS: {
    title: "evictions",
    unit: "1/s",
    better: "neither",
    meaning: "pages that the system took out of memory, per second",
    isBaseline: true,
  },
  directEvictionsPerS: {
    title: "direct evictions",
    unit: "1/s",
    better: "lower",
    meaning: "part of them by threads that needed memory themselves",
  },
  scansPerS: {
    title: "pages scanned",
    unit: "1/s",
    better: "lower",
    meaning: "pages that reclaim looked at, per second",
  },
  kswapdShare: {
    title: "kswapd",
    unit: "1",
    better: "neither",
    meaning: "cores that kernel threads used for reclaiming in the background",
    isBaseline: true,
  },
  contentionShare: {
    title: "time in contention",
    unit: "1",
    better: "lower",
    meaning: "share of busy time spent waiting for cache lines and locks that other cores hold",
  },
  readNsPerPage: {
    title: "read per page",
    unit: "ns",
    better: "lower",
    meaning: "elapsed time of reading from the drives, per page operation",
    isBaseline: true,
  },
  writeNsPerPage: {
    title: "write per page",
    unit: "ns",
    better: "lower",
    meaning: "elapsed time of writing evicted pages to the drives, per page operation",
  },
  evictionNsPerPage: {
    title: "eviction per page",
    unit: "ns",
    better: "lower",
    meaning: "elapsed time of making room, writes and flushes included, per page operation",
  },
} as const satisfies Record<string, Metric>;
