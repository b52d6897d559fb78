/**
 * One run in the layout of fio 3.33's `--output-format=json`, which many tools read.
 *
 * The same keys and units: `bw` in KiB/s, `runtime` and `job_runtime` in ms, latencies in ns, CPU
 * in per cent. Left out is what the simulator does not know: bandwidth samples, depth and latency
 * histograms, disk statistics. Page faults are 0: raw I/O uses memory that is already there.
 */
import { toMs } from "../base/units.ts";
import type {
  DirectionResult,
  JobResult,
  LatencySummary,
  RunResult,
} from "../experiment/result.ts";
import type { Envelope } from "./envelope.ts";

/** What fio calls the run and was told about it. */
export interface FioHead {
  readonly jobName: string;
  readonly globalOptions: Readonly<Record<string, string>>;
  readonly jobOptions: Readonly<Record<string, string>>;
}

/** @param jobs one entry per job, or a single one that holds all of them. */
export function fioJson(
  head: FioHead,
  result: RunResult,
  jobs: readonly JobResult[],
  envelope: Envelope,
): object {
  const runtimeMs = toMs(result.windowPs);
  return {
    "fio version": "fio-3.33",
    "global options": head.globalOptions,
    jobs: jobs.map((job) => ({
      jobname: head.jobName,
      groupid: 0,
      error: 0,
      "job options": head.jobOptions,
      read: direction(job.read, runtimeMs),
      write: direction(job.write, runtimeMs),
      sync: syncs(job.sync),
      job_runtime: runtimeMs,
      usr_cpu: rounded(100 * job.userShare),
      sys_cpu: rounded(100 * job.systemShare),
      ctx: job.contextSwitches,
      majf: 0,
      minf: 0,
    })),
    kerneltax: envelope,
  };
}

function direction(result: DirectionResult, runtimeMs: number): object {
  const seconds = runtimeMs / 1e3;
  const bytesPerSecond = result.bytes / seconds;
  return {
    io_bytes: result.bytes,
    io_kbytes: Math.floor(result.bytes / 1024),
    bw_bytes: Math.floor(bytesPerSecond),
    bw: Math.floor(bytesPerSecond / 1024),
    iops: rounded(result.ios / seconds),
    runtime: result.ios === 0 ? 0 : runtimeMs,
    total_ios: result.ios,
    slat_ns: latency(result.submission),
    clat_ns: { ...latency(result.completion), percentile: percentiles(result.completion) },
    lat_ns: latency(result.total),
  };
}

function syncs({ ios, total }: DirectionResult): object {
  return {
    total_ios: ios,
    lat_ns: ios === 0 ? latency(total) : { ...latency(total), percentile: percentiles(total) },
  };
}

function latency(summary: LatencySummary): object {
  if (summary.count === 0) return { min: 0, max: 0, mean: 0, stddev: 0, N: 0 };
  return {
    min: Math.round(summary.minNs),
    max: Math.round(summary.maxNs),
    mean: rounded(summary.meanNs),
    stddev: rounded(summary.stddevNs),
    N: summary.count,
  };
}

function percentiles(summary: LatencySummary): Record<string, number> {
  return Object.fromEntries(
    Object.entries(summary.percentilesNs).map(([percent, ns]) => [
      percent,
      summary.count === 0 ? 0 : Math.round(ns),
    ]),
  );
}

/** Six digits after the point, as fio prints. */
const rounded = (value: number): number => Number(value.toFixed(6));
