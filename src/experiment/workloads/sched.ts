/** Scheduling as a kind of workload: its checks, its threads, its metrics. */
import type { Histogram } from "../../base/histogram.ts";
import { PS_PER_NS, PS_PER_SECOND, PS_PER_US } from "../../base/units.ts";
import { badValue } from "../../base/usage-error.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { SchedulerFacet, Thread } from "../../os/model.ts";
import { LatchUsers } from "../../workload/scheduling/latch-users.ts";
import { LookupsByThread } from "../../workload/scheduling/lookups-by-thread.ts";
import { OpenRequests } from "../../workload/scheduling/open-requests.ts";
import { PingPong } from "../../workload/scheduling/ping-pong.ts";
import { QueryBesideTransactions } from "../../workload/scheduling/query-beside-transactions.ts";
import type { SchedulingWork } from "../../workload/scheduling/scheduling-statistics.ts";
import type { ServiceTime } from "../../workload/scheduling/service-time.ts";
import { Sleepers } from "../../workload/scheduling/sleepers.ts";
import type { MetricName, Metrics } from "../metric.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadGround,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import type { SchedSpec, SchedWork, ServiceSpec } from "./sched-spec.ts";

/** One look at a latch that somebody holds: a load and a pause instruction. */
const LOOK_PS = 10_000;
/** Causes that scheduling is charged to. */
const SCHEDULING = [CAUSE.contextSwitch, CAUSE.wakeUp, CAUSE.scheduler, CAUSE.interrupt] as const;

export const sched: WorkloadKind<SchedSpec> = {
  id: "sched",
  title: "threads that switch, wait and are preempted",
  operation: "operation",
  threads: ({ work }) => threadsOf(work),
  resolve,
  build: ({ work }, site) => new SchedulingRun(work, site),
};

function threadsOf(work: SchedWork): number {
  switch (work.pattern) {
    case "queries":
      return 2 * work.workers;
    case "ping-pong":
      return 2;
    default:
      return work.threads;
  }
}

function resolve(workload: SchedSpec, { machine }: WorkloadGround): SchedSpec {
  const { work } = workload;
  const { cores, threadsPerCore } = machine.cpu;
  const all = cores * threadsPerCore;
  if (work.pattern === "queries") {
    if (work.workers > all) {
      throw badValue("workers", work.workers, `the machine has ${all} hardware threads`);
    }
    checkService(work.query);
    checkService(work.transaction);
    if (work.others !== undefined) checkService(work.others.service);
  }
  if (work.pattern === "requests") {
    checkService(work.service);
    const { knee } = work;
    if (knee !== undefined && knee.toPerS <= knee.fromPerS) {
      throw badValue("knee.toPerS", knee.toPerS, "give more than fromPerS");
    }
  }
  return workload;
}

function checkService(service: ServiceSpec): void {
  if (service.kind !== "quantiles") return;
  const { points } = service;
  const isAscending = points.every(([percent, us], index) => {
    const [before = -1, usBefore = 0] = points[index - 1] ?? [];
    return percent > before && us >= usBefore;
  });
  if (isAscending && points[0]![0] === 0 && points.at(-1)![0] === 100) return;
  throw badValue("points", JSON.stringify(points), "ascend from 0 to 100 %");
}

function serviceTime(service: ServiceSpec): ServiceTime {
  const ps = (us: number): number => Math.round(us * PS_PER_US);
  switch (service.kind) {
    case "fixed":
      return { kind: "fixed", ps: ps(service.us) };
    case "exponential":
      return { kind: "exponential", meanPs: ps(service.meanUs) };
    case "bimodal": {
      const { shortUs, longUs, longShare } = service;
      return { kind: "bimodal", shortPs: ps(shortUs), longPs: ps(longUs), longShare };
    }
    case "quantiles":
      return {
        kind: "quantiles",
        points: service.points.map(([percent, us]) => [percent, ps(us)] as const),
      };
  }
}

/** Work of one pattern with the way to start its threads. */
interface Started {
  readonly work: SchedulingWork;
  start(scheduler: SchedulerFacet): readonly Thread[];
}

class SchedulingRun implements RunningWorkload {
  readonly #work: SchedWork;
  readonly #started: Started;
  readonly #scheduler: SchedulerFacet;
  /** Preemptions before the window opened and until it closed. */
  #preemptions: [number, number] = [0, 0];

  constructor(work: SchedWork, site: WorkloadSite) {
    this.#work = work;
    this.#started = startable(work, site);
    this.#scheduler = site.system.scheduler;
    const { simulation, window } = site;
    const counter = simulation.register({
      handle: (edge) => {
        this.#preemptions[edge as 0 | 1] = this.#scheduler.preemptions;
      },
    });
    simulation.schedule(window.startPs, counter, 0);
    simulation.schedule(window.endPs, counter, 1);
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    return this.#started.start(scheduler);
  }

  stop(): void {
    this.#started.work.stop();
  }

  outstanding(): number {
    return this.#started.work.outstanding;
  }

  result(measured: Measured): WorkloadResult {
    const { statistics } = this.#started.work;
    const [before, after] = this.#preemptions;
    const metrics = metricsOf(measured, this.#started.work, after - before);
    const warnings = lacksSamples(this.#work, this.#started.work) ? [NONE_ENDED] : [];
    return { metrics, operations: statistics.operations, warnings };
  }
}

function startable(
  work: SchedWork,
  { spec, simulation, machine, system, window }: WorkloadSite,
): Started {
  const us = (time: number): number => Math.round(time * PS_PER_US);
  const { seed } = spec;
  const { array } = machine;
  switch (work.pattern) {
    case "requests": {
      const { knee } = work;
      const isDispatched = system.scheduler.isDispatched === true;
      const requests = new OpenRequests(
        {
          ratePerS: work.ratePerS,
          service: serviceTime(work.service),
          threads: work.threads,
          isDispatched,
          yieldEveryPs: us(work.yieldEveryUs),
          knee: knee && {
            fromPerS: knee.fromPerS,
            toPerS: knee.toPerS,
            factor: 1 + knee.stepPercent / 100,
            levelPs: us(knee.levelUs),
            percent: knee.percent,
            limitPs: us(knee.limitUs),
          },
          seed,
        },
        simulation,
        window,
      );
      return pool(requests, work.threads, isDispatched);
    }
    case "queries":
      return queries(work, seed, simulation, window);
    case "ping-pong": {
      const game = new PingPong(window);
      const cores = spec.cores === 0 ? machine.cores.length : spec.cores;
      const second = work.isSameCore ? cores : 1;
      return {
        work: game,
        start: (scheduler) => [
          scheduler.spawn(0, (thread) => game.body(0, thread)),
          scheduler.spawn(second, (thread) => game.body(1, thread)),
        ],
      };
    }
    case "sleepers": {
      const { threads, workUs, sleepUs, isMigratable } = work;
      const plan = { workPs: us(workUs), sleepPs: us(sleepUs), seed };
      const sleepers = new Sleepers(plan, window);
      return spawned(sleepers, threads, isMigratable, (thread, index) =>
        sleepers.body(index, thread),
      );
    }
    case "latch": {
      const { threads, outsideUs, insideUs, isMasked } = work;
      const times = { outsidePs: us(outsideUs), insidePs: us(insideUs), lookPs: LOOK_PS };
      const users = new LatchUsers({ threads, isMasked, ...times, seed }, simulation, window);
      return spawned(users, threads, false, (thread, index) => users.body(index, thread));
    }
    case "lookups": {
      const { driveCount, driveBytes } = array.shape;
      const { threads, workUs, pageBytes } = work;
      const plan = { workPs: us(workUs), pageBytes, driveCount, driveBytes, seed };
      const lookups = new LookupsByThread(plan, system.storage, window);
      return spawned(lookups, threads, false, (thread, index) => lookups.body(index, thread));
    }
  }
}

type Body = Parameters<SchedulerFacet["spawn"]>[1];

function spawned(
  work: SchedulingWork,
  threads: number,
  isMigratable: boolean,
  body: (thread: Thread, index: number) => ReturnType<Body>,
): Started {
  return {
    work,
    start: (scheduler) =>
      Array.from({ length: threads }, (_, index) =>
        scheduler.spawn(index, (thread) => body(thread, index), { isMigratable }),
      ),
  };
}

/** A pool whose threads run until they find nothing to do, or are tasks that begin when needed. */
function pool(work: OpenRequests, threads: number, beginsAsleep: boolean): Started {
  return {
    work,
    start: (scheduler) =>
      Array.from({ length: threads }, (_, index) => {
        const attributes = { isMigratable: true, beginsAsleep };
        const thread = scheduler.spawn(index, (self) => work.body(index, self), attributes);
        if (beginsAsleep) work.waits(index, thread);
        return thread;
      }),
  };
}

function queries(
  spec: Extract<SchedWork, { pattern: "queries" }>,
  seed: number,
  simulation: WorkloadSite["simulation"],
  window: WorkloadSite["window"],
): Started {
  const { workers, batch, others } = spec;
  const work = new QueryBesideTransactions(
    {
      workers,
      query: serviceTime(spec.query),
      transaction: serviceTime(spec.transaction),
      others: others && { share: others.share, service: serviceTime(others.service) },
      batch,
      batchEveryPs: Math.round(spec.batchEveryUs * PS_PER_US),
      queueDepth: spec.queueDepth ?? 0,
      yieldEveryPs: Math.round(spec.yieldEveryUs * PS_PER_US),
      seed,
    },
    simulation,
    window,
  );
  return {
    work,
    start: (scheduler) =>
      Array.from({ length: workers }, (_, index) => [
        scheduler.spawn(index, (thread) => work.transactions(index, thread), { nice: -20 }),
        scheduler.spawn(index, (thread) => work.queries(index, thread)),
      ]).flat(),
  };
}

const NONE_ENDED =
  "nothing of a kind that this run measures ended in its window, so its metrics are left out: " +
  "lengthen --runtime";

/** Whether the window is too short for something that a run of this pattern is about. */
function lacksSamples(pattern: SchedWork, { statistics }: SchedulingWork): boolean {
  const { latencyPs, shortPs, longPs, wakeDelayPs } = statistics;
  // Every kind of workload is warned when nothing at all has ended.
  if (latencyPs.count === 0) return false;
  switch (pattern.pattern) {
    case "queries":
      return shortPs.count === 0 || longPs.count === 0;
    case "requests":
      return pattern.service.kind === "bimodal" && (shortPs.count === 0 || longPs.count === 0);
    case "sleepers":
      return wakeDelayPs.count === 0;
    default:
      return false;
  }
}

/** Percentiles in nanoseconds by name, in ascending order; none when there is no sample. */
function percentilesOf<Name extends MetricName>(
  samples: Histogram,
  percents: Readonly<Record<Name, number>>,
): Metrics {
  if (samples.count === 0) return {};
  const names = Object.keys(percents) as Name[];
  const values = samples.percentiles(names.map((name) => percents[name]));
  return Object.fromEntries(names.map((name, index) => [name, values[index]! / PS_PER_NS]));
}

function metricsOf(measured: Measured, work: SchedulingWork, preemptions: number): Metrics {
  const { rows, windowPs } = measured;
  const { latencyPs, shortPs, longPs, wakeDelayPs, operations, kneePerS } = work.statistics;
  const seconds = windowPs / PS_PER_SECOND;
  const busyPs = rows.length * windowPs - spent(rows, [CAUSE.idle]);
  return {
    operationsPerS: operations / seconds,
    ...percentilesOf(latencyPs, {
      operationNsP50: 50,
      operationNsP99: 99,
      operationNsP999: 99.9,
    }),
    ...percentilesOf(shortPs, {
      shortNsP50: 50,
      shortNsP90: 90,
      shortNsP99: 99,
      shortNsP999: 99.9,
    }),
    ...percentilesOf(longPs, { longNsP50: 50, longNsP90: 90, longNsP99: 99 }),
    longPerS: longPs.count / seconds,
    ...percentilesOf(wakeDelayPs, { wakeDelayNsP50: 50, wakeDelayNsP99: 99 }),
    ...(kneePerS !== undefined && { kneePerS }),
    ...(operations > 0 && perOperation(measured, work, preemptions, busyPs)),
    coresBusy: busyPs / windowPs,
  };
}

function perOperation(
  { rows, switches, clockGHz }: Measured,
  { statistics: { latencyPs, operations } }: SchedulingWork,
  preemptions: number,
  busyPs: number,
): Metrics {
  const cycles = (ps: number): number => (ps / operations / PS_PER_NS) * clockGHz;
  return {
    operationNsMean: latencyPs.mean / PS_PER_NS,
    switchesPerOperation: switches / operations,
    preemptionsPerOperation: preemptions / operations,
    schedulingCyclesPerOperation: cycles(spent(rows, SCHEDULING)),
    cyclesPerOperation: cycles(busyPs),
  };
}

/** Time that `rows` of the ledger spent on `causes`. */
const spent = (rows: Measured["rows"], causes: readonly number[]): number =>
  rows.reduce((sum, row) => sum + causes.reduce((own, cause) => own + row[cause]!, 0), 0);
