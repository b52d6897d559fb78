/**
 * The storage engine under a benchmark, as a kind of workload.
 *
 * Laws of its runs, beside those of every run: transactions obey Little (L = λW); data grows by at
 * most 5 % until the window closes; the benchmark's own conditions hold at the end (consistency
 * conditions 1–4 of TPC-C).
 */
import { assert } from "../../base/assert.ts";
import { roundedUp } from "../../base/rounded-up.ts";
import { toMs } from "../../base/units.ts";
import { UsageError } from "../../base/usage-error.ts";
import {
  ENGINE_COST_MEANINGS,
  ENGINE_COSTS,
  engineCostsAt,
  engineTimes,
  transactionTimes,
} from "../../engine/costs.ts";
import { Engine } from "../../engine/engine.ts";
import type { DatabaseConfig } from "../../engine/engine-config.ts";
import type { LeafSharing } from "../../engine/leaf-lines.ts";
import type { EngineTask, Session } from "../../engine/model.ts";
import type { LoadedTree } from "../../engine/tree-loader.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import type { SparseMedia } from "../../hardware/nvme/media.ts";
import type { SchedulerFacet, Thread } from "../../os/model.ts";
import { TransactionClient } from "../../workload/transaction-client.ts";
import { TransactionStatistics } from "../../workload/transaction-statistics.ts";
import { lastLevelLeaves, type Twin } from "../../workload/twin.ts";
import { littleError } from "../laws.ts";
import type {
  Measured,
  RunningWorkload,
  WorkloadKind,
  WorkloadResult,
  WorkloadSite,
} from "../workload-kind.ts";
import {
  databaseImage,
  endDatabase,
  frameSource,
  keepDatabase,
  makeRoomForDatabase,
  newMedia,
} from "./database-images.ts";
import { clientsOf, type LoadedBenchmark, loadedBenchmark, twinOf } from "./engine-benchmarks.ts";
import { FRAMES_MIN, resolveEngine, usesRegions } from "./engine-input.ts";
import { EngineCounts, engineMetrics } from "./engine-metrics.ts";
import type { EngineSpec } from "./engine-spec.ts";
import { enoughScale, pagesOf } from "./enough-scale.ts";

const GROWTH_MAX = 0.05;
const LITTLE_TOLERANCE = 0.05;
/** Share of the window that its longest transaction takes at most when it can be called steady. */
const LONGEST_SHARE = 1 / 20;
/** How much of the original's log makes a checkpoint due, and for how many of them it has room. */
const CHECKPOINT_BYTES = 1024 * 1024 * 1024;
const CHECKPOINTS_IN_LOG = 4;
/** With fewer distances in the window, rates say when it began; an msync takes it all at once. */
const CHECKPOINTS_IN_WINDOW = 1;
const MSYNCS_IN_WINDOW = 2;
/** A twin's checkpoints come no closer than this: their flush and master block do not shrink. */
const CHECKPOINT_BYTES_MIN = 256 * 1024;

export const engine: WorkloadKind<EngineSpec> = {
  id: "engine",
  title: "the storage engine under random lookups, YCSB A–F or TPC-C",
  operation: "transaction",
  awaitsIo: true,
  costs: ENGINE_COSTS,
  costsAt: engineCostsAt,
  costMeanings: ENGINE_COST_MEANINGS,
  threads: clientsOf,
  usesMemory: usesRegions,
  resolve: resolveEngine,
  build: (workload, site) => new EngineRun(workload, site),
};

/**
 * Between two checkpoints a twin changes the same share of its pages as the original: how many
 * images are logged and how many pages are written, per transaction, does not hang on the scale.
 */
const checkpointBytes = ({ scale }: Twin): number =>
  Math.max(CHECKPOINT_BYTES_MIN, Math.round(CHECKPOINT_BYTES * Math.min(1, scale)));

/**
 * A twin's skewed keys are changed as often as the original's, so that they meet as often; all
 * other leaves are fewer than there.
 */
function leafSharing(spec: EngineSpec, { lineTransfer, cores }: HostMachine): LeafSharing {
  const isSkewed = spec.benchmark !== "tpcc" && spec.distribution !== "uniform";
  const originals = isSkewed ? 1 : Math.max(1, Math.round(1 / twinOf(spec).scale));
  return { lineTransfer, coreCount: cores.length, originals };
}

class EngineRun implements RunningWorkload {
  readonly #spec: EngineSpec;
  readonly #site: WorkloadSite;
  readonly #benchmark: LoadedBenchmark;
  readonly #database: Engine;
  readonly #media: SparseMedia;
  readonly #statistics: TransactionStatistics;
  readonly #clients: readonly TransactionClient[];
  readonly #loadedPages: number;
  readonly #counts: EngineCounts;
  /** Clients whose loop has not ended, and whether the final check is still to come. */
  #running: number;
  #isChecked = false;

  constructor(spec: EngineSpec, site: WorkloadSite) {
    const { machine, system, window } = site;
    this.#spec = spec;
    this.#site = site;
    // Rows shrink and so do page tables; a walk takes what it takes in the original's.
    machine.mmu.scale = 1 / twinOf(spec).scale;
    this.#benchmark = loadedBenchmark(spec, site.spec.seed, machine.lastLevelBytes);
    const media = newMedia(machine.array.shape.driveCount);
    this.#media = media;
    machine.array.media = media;
    const { dataPages, poolPages } = pagesOf(spec);
    assert(spec.buffer !== "default", "a resolved spec says how pages are found");
    this.#database = Engine.create(system, {
      pageBytes: spec.pageBytes,
      poolPages,
      buffer: spec.buffer,
      ...(spec.buffer === "mmap" && mappedConfig(spec, dataPages, poolPages)),
      evictionBatch: spec.evictionBatch,
      lastLevelLeaves: lastLevelLeaves(twinOf(spec), machine.lastLevelBytes),
      leafSharing: leafSharing(spec, machine),
      frameSource,
      wal: spec.wal,
      logBytes: CHECKPOINTS_IN_LOG * CHECKPOINT_BYTES,
      logRoomBytes: CHECKPOINTS_IN_LOG * checkpointBytes(twinOf(spec)),
      checkpointEveryBytes: checkpointBytes(twinOf(spec)),
      fullPageImages: true,
      times: engineTimes(site.costs),
      transactionCosts: transactionTimes(site.costs),
    });
    this.#load(media, dataPages);
    this.#loadedPages = this.#database.allocator.pageCount;
    this.#counts = new EngineCounts(site.simulation, window, this.#database, system.memory);
    this.#statistics = new TransactionStatistics(window);
    this.#clients = Array.from({ length: clientsOf(spec) }, (_, index) => this.#client(index));
    this.#running = this.#clients.length;
  }

  /** Builds the database, or takes over an image of the same one. */
  #load(media: SparseMedia, dataPages: number): void {
    const database = this.#database;
    const { benchmark, buffer, updateProtocol, wal } = this.#spec;
    const { lastLevelBytes: cacheBytes } = this.#site.machine;
    const { records } = this.#benchmark;
    const key = JSON.stringify([
      ...[database.pageLayout, dataPages, buffer === "mmap" && updateProtocol, wal],
      ...[benchmark, records],
    ]);
    const image = databaseImage(key);
    if (image !== undefined) {
      const restore = (): void => media.adopt(image.media);
      this.#benchmark.load(database, { trees: new Map(image.trees), restore, cacheBytes });
      return;
    }
    makeRoomForDatabase(dataPages * database.pageLayout.pageBytes);
    const trees = new Map<string, LoadedTree>();
    this.#benchmark.load(database, { trees, cacheBytes });
    keepDatabase(key, media, trees);
  }

  start(scheduler: SchedulerFacet): readonly Thread[] {
    return this.#clients.map((client, index) =>
      scheduler.spawn(index, (thread) => client.body(thread)),
    );
  }

  stop(): void {
    for (const client of this.#clients) client.isStopping = true;
  }

  outstanding(): number {
    const { commands } = this.#site.machine.array;
    return this.#running + (this.#isChecked ? 0 : 1) + commands.inFlight;
  }

  result(measured: Measured): WorkloadResult {
    const statistics = this.#statistics;
    const metrics = engineMetrics(measured, statistics, this.#counts, this.#loadedPages);
    const { dataGrowth, simulatedTransactions } = metrics;
    if (dataGrowth > GROWTH_MAX) throw tooMuchGrowth(this.#spec, dataGrowth);
    assertLittle(statistics, measured.windowPs);
    const { scale } = twinOf(this.#spec);
    const warnings = [
      ...this.#fillWarnings(metrics.readsPerTransaction),
      ...this.#checkpointWarnings(measured.windowPs),
      ...stallWarnings(statistics, measured.windowPs),
      ...this.#starvedWarnings(),
    ];
    endDatabase(this.#media, this.#database.pool.memory);
    return { metrics, operations: simulatedTransactions, scale, warnings };
  }

  /**
   * The pool begins with its share of the leaves, not with the most popular ones: those come while
   * its pages are exchanged once. A mapped file's memory fills first, whatever is asked for.
   */
  #fillWarnings(readsPerTransaction: number): readonly string[] {
    const { benchmark, distribution, buffer } = this.#spec;
    if (readsPerTransaction === 0) return [];
    const { before } = this.#counts;
    const tooEarly = "and more is read than in steady state; give a longer ramp";
    const isMapped = buffer === "mmap";
    if (isMapped && before.reclaimed === 0) {
      return [
        "no page was evicted before the window: memory still fills with the mapped file, " +
          tooEarly,
      ];
    }
    const isSkewed = benchmark === "tpcc" || distribution === "zipfian";
    // Of what a mapping's windows read, most was not asked for: misses tell what was.
    const [wanted, kept] = isMapped
      ? [before.misses, before.mappedPages]
      : [before.pageReads, this.#database.pool.frames.count];
    if (!isSkewed || wanted >= kept) return [];
    const what = isMapped
      ? `${wanted} pages were missed before the window, memory has ${kept} of the mapped file`
      : `${wanted} pages were read before the window, the pool has ${kept}`;
    return [`${what}: it does not hold what is popular yet, ${tooEarly}`];
  }

  /**
   * Changed pages that checkpoints write are most of what is written where all is in memory. The
   * first begins after one distance, and from then on somebody always writes some.
   */
  #checkpointWarnings(windowPs: number): readonly string[] {
    const logBytes = this.#counts.within("logBytes");
    if (logBytes === 0) return [];
    const distance = checkpointBytes(twinOf(this.#spec));
    const isMapped = this.#spec.buffer === "mmap";
    const wanted = distance * (isMapped ? MSYNCS_IN_WINDOW : CHECKPOINTS_IN_WINDOW);
    const timeOf = (bytes: number): string =>
      `${roundedUp((toMs(windowPs) * bytes) / logBytes)} ms or more`;
    const { logBytes: logBefore } = this.#counts.before;
    const missing = [
      ...(isMapped || logBefore >= distance ? [] : [`a ramp of ${timeOf(distance)}`]),
      ...(logBytes >= wanted ? [] : [`a runtime of ${timeOf(wanted)}`]),
    ];
    if (missing.length === 0) return [];
    return [
      `the log grew by ${logBefore} bytes before measuring and by ${logBytes} then, a checkpoint ` +
        `comes after ${distance}: rates do not have their share of what checkpoints write; give ` +
        missing.join(" and "),
    ];
  }

  /** Where nobody is preempted, who never waits keeps the core from all others. */
  #starvedWarnings(): readonly string[] {
    const { length } = this.#clients.filter(({ hasBegun }) => !hasBegun);
    if (length === 0) return [];
    return [
      `${length} of ${this.#clients.length} clients never got a core: whoever has one keeps it ` +
        "until it waits or its time slice ends; give fewer clients, preemption, or a longer ramp",
    ];
  }

  #client(index: number): TransactionClient {
    const database = this.#database;
    return new TransactionClient({
      openSession: (thread) => database.openSession(thread),
      openSource: (thread) => this.#benchmark.openSource(database, index, thread),
      isolationLevel: this.#spec.isolationLevel,
      statistics: this.#statistics,
      afterwards: (session) => this.#clientEnded(session),
    });
  }

  /** The last client to end looks whether all is well. */
  *#clientEnded(session: Session): EngineTask<void> {
    this.#running -= 1;
    if (this.#running > 0) return;
    yield* this.#benchmark.check(this.#database, session);
    this.#isChecked = true;
  }
}

/**
 * The mapping has room for what the data may grow by. All memory is the system's, also what the
 * data would not need: that much it wants to keep free.
 */
const mappedConfig = (
  spec: EngineSpec,
  dataPages: number,
  poolPages: number,
): Pick<DatabaseConfig, "poolPages" | "mapped"> => ({
  poolPages: Math.max(poolPages, Math.ceil((dataPages * spec.ramBytes) / spec.dataBytes)),
  mapped: {
    updateProtocol: spec.updateProtocol,
    filePages: Math.ceil(dataPages * (1 + 2 * GROWTH_MAX)) + FRAMES_MIN,
    scale: twinOf(spec).scale,
  },
});

/** What a larger twin's rate may be higher by; chosen: it only makes the advice generous. */
const RATE_MARGIN = 1.1;

function tooMuchGrowth(spec: EngineSpec, growth: number): UsageError {
  // As much is added to a larger twin, which is a smaller share of it.
  const wanted = pagesOf(spec).dataPages * (growth / GROWTH_MAX) * RATE_MARGIN;
  const scale = enoughScale(spec, ({ dataPages }) => dataPages >= wanted);
  return new UsageError(
    `runtime: the data grew by ${(100 * growth).toFixed(1)} % until the end, ` +
      `at most ${100 * GROWTH_MAX} % leave it the same database; shorten ramp and runtime` +
      (scale === undefined ? "" : `, or give a scale of ${scale}`),
  );
}

const isSteady = ({ longestPs }: TransactionStatistics, windowPs: number): boolean =>
  longestPs <= LONGEST_SHARE * windowPs;

/** Where everybody waits at once, as at an msync, a window holds few such stalls, or one. */
function stallWarnings(statistics: TransactionStatistics, windowPs: number): readonly string[] {
  if (isSteady(statistics, windowPs)) return [];
  const { longestPs } = statistics;
  const longest = Number(toMs(longestPs).toPrecision(2));
  const enough = roundedUp(toMs(longestPs / LONGEST_SHARE));
  return [
    `the longest transaction took ${longest} ms of a window of ${toMs(windowPs)} ms: too few ` +
      `like it fall into one for a steady rate and tail; give a runtime of ${enough} ms or more`,
  ];
}

/** L4. */
function assertLittle(statistics: TransactionStatistics, windowPs: number): void {
  const { latencyPs, outstandingMean } = statistics;
  const { count, mean } = latencyPs;
  // Else it sees edges only, and warns: whoever evicts a batch is a hundred times slower.
  if (!isSteady(statistics, windowPs) || count < 100 * outstandingMean) return;
  const error = littleError(outstandingMean, count, mean, windowPs);
  assert(error < LITTLE_TOLERANCE, "L4: Little's law is off by this share", error);
}
