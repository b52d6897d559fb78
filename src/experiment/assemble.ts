/** Puts machine, operating system and workload together: the only place that knows all of them. */
import { type CostTable, sourcedDuration, workDuration } from "../base/sourced.ts";
import { gigahertz } from "../base/units.ts";
import { badValue, UsageError } from "../base/usage-error.ts";
import { buildMachine } from "../hardware/build-machine.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import { findMachine } from "../hardware/machines/index.ts";
import { clockGHz, type MachineSpec } from "../hardware/machines/machine-spec.ts";
import type { NvmeArray } from "../hardware/nvme/nvme-array.ts";
import {
  hasVm,
  type Isolation,
  isolatedCosts,
  isolatedMachine,
  isolationCostMeanings,
  isolationCosts,
} from "../os/isolation/isolate.ts";
import type {
  BackendModule,
  CostMeanings,
  MemoryFacet,
  OperatingSystem,
  Traits,
  Volume,
} from "../os/model.ts";
import type { OptionValues } from "../os/options.ts";
import { resolveOptions } from "../os/options.ts";
import { BACKEND_IDS, backends } from "../os/registry.ts";
import { Simulation } from "../sim/simulation.ts";
import type { Window } from "../workload/job-statistics.ts";
import { withKnownCosts } from "./machine-costs.ts";
import type { ModelNumbers } from "./overrides.ts";
import { rangeWarnings, resolveNumbers } from "./overrides.ts";
import { type ExperimentInput, type ExperimentSpec, parseSpec } from "./spec.ts";
import { numbersHash } from "./spec-hash.ts";
import type { RunningWorkload, WorkloadKind, WorkloadSite } from "./workload-kind.ts";
import { kindOf } from "./workloads/index.ts";
import type { WorkloadSpec } from "./workloads/schema.ts";

/** A spec with everything that it refers to looked up and checked; nothing simulated yet. */
export interface ResolvedExperiment {
  readonly spec: ExperimentSpec;
  readonly specHash: string;
  readonly kind: WorkloadKind;
  /** Backends of the facets; the same one unless facets are mixed. */
  readonly storage: BackendModule;
  readonly memory: BackendModule;
  readonly scheduler: BackendModule;
  readonly options: OptionValues;
  readonly traits: Traits;
  readonly numbers: ModelNumbers;
  readonly clockGHz: number;
  /** Hardware threads on which the workload's threads may run. */
  readonly coreCount: number;
  /** Hardware threads that get something to run. */
  readonly coresUsed: number;
  readonly warnings: readonly string[];
}

/** A run that is ready to start. */
export interface AssembledRun {
  readonly simulation: Simulation;
  readonly machine: HostMachine;
  readonly system: OperatingSystem;
  readonly workload: RunningWorkload;
}

export function findBackend(id: string, field = "backend"): BackendModule {
  if (Object.hasOwn(backends, id)) return backends[id as keyof typeof backends];
  throw badValue(field, id, `choose one of: ${BACKEND_IDS.join(", ")}`);
}

/**
 * Looks up and checks everything that `spec` refers to.
 * @throws UsageError naming the field that is wrong.
 */
export function resolveExperiment(spec: ExperimentSpec): ResolvedExperiment {
  const backend = findBackend(spec.backend);
  const storage = findBackend(spec.facets.storage ?? backend.id, "facets.storage");
  const memory = findBackend(spec.facets.memory ?? backend.id, "facets.memory");
  const scheduler = findBackend(spec.facets.scheduler ?? backend.id, "facets.scheduler");
  const kind = kindOf(spec.workload);
  // Whoever uses no memory region is not charged for any, and has no options of them.
  const usesMemory = kind.usesMemory?.(spec.workload, memory.memory.traits) ?? false;
  const declaredOptions = [
    ...storage.options,
    ...scheduler.schedulerOptions,
    ...(usesMemory ? memory.memory.options : []),
  ];
  const options = resolveOptions(backend.id, declaredOptions, spec.options, hasVm(spec));
  const traits = storage.traits(options);
  checkFacets(storage, scheduler, traits, options);
  const base = withKnownCosts(findMachine(spec.machine), Object.values(backends));
  const declared = { costs: costsOf({ storage, memory, scheduler }, spec.workload, spec, base) };
  const numbers = resolveNumbers(base, declared, spec.set);
  const { machine, costs } = numbers;
  if (spec.drives > machine.driveCount) {
    throw badValue("drives", spec.drives, `machine "${machine.id}" has ${machine.driveCount}`);
  }
  const warnings = rangeWarnings(base, declared, spec.set);
  const whole: ExperimentSpec = {
    ...spec,
    machine: machine.id,
    drives: spec.drives === 0 ? machine.driveCount : spec.drives,
    options: { ...options },
  };
  const workload = kind.resolve(spec.workload, {
    spec: whole,
    machine,
    traits,
    memoryTraits: memory.memory.traits,
    warnings,
  });
  const resolved: ExperimentSpec = { ...whole, workload };
  const reclaimers = usesMemory ? (memory.memory.helperThreads?.(options) ?? 0) : 0;
  const { cores, threadsPerCore, clocks } = machine.cpu;
  const coreCount = coresOf(spec, cores * threadsPerCore);
  const isShared = scheduler.schedulerTraits(options).sharesChannels;
  // A worker has one channel for all its tasks, and its helper a core behind the workers' ones.
  const helperCores = isShared ? coreCount * traits.helperThreads : 0;
  if (isShared) checkHelperCores(coreCount, traits.helperThreads, cores * threadsPerCore);
  const perThread = isShared ? 1 : 1 + traits.helperThreads;
  const threads = kind.threads(workload) * perThread + reclaimers;
  const coresUsed = Math.min(threads, coreCount) + helperCores;
  // Whoever has a kernel thread to submit for it looks at its ring until something comes.
  const isPolling = traits.completion === "polling" || traits.helperThreads > 0;
  const polls = kind.awaitsIo === true && isPolling && !isShared;
  if (polls && threads > coreCount) warnings.push(crowdWarning(threads, coreCount, scheduler));
  return {
    spec: resolved,
    specHash: numbersHash({ spec: resolved, machine, costs }),
    kind,
    storage,
    memory,
    scheduler,
    options,
    traits,
    numbers,
    clockGHz: clockGHz(clocks, Math.min(coresUsed, cores)),
    coreCount,
    coresUsed,
    warnings,
  };
}

/** Backends of the facets of one run. */
export interface Facets {
  readonly storage: BackendModule;
  readonly memory: BackendModule;
  readonly scheduler: BackendModule;
}

/** The costs that a run of this workload with these facets has; on a machine, at its clock. */
export function costsOf(
  { storage, memory, scheduler }: Facets,
  workload: WorkloadSpec,
  isolation: Isolation,
  machine?: MachineSpec,
): CostTable {
  const kind = kindOf(workload);
  return {
    ...isolationCosts(isolation),
    ...(kind.usesMemory?.(workload, memory.memory.traits) && memory.memory.costs),
    ...scheduler.costs,
    ...storage.costs,
    ...kind.costs,
    ...(machine && kind.costsAt?.(clockGHz(machine.cpu.clocks, 1))),
  };
}

/** The hardware threads that a spec leaves to the workload, of the machine's `all`. */
function coresOf({ cores }: ExperimentSpec, all: number): number {
  if (cores > all) throw badValue("cores", cores, `the machine has ${all} hardware threads`);
  return cores === 0 ? all : cores;
}

/** Kernel threads that poll for workers need cores of their own, `each` for one worker. */
function checkHelperCores(workers: number, each: number, all: number): void {
  if (workers * (1 + each) <= all) return;
  const most = Math.floor(all / (1 + each));
  throw badValue(
    "cores",
    workers,
    "each needs another hardware thread for its kernel thread, and the machine has " +
      `${all}: give cores=${most} or fewer (--set cores=${most})`,
  );
}

function checkFacets(
  storage: BackendModule,
  scheduler: BackendModule,
  traits: Traits,
  options: OptionValues,
): void {
  const { canSleep, sharesChannels, hasHelperCores } = scheduler.schedulerTraits(options);
  if (sharesChannels && traits.channelDepthMax === 1) {
    throw new UsageError(
      "threads: the tasks of a worker share one channel, which must keep many requests " +
        "outstanding; choose another ioengine",
    );
  }
  if (sharesChannels && traits.helperThreads > 0 && hasHelperCores !== true) {
    throw new UsageError(
      `facets: threads of "${scheduler.id}" that share channels leave no core to the kernel ` +
        `threads of "${storage.id}"; choose another ioengine, or another scheduler`,
    );
  }
  if (traits.completion !== "interrupt" || canSleep) return;
  throw new UsageError(
    `facets: threads of "${scheduler.id}" never sleep, so they cannot wait for the interrupts of ` +
      `"${storage.id}"; choose a storage that polls, or another scheduler`,
  );
}

/** Builds everything for one run. */
export function assemble(
  resolved: ResolvedExperiment,
  window: Window,
  lookaheadPs?: number,
): AssembledRun {
  const site = assembleSite(resolved, window, lookaheadPs);
  const { simulation, machine, system, spec } = site;
  return { simulation, machine, system, workload: resolved.kind.build(spec.workload, site) };
}

/** Builds the machine and the operating system that a run's workload finds. */
export function assembleSite(
  resolved: ResolvedExperiment,
  window: Window,
  lookaheadPs?: number,
): WorkloadSite {
  const { spec, numbers, options } = resolved;
  const simulation = new Simulation();
  const bare = buildMachine(
    simulation,
    numbers.machine,
    spec.drives,
    [window.startPs, window.endPs],
    lookaheadPs ?? resolved.kind.lookaheadPs,
  );
  const costs = isolatedCosts(spec, costDurations(resolved));
  const nestedShare = numbers.machine.cpu.numbers.nestedLoads.value;
  const machine = isolatedMachine(spec, bare, costs, nestedShare);
  const threadCount = resolved.kind.threads(spec.workload);
  const { coreCount } = resolved;
  const { seed } = spec;
  const ground = { seed, simulation, machine, costs, options, threadCount, coreCount };
  const scheduler = resolved.scheduler.createScheduler(ground);
  const storage = resolved.storage.createStorage(ground, scheduler);
  let memory: MemoryFacet | undefined;
  const system: OperatingSystem = {
    traits: resolved.traits,
    volume: volumeOf(machine.array, resolved.traits),
    scheduler,
    storage: scheduler.shareStorage?.(storage) ?? storage,
    // Only a workload that uses it has its costs.
    get memory() {
      memory ??= resolved.memory.memory.create(ground, scheduler, storage);
      return memory;
    },
  };
  const memoryTraits = resolved.memory.memory.traits;
  return { spec, simulation, machine, system, window, memoryTraits, another, costs };
}

function another(input: ExperimentInput, window: Window): () => WorkloadSite {
  const resolved = resolveExperiment(parseSpec(input));
  return () => assembleSite(resolved, window);
}

/**
 * Time of each cost at this run's clock, in picoseconds; that of an interval, and of waiting for
 * memory, does not hang on it.
 */
export function costDurations(resolved: ResolvedExperiment): Record<string, number> {
  const { kind, numbers, storage, scheduler, memory } = resolved;
  const measuredAt = gigahertz(numbers.measuredGHz);
  const clock = gigahertz(resolved.clockGHz);
  const meanings: CostMeanings = {
    ...kind.costMeanings,
    ...scheduler.costMeanings,
    ...storage.costMeanings,
    ...memory.memory.costMeanings,
    ...isolationCostMeanings,
  };
  return Object.fromEntries(
    Object.entries(numbers.costs).map(([name, cost]) => [
      name,
      meanings[name]?.isInterval === true || meanings[name]?.waitsForMemory === true
        ? sourcedDuration(cost)
        : workDuration(cost, measuredAt, clock),
    ]),
  );
}

const crowdWarning = (threads: number, cores: number, scheduler: BackendModule): string =>
  `${threads} threads poll on ${cores} core${cores === 1 ? "" : "s"}: one that polls in vain ` +
  "keeps its core for a time slice; give fewer threads more requests each, or " +
  (sharesQueuePairs(scheduler)
    ? "let those of a core share (queue_pairs core)"
    : "let them be tasks");

/** Whether threads can have their core's queue pairs instead of their own. */
export const sharesQueuePairs = ({ schedulerOptions }: BackendModule): boolean =>
  schedulerOptions.some(({ name }) => name === "queue_pairs");

function volumeOf(array: NvmeArray, { commandsDrives }: Traits): Volume {
  return {
    needsFlushes: array.shape.times.hasVolatileCache || !commandsDrives,
    driveCount: array.shape.driveCount,
    driveBytes: array.shape.driveBytes,
    get media() {
      return array.media;
    },
  };
}
