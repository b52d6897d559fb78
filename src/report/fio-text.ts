/** One run as text for people, in the manner of fio's normal output. */

import { toNs, toSeconds } from "../base/units.ts";
import { ioMetricsOf } from "../experiment/metric.ts";
import type {
  DirectionResult,
  JobResult,
  LatencySummary,
  RunResult,
} from "../experiment/result.ts";
import { rawIoOf } from "../experiment/workloads/raw-io-spec.ts";
import { short, timeText } from "./amount-text.ts";
import { causeTitle, ledgerTable } from "./ledger-table.ts";
import { stageText } from "./system-text.ts";
import { renderTable } from "./table.ts";

/** @param job all jobs of the run together. */
export function fioText(jobName: string, title: string, result: RunResult, job: JobResult): string {
  const { spec } = result;
  const workload = rawIoOf(spec.workload);
  const metrics = ioMetricsOf(result);
  const head =
    `${jobName}: ${workload.rw}, bs=${bytesText(workload.blockBytes)}, ` +
    `iodepth=${workload.ioDepth}, numjobs=${workload.jobs}: ${title}`;
  const cpu =
    `  cpu    : usr=${percent(job.userShare)}, sys=${percent(job.systemShare)}, ` +
    `ctx=${job.contextSwitches}, majf=0, minf=0`;
  const ledger = [
    `  cores  : ${short(metrics.coresBusy)} burnt, of them ${short(metrics.coresPolling)} ` +
      `${causeTitle("pollingEmpty")}; clock ${short(result.clockGHz)} GHz`,
    `  drives : ${spec.drives}, busiest stage${stageText(result)} ` +
      `${percent(metrics.deviceUtilisation)} busy, ` +
      `${short(metrics.outstandingMean)} requests outstanding`,
    ...(result.operations === 0 ? [] : [perIoText(metrics)]),
    `  run    : ${timeText(toNs(result.windowPs))} simulated, seed ${result.seed}, ` +
      `spec ${result.specHash}${overrides(result)}`,
  ];
  return [
    head,
    ...directionLines(workload.rw === "nop" ? "nop" : "read", job.read, result.windowPs),
    ...directionLines("write", job.write, result.windowPs),
    ...syncLines(job.sync),
    cpu,
    ...ledger,
    "",
    renderTable(ledgerTable(result)),
    "",
  ].join("\n");
}

const perIoText = (metrics: ReturnType<typeof ioMetricsOf>): string =>
  `  per I/O: ${short(metrics.cpuNsPerIo)} ns CPU, ` +
  `${short(metrics.interruptsPerIo)} interrupts, ` +
  `${short(metrics.contextSwitchesPerIo)} context switches`;

function overrides({ spec }: RunResult): string {
  const set = Object.entries(spec.set).map(([path, value]) => `${path}=${value}`);
  return set.length === 0 ? "" : `, set ${set.join(" ")}`;
}

function directionLines(name: string, direction: DirectionResult, windowPs: number): string[] {
  if (direction.ios === 0) return [];
  const seconds = toSeconds(windowPs);
  const bytesPerSecond = direction.bytes / seconds;
  // A nop moves nothing.
  const bandwidth =
    direction.bytes === 0
      ? ""
      : `, BW=${bytesText(bytesPerSecond)}/s (${siText(bytesPerSecond)}B/s) ` +
        `(${bytesText(direction.bytes)} in ${timeText(toNs(windowPs))})`;
  return [
    `  ${name}: IOPS=${siText(direction.ios / seconds)}${bandwidth}`,
    ...(direction.submission.count === 0 ? [] : [latencyLine("slat", direction.submission)]),
    latencyLine("clat", direction.completion),
    latencyLine("lat", direction.total),
    ...percentileLines(direction.completion),
  ];
}

function syncLines({ ios, total }: DirectionResult): string[] {
  if (ios === 0) return [];
  return [`  fsync/fdatasync: ${siText(ios)} calls`, latencyLine("sync", total)];
}

function latencyLine(name: string, { minNs, maxNs, meanNs, stddevNs }: LatencySummary): string {
  const [divisor, unit] = unitOf(meanNs);
  const [min, max, avg, stdev] = [minNs, maxNs, meanNs, stddevNs].map((ns) =>
    (ns / divisor).toFixed(2),
  );
  const label = `${name} (${unit})`.padStart(13);
  return `  ${label}: min=${min}, max=${max}, avg=${avg}, stdev=${stdev}`;
}

function percentileLines({ percentilesNs, meanNs }: LatencySummary): string[] {
  const [divisor, unit] = unitOf(meanNs);
  const cells = Object.entries(percentilesNs).map(([name, ns]) => {
    const percentile = Number(name).toFixed(2).padStart(5);
    return `${percentile}th=[${(ns / divisor).toFixed(ns / divisor < 100 ? 1 : 0).padStart(5)}]`;
  });
  const lines: string[] = [`    clat percentiles (${unit}):`];
  for (let first = 0; first < cells.length; first += 4) {
    lines.push(`     | ${cells.slice(first, first + 4).join(", ")}`);
  }
  return lines;
}

function unitOf(ns: number): readonly [divisor: number, unit: string] {
  if (ns >= 20e6) return [1e6, "msec"];
  return ns >= 10e3 ? [1e3, "usec"] : [1, "nsec"];
}

function siText(value: number): string {
  const [divisor, prefix] =
    value >= 1e9 ? [1e9, "G"] : value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${short(value / divisor)}${prefix}`;
}

function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${short(bytes)}${units[unit]}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
