/** Puts machine, operating system and workload together: the only place that knows all of them. */
import { workDuration } from "../base/sourced.ts";
import { gigahertz } from "../base/units.ts";
import { badValue, UsageError } from "../base/usage-error.ts";
import { buildMachine } from "../hardware/build-machine.ts";
import type { HostMachine } from "../hardware/host-machine.ts";
import { findMachine } from "../hardware/machines/index.ts";
import { clockGHz } from "../hardware/machines/machine-spec.ts";
import { UNIT_BYTES } from "../hardware/nvme/command-table.ts";
import type { DriveNumbers } from "../hardware/nvme/drive-numbers.ts";
import type { BackendModule, OperatingSystem, Traits } from "../os/model.ts";
import type { OptionValues } from "../os/options.ts";
import { resolveOptions } from "../os/options.ts";
import { BACKEND_IDS, backends } from "../os/registry.ts";
import { Simulation } from "../sim/simulation.ts";
import type { Window } from "../workload/job-statistics.ts";
import type { RawIoPlan } from "../workload/raw-io.ts";
import { RawIoJob } from "../workload/raw-io.ts";
import type { ModelNumbers } from "./overrides.ts";
import { resolveNumbers } from "./overrides.ts";
import type { ExperimentSpec, IoGroupSpec, RawIoSpec } from "./spec.ts";
import { shortHash } from "./spec-hash.ts";

/** A spec with everything that it refers to looked up and checked; nothing simulated yet. */
export interface ResolvedExperiment {
  readonly spec: ExperimentSpec;
  readonly specHash: string;
  /** Backends of the two facets; the same one unless facets are mixed. */
  readonly storage: BackendModule;
  readonly scheduler: BackendModule;
  readonly options: OptionValues;
  readonly traits: Traits;
  readonly numbers: ModelNumbers;
  readonly clockGHz: number;
  /** Hardware threads that get something to run. */
  readonly coresUsed: number;
  readonly warnings: readonly string[];
}

/** A run that is ready to start. */
export interface AssembledRun {
  readonly simulation: Simulation;
  readonly machine: HostMachine;
  readonly system: OperatingSystem;
  readonly jobs: readonly RawIoJob[];
  /** Jobs that load the drives beside those, unmeasured. */
  readonly background: readonly RawIoJob[];
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
  const scheduler = findBackend(spec.facets.scheduler ?? backend.id, "facets.scheduler");
  const options = resolveOptions(storage.id, storage.options, spec.options);
  const traits = storage.traits(options);
  checkFacets(storage, scheduler, traits);
  if (spec.workload.rw === "nop" && !traits.takesNops) {
    throw new UsageError("rw: only io_uring with interrupts completes a nop; choose another rw");
  }
  const declared = { costs: { ...scheduler.costs, ...storage.costs } };
  const numbers = resolveNumbers(findMachine(spec.machine), declared, spec.set);
  const { machine, costs } = numbers;
  if (spec.drives > machine.driveCount) {
    throw badValue("drives", spec.drives, `machine "${machine.id}" has ${machine.driveCount}`);
  }
  const { workload } = spec;
  const warnings: string[] = [];
  const { background } = workload;
  const capped = {
    ...workload,
    ...capDepth(workload, traits, warnings),
    ...(background && { background: { ...background, ...capDepth(background, traits, warnings) } }),
  };
  const resolved: ExperimentSpec = {
    ...spec,
    machine: machine.id,
    drives: spec.drives === 0 ? machine.driveCount : spec.drives,
    options: { ...options },
    workload: capped,
  };
  for (const group of groupsOf(workload)) {
    checkSpan(group, resolved.drives, machine.drive.numbers.capacity.value);
    checkWriteBuffer(group, machine.drive.numbers);
  }
  const threads = jobCount(workload) * (1 + traits.helperThreads);
  const { cores, threadsPerCore, clocks } = machine.cpu;
  return {
    spec: resolved,
    specHash: shortHash({ spec: resolved, machine, costs }),
    storage,
    scheduler,
    options,
    traits,
    numbers,
    clockGHz: clockGHz(clocks, Math.min(threads, cores)),
    coresUsed: Math.min(threads, cores * threadsPerCore),
    warnings,
  };
}

function checkFacets(storage: BackendModule, scheduler: BackendModule, traits: Traits): void {
  if (traits.completion !== "interrupt" || scheduler.schedulerTraits.canSleep) return;
  throw new UsageError(
    `facets: threads of "${scheduler.id}" never sleep, so they cannot wait for the interrupts of ` +
      `"${storage.id}"; choose a storage that polls, or another scheduler`,
  );
}

function groupsOf({ background, ...measured }: RawIoSpec): readonly IoGroupSpec[] {
  return background === undefined ? [measured] : [measured, background];
}

const jobCount = (workload: RawIoSpec): number => workload.jobs + (workload.background?.jobs ?? 0);

/** What the interface allows of a group's depth and batch. */
function capDepth(
  group: IoGroupSpec,
  traits: Traits,
  warnings: string[],
): Pick<IoGroupSpec, "ioDepth" | "submitBatch"> {
  const ioDepth = Math.min(group.ioDepth, traits.channelDepthMax);
  if (ioDepth < group.ioDepth) {
    warnings.push(
      `iodepth ${group.ioDepth} is capped at ${ioDepth}: this interface blocks per request`,
    );
  }
  return { ioDepth, submitBatch: Math.min(group.submitBatch, ioDepth) };
}

function checkSpan(group: IoGroupSpec, drives: number, capacityBytes: number): void {
  if (group.spanBytes > capacityBytes) {
    throw badValue("spanBytes", group.spanBytes, `a drive has ${capacityBytes} bytes`);
  }
  const span = group.spanBytes === 0 ? capacityBytes : group.spanBytes;
  if (drives * Math.floor(span / group.blockBytes) < 1) {
    throw new UsageError(`blockBytes: ${group.blockBytes} does not fit into ${span} bytes`);
  }
}

/** A write must fit beside what gathers for a program operation, or it would wait for ever. */
function checkWriteBuffer(group: IoGroupSpec, numbers: DriveNumbers): void {
  if (readPercentOf(group.rw, group.readPercent) === 100) return;
  const unitsOf = (bytes: number): number => Math.floor(bytes / UNIT_BYTES);
  const largest = unitsOf(group.blockBytes - 1) + 2;
  const needed = Math.max(1, unitsOf(numbers.programUnit.value)) - 1 + largest;
  if (unitsOf(numbers.writeBuffer.value) >= needed) return;
  throw badValue(
    "drive.writeBuffer",
    numbers.writeBuffer.value,
    `writes of ${group.blockBytes} bytes need at least ${needed * UNIT_BYTES}`,
  );
}

/** Builds everything for one run. */
export function assemble(
  resolved: ResolvedExperiment,
  window: Window,
  lookaheadPs?: number,
): AssembledRun {
  const { spec, numbers, options } = resolved;
  const simulation = new Simulation();
  const machine = buildMachine(
    simulation,
    numbers.machine,
    spec.drives,
    [window.startPs, window.endPs],
    lookaheadPs,
  );
  const measuredAt = gigahertz(clockGHz(numbers.machine.cpu.clocks, 1));
  const clock = gigahertz(resolved.clockGHz);
  const costs = Object.fromEntries(
    Object.entries(numbers.costs).map(([name, cost]) => [
      name,
      workDuration(cost, measuredAt, clock),
    ]),
  );
  const { workload } = spec;
  const ground = { simulation, machine, costs, options, threadCount: jobCount(workload) };
  const scheduler = resolved.scheduler.createScheduler(ground);
  const system: OperatingSystem = {
    traits: resolved.traits,
    scheduler,
    storage: resolved.storage.createStorage(ground, scheduler),
  };
  const groupJobs = (group: IoGroupSpec, streamName: string): RawIoJob[] => {
    const plan = planOf(spec, group, machine.array.shape.driveBytes, streamName);
    return Array.from({ length: group.jobs }, (_, index) => {
      return new RawIoJob(index, plan, system.storage, window);
    });
  };
  return {
    simulation,
    machine,
    system,
    jobs: groupJobs(workload, "raw-io job"),
    background: workload.background ? groupJobs(workload.background, "raw-io background job") : [],
  };
}

/** What each job of a group does. */
function planOf(
  spec: ExperimentSpec,
  group: IoGroupSpec,
  driveBytes: number,
  streamName: string,
): RawIoPlan {
  return {
    isNop: group.rw === "nop",
    isRandom: group.rw.startsWith("rand"),
    readPercent: readPercentOf(group.rw, group.readPercent),
    blockBytes: group.blockBytes,
    ioDepth: group.ioDepth,
    submitBatch: group.submitBatch,
    driveCount: spec.drives,
    spanBytes: group.spanBytes === 0 ? driveBytes : group.spanBytes,
    jobs: group.jobs,
    rateIops: group.rateIops,
    streamName,
    seed: spec.seed,
  };
}

function readPercentOf(rw: string, mix: number): number {
  if (rw.endsWith("read") || rw === "nop") return 100;
  if (rw.endsWith("write")) return 0;
  return mix;
}
