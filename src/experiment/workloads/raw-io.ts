/** Raw I/O as a kind of workload: its checks, its jobs, its metrics. */
import { assert } from "../../base/assert.ts";
import { PS_PER_SECOND, toMs } from "../../base/units.ts";
import { badValue, UsageError } from "../../base/usage-error.ts";
import type { LedgerRow } from "../../hardware/cpu/ledger.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { FLUSH, FLUSH_METADATA, UNIT_BYTES } from "../../hardware/nvme/command-table.ts";
import type { Drive } from "../../hardware/nvme/drive.ts";
import type { DriveNumbers } from "../../hardware/nvme/drive-numbers.ts";
import type { SchedulerFacet, Thread, Traits } from "../../os/model.ts";
import { DirectionStatistics, type JobStatistics } from "../../workload/job-statistics.ts";
import type { RawIoPlan } from "../../workload/raw-io.ts";
import { RawIoJob } from "../../workload/raw-io.ts";
import { littleError } from "../laws.ts";
import type { JobResult } from "../result.ts";
import type { ExperimentSpec } from "../spec.ts";
import { directionResult, ioMetrics } from "../summary.ts";
import type {
  IdleDrive,
  Measured,
  RunningWorkload,
  WorkloadGround,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import { fileServiceOf, type IoGroupSpec, type RawIoSpec } from "./raw-io-spec.ts";
import { missingBuffer } from "./write-buffer-limit.ts";

/** Little's law may be off by this much: the rounding of sums of 2^53 and less. */
const LITTLE_TOLERANCE = 1e-6;

const jobCount = (workload: RawIoSpec): number => workload.jobs + (workload.background?.jobs ?? 0);

export const rawIo: WorkloadKind<RawIoSpec> = {
  id: "raw-io",
  title: "raw I/O without an engine, as fio does it",
  operation: "I/O",
  awaitsIo: true,
  threads: jobCount,
  mostRequests: (workload, idle) =>
    groupsOf(workload).reduce((sum, group) => sum + mostRequestsOf(group, idle), 0),
  resolve,
  build: (workload, site) => new RawIoRun(workload, site),
};

function resolve(workload: RawIoSpec, ground: WorkloadGround): RawIoSpec {
  const { traits, machine, spec, warnings } = ground;
  if (workload.rw === "nop" && !traits.takesNops) {
    throw new UsageError("rw: only io_uring with interrupts completes a nop; choose another rw");
  }
  const { background } = workload;
  const capped = {
    ...workload,
    ...capDepth(workload, traits, warnings),
    ...(background && { background: { ...background, ...capDepth(background, traits, warnings) } }),
  };
  warnOfManyRequests(groupsOf(capped), traits, warnings);
  for (const group of groupsOf(workload)) {
    checkSpan(group, spec.drives, machine.drive.numbers.capacity.value);
    checkBlock(group, machine.drive.numbers);
    checkSync(group, traits);
    checkFileService(group, spec);
  }
  return capped;
}

function groupsOf({ background, ...measured }: RawIoSpec): readonly IoGroupSpec[] {
  return background === undefined ? [measured] : [measured, background];
}

/** Most requests per second of a group; those that do nothing meet no drive. */
function mostRequestsOf(group: IoGroupSpec, { readPs, writePs }: IdleDrive): number {
  const { rw, jobs, ioDepth, rateIops } = group;
  if (rw === "nop") return Number.POSITIVE_INFINITY;
  const percent = readPercentOf(rw, group.readPercent);
  const isMixed = percent > 0 && percent < 100;
  const fastestPs = isMixed ? Math.min(readPs, writePs) : percent === 0 ? writePs : readPs;
  const perJob = (ioDepth * PS_PER_SECOND) / fastestPs;
  // Reads and writes have a rate each.
  const limit = rateIops === 0 ? perJob : rateIops * (isMixed ? 2 : 1);
  return jobs * Math.min(perJob, limit);
}

/** What the interface allows of a group's depth and batch: a blocking call has no depth. */
function capDepth(
  group: IoGroupSpec,
  traits: Traits,
  warnings: string[],
): Pick<IoGroupSpec, "ioDepth" | "submitBatch"> {
  const { channelDepthMax } = traits;
  const ioDepth = Math.min(group.ioDepth, channelDepthMax);
  if (ioDepth < group.ioDepth) {
    if (channelDepthMax > 1) {
      throw badValue("ioDepth", group.ioDepth, `this interface takes at most ${channelDepthMax}`);
    }
    warnings.push(
      `iodepth ${group.ioDepth} is capped at ${ioDepth}: this interface blocks per request`,
    );
  }
  return { ioDepth, submitBatch: Math.min(group.submitBatch, ioDepth) };
}

/** Beyond what the system grants by itself `io_setup` fails. */
function warnOfManyRequests(
  groups: readonly IoGroupSpec[],
  { allDepthsMax }: Traits,
  warnings: string[],
): void {
  const requests = groups.reduce((sum, { jobs, ioDepth }) => sum + jobs * ioDepth, 0);
  if (allDepthsMax === undefined || requests <= allDepthsMax.most) return;
  const { most, by } = allDepthsMax;
  warnings.push(
    `all jobs together ask for ${requests} requests; a system refuses more than ${most} until ` +
      `somebody raises ${by}, which this run takes for done`,
  );
}

function checkSpan(group: IoGroupSpec, drives: number, capacityBytes: number): void {
  if (group.spanBytes > capacityBytes) {
    throw badValue("spanBytes", group.spanBytes, `a drive has ${capacityBytes} bytes`);
  }
  const span = group.spanBytes === 0 ? capacityBytes : group.spanBytes;
  if (drives * Math.floor(span / group.blockBytes) < 1) {
    throw new UsageError(
      `blockBytes: ${group.blockBytes} does not fit into ${span} bytes, ` +
        "the part of each drive that is touched",
    );
  }
}

/** A write that does not begin at a unit touches one more. */
function checkBlock(group: IoGroupSpec, numbers: DriveNumbers): void {
  if (readPercentOf(group.rw, group.readPercent) === 100) return;
  const units = Math.floor((group.blockBytes - 1) / UNIT_BYTES) + 2;
  const needed = missingBuffer(units, numbers);
  if (needed === undefined) return;
  throw badValue(
    "blockBytes",
    group.blockBytes,
    "a write is one command, which must fit into the drive's write buffer: that takes a " +
      `drive.writeBuffer of ${needed} bytes, and it has ${numbers.writeBuffer.value}`,
  );
}

function checkSync(group: IoGroupSpec, traits: Traits): void {
  const { fsync, fdatasync } = group;
  if (fsync === 0 && fdatasync === 0) return;
  if (fsync > 0 && fdatasync > 0) {
    throw new UsageError("fdatasync: fsync is given too and does more; give one of them");
  }
  const name = fsync > 0 ? "fsync" : "fdatasync";
  if (readPercentOf(group.rw, group.readPercent) === 100) {
    throw new UsageError(`${name}: "${group.rw}" never writes; choose an rw that does`);
  }
  if (!traits.takesFlushes) {
    throw new UsageError(`${name}: an io_uring that polls (hipri) refuses it; leave hipri out`);
  }
}

/** Only who has a file per drive, and jumps about in it, chooses between drives. */
function checkFileService({ rw, fileService }: IoGroupSpec, { options }: ExperimentSpec): void {
  const { goesRound, requests } = fileServiceOf(fileService);
  if (!goesRound && requests === 1) return;
  if (!rw.startsWith("rand")) {
    throw new UsageError(
      `fileService: sequential blocks go round the drives; "${rw}" has no choice`,
    );
  }
  if ((options["raid"] ?? "none") === "none") return;
  throw new UsageError("fileService: a RAID is one file and stripes it over the drives itself");
}

/** What each job of a group does. */
function planOf(
  spec: ExperimentSpec,
  group: IoGroupSpec,
  driveBytes: number,
  isBlocking: boolean,
  streamName: string,
): RawIoPlan {
  return {
    isNop: group.rw === "nop",
    isRandom: group.rw.startsWith("rand"),
    readPercent: readPercentOf(group.rw, group.readPercent),
    blockBytes: group.blockBytes,
    ioDepth: group.ioDepth,
    isBlocking,
    submitBatch: group.submitBatch,
    completeMin: group.completeMin,
    completeBatch: group.completeBatch,
    fileService: fileServiceOf(group.fileService),
    driveCount: spec.drives,
    hasOwnDrives: group.ownDrives === true,
    spanBytes: group.spanBytes === 0 ? driveBytes : group.spanBytes,
    jobs: group.jobs,
    rateIops: group.rateIops,
    syncOpcode: group.fsync > 0 ? FLUSH_METADATA : FLUSH,
    writesPerSync: group.fsync + group.fdatasync,
    streamName,
    seed: spec.seed,
  };
}

function readPercentOf(rw: string, mix: number): number {
  if (rw.endsWith("read") || rw === "nop") return 100;
  if (rw.endsWith("write")) return 0;
  return mix;
}

/** Buffers may gain this share of what is written: programs end in bursts. */
const GAINED_MAX = 0.03;

class RawIoRun implements RunningWorkload {
  readonly #drives: WorkloadSite["machine"]["array"]["drives"];
  readonly #rampPs: number;
  /** Bytes in the drives' write buffers when the window opened and when it closed. */
  readonly #bufferedBytes: [number, number] = [0, 0];
  readonly #jobs: readonly RawIoJob[];
  /** Jobs that load the drives beside those, unmeasured. */
  readonly #background: readonly RawIoJob[];

  constructor(workload: RawIoSpec, site: WorkloadSite) {
    const { spec, machine, system, simulation, window } = site;
    this.#drives = machine.array.drives;
    this.#rampPs = window.startPs;
    const groupJobs = (group: IoGroupSpec, streamName: string): RawIoJob[] => {
      const isBlocking = system.traits.channelDepthMax === 1;
      const plan = planOf(spec, group, machine.array.shape.driveBytes, isBlocking, streamName);
      return Array.from({ length: group.jobs }, (_, index) => {
        return new RawIoJob(index, plan, system.storage, window);
      });
    };
    const { background } = workload;
    this.#jobs = groupJobs(workload, "raw-io job");
    this.#background = background ? groupJobs(background, "raw-io background job") : [];
    const sampler = simulation.register({
      handle: (edge) => {
        this.#bufferedBytes[edge as 0 | 1] = this.#sumOfDrives((drive) => drive.bufferedUnits);
      },
    });
    simulation.schedule(window.startPs, sampler, 0);
    simulation.schedule(window.endPs, sampler, 1);
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    return [...this.#jobs, ...this.#background].map((job, index) =>
      scheduler.spawn(index, (thread) => job.body(thread)),
    );
  }

  stop(): void {
    for (const job of [...this.#jobs, ...this.#background]) job.isStopping = true;
  }

  outstanding(): number {
    const jobs = [...this.#jobs, ...this.#background];
    return jobs.reduce((sum, job) => sum + job.statistics.outstanding, 0);
  }

  result(measured: Measured): WorkloadResult {
    const statistics = this.#jobs.map((job) => job.statistics);
    const outstandingMean = statistics.reduce((sum, job) => sum + job.outstandingMean, 0);
    const directions = statistics.flatMap(({ read, write }) => [read, write]);
    const metrics = ioMetrics(measured, directions, outstandingMean);
    const { simulatedIos, latencyNsMean } = metrics;
    const edgesPs = statistics.reduce((sum, job) => sum + job.edgesPs, 0);
    assertLittle(outstandingMean, simulatedIos, latencyNsMean, measured.windowPs, edgesPs);
    const jobs = statistics.map((job, index) => jobResult(job, measured, index));
    const allJobs = together(jobs, statistics);
    const steadyPs = (outstandingMean / simulatedIos) * measured.windowPs;
    const warnings = this.#warnings(simulatedIos, latencyNsMean, steadyPs);
    return { metrics, operations: simulatedIos, jobs, allJobs, warnings };
  }

  /** What makes the window no picture of the steady state: the first such thing. */
  #warnings(ios: number, latencyNsMean: number, steadyPs: number): readonly string[] {
    // That there is nothing to tell of is said of every kind of workload.
    if (ios === 0) return [];
    const buffers = this.#bufferWarnings();
    if (buffers.length > 0) return buffers;
    return queueWarnings(latencyNsMean, steadyPs, this.#rampPs);
  }

  #sumOfDrives(units: (drive: Drive) => number): number {
    return this.#drives.reduce((sum, drive) => sum + units(drive), 0) * UNIT_BYTES;
  }

  /** Until the buffers are full writes end faster than the dies can take them. */
  #bufferWarnings(): readonly string[] {
    const [before, after] = this.#bufferedBytes;
    const writtenBytes = [...this.#jobs, ...this.#background].reduce(
      (sum, { statistics }) => sum + statistics.write.bytes,
      0,
    );
    const isBehind = after > this.#sumOfDrives((drive) => drive.programmingUnits);
    if (!isBehind || after - before <= GAINED_MAX * writtenBytes) return [];
    const percent = Math.round((100 * (after - before)) / writtenBytes);
    return [
      `the drives' write buffers were still filling: ${percent} % of what was written while ` +
        "measuring is only there, so the drives cannot keep up this rate; give a longer ramp",
    ];
  }
}

/** Mean latency may be this much shorter than queue and rate say. */
const SHORTER_MAX = 0.2;

/**
 * Requests that are there from the beginning found shorter queues than those behind them: what is
 * measured before they are gone is not what goes on.
 * @param steadyPs what a request takes according to queue and rate.
 */
function queueWarnings(latencyNsMean: number, steadyPs: number, rampPs: number): readonly string[] {
  const isShorter = latencyNsMean * 1_000 < (1 - SHORTER_MAX) * steadyPs;
  if (steadyPs <= rampPs || !isShorter) return [];
  const steadyMs = Number(toMs(steadyPs).toPrecision(2));
  return [
    `the queues were still filling: at this rate a request takes about ${steadyMs} ms, longer ` +
      "than the ramp, and those measured found shorter queues; give a longer ramp",
  ];
}

/** L4. */
function assertLittle(
  outstandingMean: number,
  ios: number,
  latencyNsMean: number,
  windowPs: number,
  edgesPs: number,
): void {
  const error = littleError(outstandingMean, ios, latencyNsMean * 1_000, windowPs, edgesPs);
  assert(error < LITTLE_TOLERANCE, "L4: Little's law is off by this share", error);
}

function jobResult(
  statistics: JobStatistics,
  { traits, rows, threadCores, threadSwitches }: Measured,
  index: number,
): JobResult {
  const core = threadCores[index]!;
  const row: LedgerRow = rows[core]!;
  const sharers = threadCores.filter((other) => other === core).length;
  const elapsedPs = row.reduce((sum, time) => sum + time, 0);
  const busyShare = (elapsedPs - row[CAUSE.idle]!) / elapsedPs / sharers;
  const applicationShare = row[CAUSE.application]! / elapsedPs / sharers;
  const userShare = traits.crossesKernel ? applicationShare : busyShare;
  return {
    read: directionResult(statistics.read),
    write: directionResult(statistics.write),
    sync: directionResult(statistics.sync),
    userShare,
    systemShare: busyShare - userShare,
    contextSwitches: threadSwitches[index]!,
  };
}

/** All jobs as one, as fio's `group_reporting` shows them. */
function together(jobs: readonly JobResult[], statistics: readonly JobStatistics[]): JobResult {
  const read = new DirectionStatistics();
  const write = new DirectionStatistics();
  const sync = new DirectionStatistics();
  for (const job of statistics) {
    addDirection(read, job.read);
    addDirection(write, job.write);
    addDirection(sync, job.sync);
  }
  const mean = (value: (job: JobResult) => number): number =>
    jobs.reduce((sum, job) => sum + value(job), 0) / jobs.length;
  return {
    read: directionResult(read),
    write: directionResult(write),
    sync: directionResult(sync),
    userShare: mean((job) => job.userShare),
    systemShare: mean((job) => job.systemShare),
    contextSwitches: jobs.reduce((sum, job) => sum + job.contextSwitches, 0),
  };
}

function addDirection(sum: DirectionStatistics, part: DirectionStatistics): void {
  sum.ios += part.ios;
  sum.bytes += part.bytes;
  sum.submissionPs.merge(part.submissionPs);
  sum.completionPs.merge(part.completionPs);
  sum.totalPs.merge(part.totalPs);
}
