/** A scheduler facet: Linux's kernel threads, one run queue per core. */
import type { Ground } from "../../model.ts";
import { kernelPlan } from "./kernel-plan.ts";
import type { KernelSchedulingCosts } from "./kernel-scheduling-costs.ts";
import { ThreadScheduler } from "./thread-scheduler.ts";

/** Kernel threads on `coreCount` cores of a machine whose backend declares what they cost. */
export function createKernelThreads(ground: Ground): ThreadScheduler {
  const { simulation, machine, options, coreCount } = ground;
  const costs = ground.costs as Readonly<Record<KernelSchedulingCosts, number>>;
  return new ThreadScheduler(simulation, machine, kernelPlan(costs, machine, options), coreCount);
}
