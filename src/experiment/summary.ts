/** Turns what a run measured into its result. */
import { Histogram } from "../base/histogram.ts";
import { PS_PER_NS, PS_PER_SECOND } from "../base/units.ts";
import type { LedgerRow } from "../hardware/cpu/ledger.ts";
import { CAUSE, CAUSES, ledgerTotal } from "../hardware/cpu/ledger.ts";
import type { DriveUtilisation } from "../hardware/nvme/drive.ts";
import type { DirectionStatistics } from "../workload/job-statistics.ts";
import type { IoMetricName } from "./metric.ts";
import type { DirectionResult, DriveStage, LatencySummary, LedgerResult } from "./result.ts";
import type { Measured } from "./workload-kind.ts";

/** fio's default percentiles. */
const PERCENTILES = [
  1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99,
] as const;
const PERCENTILE_KEYS = PERCENTILES.map((percent) => percent.toFixed(6));

function latencySummary(latencyPs: Histogram): LatencySummary {
  const values = latencyPs.percentiles(PERCENTILES);
  const percentilesNs: Record<string, number> = {};
  PERCENTILE_KEYS.forEach((key, index) => {
    percentilesNs[key] = values[index]! / PS_PER_NS;
  });
  return {
    count: latencyPs.count,
    minNs: latencyPs.min / PS_PER_NS,
    maxNs: latencyPs.max / PS_PER_NS,
    meanNs: latencyPs.mean / PS_PER_NS,
    stddevNs: latencyPs.standardDeviation / PS_PER_NS,
    percentilesNs,
  };
}

export function directionResult(statistics: DirectionStatistics): DirectionResult {
  return {
    ios: statistics.ios,
    bytes: statistics.bytes,
    submission: latencySummary(statistics.submissionPs),
    completion: latencySummary(statistics.completionPs),
    total: latencySummary(statistics.totalPs),
  };
}

/** Ledgers of the cores that ran anything, and their sum. */
export function ledgerResult(rows: readonly LedgerRow[]): LedgerResult {
  const strings = (values: Readonly<Record<string, bigint>>): Record<string, string> =>
    Object.fromEntries(CAUSES.map((cause) => [cause, String(values[cause])]));
  return {
    perCore: rows.map((row, core) => ({ core, causes: strings(ledgerTotal([row])) })),
    total: strings(ledgerTotal(rows)),
  };
}

/** The metrics of a workload that sees its I/Os. */
export function ioMetrics(
  measured: Measured,
  directions: readonly DirectionStatistics[],
  outstandingMean: number,
): Record<IoMetricName, number> {
  const { rows, windowPs } = measured;
  const total = new Histogram();
  const submission = new Histogram();
  let ios = 0;
  let bytes = 0;
  for (const direction of directions) {
    total.merge(direction.totalPs);
    submission.merge(direction.submissionPs);
    ios += direction.ios;
    bytes += direction.bytes;
  }
  const seconds = windowPs / PS_PER_SECOND;
  const sumOf = (cause: number): number => rows.reduce((sum, row) => sum + row[cause]!, 0);
  const busyPs = rows.length * windowPs - sumOf(CAUSE.idle);
  const perIo = (amount: number): number => (ios === 0 ? 0 : amount / ios);
  return {
    iops: ios / seconds,
    bandwidthBytesPerS: bytes / seconds,
    latencyNsMean: total.mean / PS_PER_NS,
    latencyNsP50: total.percentile(50) / PS_PER_NS,
    latencyNsP99: total.percentile(99) / PS_PER_NS,
    latencyNsP999: total.percentile(99.9) / PS_PER_NS,
    submissionNsMean: submission.mean / PS_PER_NS,
    cpuNsPerIo: perIo(busyPs) / PS_PER_NS,
    cyclesPerIo: (perIo(busyPs) / PS_PER_NS) * measured.clockGHz,
    coresBusy: busyPs / windowPs,
    coresPolling: sumOf(CAUSE.pollingEmpty) / windowPs,
    contextSwitchesPerIo: perIo(measured.switches),
    interruptsPerIo: perIo(measured.interrupts),
    outstandingMean,
    deviceUtilisation: meanBusiest(measured.utilisation),
    simulatedIos: ios,
  };
}

export function meanBusiest(utilisation: readonly DriveUtilisation[]): number {
  const busiest = utilisation.map((stages) => Math.max(...Object.values(stages)));
  return busiest.reduce((sum, share) => sum + share, 0) / busiest.length;
}

/** The stage that is the busiest one over all drives; undefined: none had anything to do. */
export function busiestStage(utilisation: readonly DriveUtilisation[]): DriveStage | undefined {
  const shareOf = (stage: DriveStage): number =>
    utilisation.reduce((sum, stages) => sum + stages[stage], 0);
  const stages = Object.keys(utilisation[0] ?? {}) as DriveStage[];
  const [busiest] = stages.toSorted((one, other) => shareOf(other) - shareOf(one));
  return busiest === undefined || shareOf(busiest) === 0 ? undefined : busiest;
}
