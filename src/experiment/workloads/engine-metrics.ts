/** What an engine run measured, as metrics. */
import { PS_PER_NS, PS_PER_SECOND } from "../../base/units.ts";
import type { Engine } from "../../engine/engine.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { MemoryFacet } from "../../os/model.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Window } from "../../workload/job-statistics.ts";
import type { TransactionStatistics } from "../../workload/transaction-statistics.ts";
import type { EngineMetricName, Metrics } from "../metric.ts";
import { meanBusiest } from "../summary.ts";
import type { Measured } from "../workload-kind.ts";

/** Numbers of the engine that only grow. */
interface Counters {
  readonly pageReads: number;
  readonly pageWrites: number;
  readonly misses: number;
  readonly visits: number;
  readonly logBytes: number;
  readonly dataPages: number;
  /** Of a mapped file: pages that the system has evicted. */
  readonly reclaimed: number;
}

/** The counters so far, and of a mapped file how much of it is in memory. */
interface Snapshot extends Counters {
  readonly mappedPages: number;
}

function snapshotOf({ pool, log, allocator }: Engine, { counters }: MemoryFacet): Snapshot {
  return {
    pageReads: pool.reads,
    pageWrites: pool.writes,
    misses: pool.misses,
    visits: pool.visits,
    logBytes: log.endLsn,
    dataPages: allocator.pageCount,
    reclaimed: counters.released,
    mappedPages: pool.file?.pagesInMemory ?? 0,
  };
}

/** The engine's counters at both ends of the window. */
export class EngineCounts {
  #atStart: Snapshot | undefined;
  #atEnd: Snapshot | undefined;

  constructor(
    simulation: Simulation,
    { startPs, endPs }: Window,
    engine: Engine,
    memory: MemoryFacet,
  ) {
    const start = simulation.register({
      handle: () => {
        this.#atStart = snapshotOf(engine, memory);
      },
    });
    const end = simulation.register({
      handle: () => {
        this.#atEnd = snapshotOf(engine, memory);
      },
    });
    simulation.schedule(startPs, start, 0);
    simulation.schedule(endPs, end, 0);
  }

  /** How much a counter grew inside the window. */
  within(counter: keyof Counters): number {
    return this.#atEnd![counter] - this.#atStart![counter];
  }

  /** What had happened when the window began. */
  get before(): Snapshot {
    return this.#atStart!;
  }

  /** Pages of the database when the window closes. */
  get dataPages(): number {
    return this.#atEnd!.dataPages;
  }
}

export function engineMetrics(
  { spec, threads, rows, windowPs, clockGHz, utilisation }: Measured,
  statistics: TransactionStatistics,
  counts: EngineCounts,
  loadedPages: number,
): Metrics & Record<EngineMetricName, number> {
  const { latencyPs, committed, rolledBack, restarts } = statistics;
  const seconds = windowPs / PS_PER_SECOND;
  const sumOf = (cause: number): number => rows.reduce((sum, row) => sum + row[cause]!, 0);
  const idlePs = sumOf(CAUSE.idle);
  const busyPs = rows.length * windowPs - idlePs;
  const [enginePs, pollingPs] = [sumOf(CAUSE.database), sumOf(CAUSE.pollingEmpty)];
  const each = (amount: number): number => (committed === 0 ? 0 : amount / committed);
  const pageBytes = spec.workload.kind === "engine" ? spec.workload.pageBytes : 0;
  const [reads, writes] = [counts.within("pageReads"), counts.within("pageWrites")];
  const systemPs = busyPs - enginePs - pollingPs;
  // Whoever reads a clock before and after a phase counts its page walks and the interrupts that
  // hit it.
  const [interruptPs, walksPs] = [sumOf(CAUSE.interrupt), sumOf(CAUSE.addressTranslation)];
  const phasePs = enginePs + walksPs;
  const uninterruptedPs = enginePs + systemPs - interruptPs;
  const hitPs = uninterruptedPs === 0 ? 0 : (interruptPs * phasePs) / uninterruptedPs;
  const cycles = (amountPs: number): number => (each(amountPs) / PS_PER_NS) * clockGHz;
  const visits = counts.within("visits");
  const ended = committed + rolledBack;
  return {
    transactionsPerS: committed / seconds,
    transactionNsMean: latencyPs.mean / PS_PER_NS,
    transactionNsP50: latencyPs.percentile(50) / PS_PER_NS,
    transactionNsP99: latencyPs.percentile(99) / PS_PER_NS,
    transactionNsP999: latencyPs.percentile(99.9) / PS_PER_NS,
    cpuNsPerTransaction: each(busyPs) / PS_PER_NS,
    cyclesPerTransaction: cycles(busyPs),
    databaseCyclesPerTransaction: cycles(enginePs),
    systemCyclesPerTransaction: cycles(systemPs),
    databasePhaseCyclesPerTransaction: cycles(phasePs + hitPs),
    systemPhaseCyclesPerTransaction: cycles(systemPs - walksPs - hitPs),
    waitingCyclesPerTransaction: cycles(idlePs + pollingPs),
    concurrentTransactions: threads.length,
    pageIosPerS: (reads + writes) / seconds,
    readsPerTransaction: each(reads),
    writesPerTransaction: each(writes),
    readBytesPerS: (reads * pageBytes) / seconds,
    writeBytesPerS: (writes * pageBytes) / seconds,
    logBytesPerTransaction: each(counts.within("logBytes")),
    restartsPerTransaction: each(restarts),
    rolledBackShare: ended === 0 ? 0 : rolledBack / ended,
    hitRate: visits === 0 ? 1 : 1 - counts.within("misses") / visits,
    dataGrowth: counts.dataPages / loadedPages - 1,
    simulatedTransactions: committed,
    coresBusy: busyPs / windowPs,
    coresPolling: pollingPs / windowPs,
    deviceUtilisation: meanBusiest(utilisation),
  };
}
