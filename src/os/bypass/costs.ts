/**
 * Costs of kernel bypass, for a machine that does not say otherwise.
 *
 * SPDK publishes records per core; a machine file replaces them by its own single-thread
 * measurement.
 */
import { taskCostMeanings, taskCosts } from "../kernel/scheduling/task-plan.ts";
import type { BackendCosts, CostMeanings } from "../model.ts";

export const costs = {
  "bypass.submit": {
    value: 40,
    unit: "ns",
    provenance: "derived",
    source: "spdk21",
    where: "half of 269 cycles at 3.4 GHz per 4 KiB read (P-2, P-4)",
  },
  "bypass.complete": {
    value: 39,
    unit: "ns",
    provenance: "derived",
    source: "spdk21",
    where: "the other half of 269 cycles at 3.4 GHz per 4 KiB read (P-2, P-4)",
  },
  "bypass.doorbell": {
    value: 125,
    unit: "ns",
    provenance: "derived",
    source: "spdk19",
    where: "1/2.89 M − 1/10.39 M = 250 ns without doorbell batching (P-1), two doorbells",
  },
  "bypass.emptyPoll": {
    value: 15,
    unit: "ns",
    provenance: "assumed",
    source: "spdk-source",
    where: "one cached load of the phase tag and the loop around it, per queue pair",
    range: [5, 50],
  },
  "bypass.contextSwitch": {
    value: 1_100,
    unit: "ns",
    provenance: "published",
    source: "switch-blogs",
    where: "0.9–1.3 µs per thread switch (P21, P22); reactors are Linux threads",
  },
  "bypass.slice": {
    value: 3_000_000,
    unit: "ns",
    provenance: "assumed",
    source: "linux-5.x",
    where: "kernel/sched/fair.c, see kernel.slice",
    range: [750_000, 6_000_000],
  },
  ...taskCosts,
} as const satisfies BackendCosts;

export type BypassCosts = Readonly<Record<keyof typeof costs, number>>;

export const costMeanings: CostMeanings<keyof typeof costs> = {
  "bypass.submit": { cause: "driver", meaning: "building one command in the submission queue" },
  "bypass.complete": {
    cause: "pollingUseful",
    meaning: "taking one completion and calling its owner back",
  },
  "bypass.doorbell": { cause: "driver", meaning: "one MMIO write to a doorbell register" },
  "bypass.emptyPoll": {
    cause: "pollingEmpty",
    meaning: "looking at one queue pair that has nothing",
  },
  "bypass.contextSwitch": {
    cause: "contextSwitch",
    meaning: "switching a core between reactors, when it has more than one",
  },
  "bypass.slice": {
    cause: "idle",
    isInterval: true,
    meaning: "how long a reactor runs before another one gets the core (charged nowhere)",
  },
  ...taskCostMeanings,
};
