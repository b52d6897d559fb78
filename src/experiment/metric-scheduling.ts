/** Part of the metric catalogue: workloads that ask for threads rather than for I/Os. */
import type { Metric } from "./metric-shape.ts";

export const SCHEDULING_METRICS = {
  operationsPerS: {
    title: "operations",
    unit: "1/s",
    better: "higher",
    meaning: "operations that ended, per second: requests, turns, lookups",
    isBaseline: true,
  },
  operationNsMean: {
    title: "mean time of an operation",
    unit: "ns",
    better: "lower",
    meaning: "mean time from arrival to end",
  },
  operationNsP50: {
    title: "median time of an operation",
    unit: "ns",
    better: "lower",
    meaning: "50th percentile of the time from arrival to end",
  },
  operationNsP99: {
    title: "p99 time of an operation",
    unit: "ns",
    better: "lower",
    meaning: "99th percentile of the time from arrival to end",
    isBaseline: true,
  },
  operationNsP999: {
    title: "p99.9 time of an operation",
    unit: "ns",
    better: "lower",
    meaning: "99.9th percentile of the time from arrival to end",
  },
  shortNsP50: {
    title: "median of short work",
    unit: "ns",
    better: "lower",
    meaning: "median time of operations that are not long",
  },
  shortNsP90: {
    title: "p90 of short work",
    unit: "ns",
    better: "lower",
    meaning: "90th percentile of operations that are not long",
  },
  shortNsP99: {
    title: "p99 of short work",
    unit: "ns",
    better: "lower",
    meaning: "99th percentile of operations that are not long",
    isBaseline: true,
  },
  shortNsP999: {
    title: "p99.9 of short work",
    unit: "ns",
    better: "lower",
    meaning: "99.9th percentile of operations that are not long",
  },
  longNsP50: {
    title: "median of long work",
    unit: "ns",
    better: "lower",
    meaning: "median time of long operations",
  },
  longNsP90: {
    title: "p90 of long work",
    unit: "ns",
    better: "lower",
    meaning: "90th percentile of long operations",
  },
  longNsP99: {
    title: "p99 of long work",
    unit: "ns",
    better: "lower",
    meaning: "99th percentile of long operations",
  },
  longPerS: {
    title: "long operations",
    unit: "1/s",
    better: "higher",
    meaning: "long operations that ended, per second",
  },
  wakeDelayNsP50: {
    title: "median wake-up delay",
    unit: "ns",
    better: "lower",
    meaning:
      "median time from when a thread should run, or gets what it asked for, to when it does",
  },
  wakeDelayNsP99: {
    title: "p99 wake-up delay",
    unit: "ns",
    better: "lower",
    meaning: "99th percentile of the same delay",
    isBaseline: true,
  },
  kneePerS: {
    title: "knee",
    unit: "1/s",
    better: "higher",
    meaning: "highest offered rate at which the percentile of latency stayed within its limit",
    isBaseline: true,
  },
  switchesPerOperation: {
    title: "switches per operation",
    unit: "1",
    better: "lower",
    meaning: "switches of a core from one thread to another, per operation",
    isBaseline: true,
  },
  preemptionsPerOperation: {
    title: "preemptions per operation",
    unit: "1",
    better: "neither",
    meaning: "times that a thread lost its core though it could have gone on, per operation",
  },
  schedulingCyclesPerOperation: {
    title: "cycles spent on scheduling",
    unit: "cycles",
    better: "lower",
    meaning: "switches, wake-ups, scheduler, interrupts (those of devices, too), per operation",
    isBaseline: true,
  },
  cyclesPerOperation: {
    title: "cycles per operation",
    unit: "cycles",
    better: "lower",
    meaning: "time of all cores that was not idle, in cycles of this run's clock, per operation",
  },
} as const satisfies Record<string, Metric>;
