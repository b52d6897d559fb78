import { describe, expect, it } from "vitest";
import { CAUSE, emptyLedgerRow } from "../hardware/cpu/ledger.ts";
import { fioJson } from "../report/fio-json.ts";
import { DirectionStatistics } from "../workload/job-statistics.ts";
import type { JobResult, RunResult } from "./result.ts";
import { busiestStage, directionResult, ioMetrics, meanBusiest } from "./summary.ts";
import type { Measured } from "./workload-kind.ts";

const WINDOW_PS = 1e9;

/** 1,000 requests: submission 1 … 1000 ns, completion ten times, both eleven times that. */
function requests(bytes: number, times = 1): DirectionStatistics {
  const statistics = new DirectionStatistics();
  for (let ns = 1; ns <= 1_000; ns++) {
    statistics.submissionPs.record(1_000 * ns * times);
    statistics.completionPs.record(10_000 * ns * times);
    statistics.totalPs.record(11_000 * ns * times);
  }
  statistics.ios = 1_000;
  statistics.bytes = 1_000 * bytes;
  return statistics;
}

/** Two cores: one works for 60 % and polls for 10 %, the other is idle for 80 %. */
function measured(): Measured {
  const rows = [emptyLedgerRow(), emptyLedgerRow()] as const;
  rows[0][CAUSE.application] = 0.6 * WINDOW_PS;
  rows[0][CAUSE.pollingEmpty] = 0.1 * WINDOW_PS;
  rows[0][CAUSE.idle] = 0.3 * WINDOW_PS;
  rows[1][CAUSE.interrupt] = 0.2 * WINDOW_PS;
  rows[1][CAUSE.idle] = 0.8 * WINDOW_PS;
  const rest = { windowPs: WINDOW_PS, clockGHz: 2.5, switches: 500, interrupts: 3_000 };
  const utilisation = [
    { controller: 0.9, link: 0.3 },
    { controller: 0.2, link: 0.5 },
  ];
  return { rows, utilisation, ...rest } as unknown as Measured;
}

/** Within half a bucket of the histogram. */
const near = (value: number, wanted: number): boolean => Math.abs(value / wanted - 1) < 1 / 128;

describe("a summary", () => {
  it("has each part's own percentiles", () => {
    const { submission, completion, total } = directionResult(requests(4_096));
    for (const [percent, share] of [
      ["1.000000", 0.01],
      ["50.000000", 0.5],
      ["95.000000", 0.95],
      ["99.000000", 0.99],
      ["99.900000", 0.999],
    ] as const) {
      expect(near(submission.percentilesNs[percent]!, 1_000 * share), percent).toBe(true);
      expect(near(completion.percentilesNs[percent]!, 10_000 * share), percent).toBe(true);
      expect(near(total.percentilesNs[percent]!, 11_000 * share), percent).toBe(true);
    }
    expect([total.minNs, total.maxNs, total.meanNs, total.count]).toEqual([
      11, 11_000, 5_505.5, 1_000,
    ]);
  });

  it("has the metrics of reads and writes together", () => {
    const metrics = ioMetrics(measured(), [requests(4_096), requests(8_192, 2)], 7);
    // Of 2,000 latencies the median is 7333 ns: two thirds of one thousand, a third of the other.
    expect(near(metrics.latencyNsP50, 7_333)).toBe(true);
    // The slowest hundredth, and thousandth, are all of the slower ones.
    expect(near(metrics.latencyNsP99, 22_000 * 0.98)).toBe(true);
    expect(near(metrics.latencyNsP999, 22_000 * 0.998)).toBe(true);
    const { iops, bandwidthBytesPerS, coresBusy, coresPolling, cpuNsPerIo, cyclesPerIo } = metrics;
    const { deviceUtilisation, interruptsPerIo, contextSwitchesPerIo, submissionNsMean } = metrics;
    const found = { iops, bandwidthBytesPerS, coresBusy, coresPolling, cpuNsPerIo, cyclesPerIo };
    const wanted = { iops: 2e6, bandwidthBytesPerS: 12_288e6, coresBusy: 0.9, coresPolling: 0.1 };
    for (const [name, value] of Object.entries({
      ...wanted,
      cpuNsPerIo: 450,
      cyclesPerIo: 1_125,
    })) {
      expect(found[name as keyof typeof found], name).toBeCloseTo(value, 6);
    }
    expect([interruptsPerIo, contextSwitchesPerIo, deviceUtilisation]).toEqual([1.5, 0.25, 0.7]);
    expect(submissionNsMean).toBeCloseTo(750.75, 6);
    expect(meanBusiest(measured().utilisation)).toBe(0.7);
    expect(busiestStage(measured().utilisation)).toBe("controller");
  });

  it("has no busiest stage of drives that had nothing to do", () => {
    const idle = { controller: 0, writeController: 0, readLink: 0, writeLink: 0, flash: 0 };
    expect(busiestStage([idle, idle])).toBeUndefined();
    expect(busiestStage([idle, { ...idle, readLink: 0.1 }])).toBe("readLink");
  });

  it("gives fio's readers each direction's own numbers in fio's units", () => {
    const none = directionResult(new DirectionStatistics());
    const job: JobResult = {
      read: directionResult(requests(4_096)),
      write: directionResult(requests(8_192, 2)),
      sync: none,
      ...{ userShare: 0.25, systemShare: 0.5, contextSwitches: 9 },
    };
    const head = { jobName: "j", globalOptions: {}, jobOptions: {} };
    const json = fioJson(head, { windowPs: WINDOW_PS } as RunResult, [job], {} as never);
    const [{ read, write, usr_cpu: user, sys_cpu: kernel }] = (json as { jobs: [never] }).jobs as [
      Record<"read" | "write", Record<string, number> & Record<"clat_ns", never>> &
        Record<"usr_cpu" | "sys_cpu", number>,
    ];
    expect([user, kernel]).toEqual([25, 50]);
    // 4096 kB in a millisecond.
    expect([read["iops"], read["bw"], read["bw_bytes"]]).toEqual([1e6, 4_000_000, 4_096e6]);
    expect([write["iops"], write["bw"], write["io_bytes"]]).toEqual([1e6, 8_000_000, 8_192_000]);
    const p99 = (direction: { clat_ns: { percentile: Record<string, number> } }): number =>
      direction.clat_ns.percentile["99.000000"]!;
    expect(near(p99(read), 9_900) && near(p99(write), 19_800)).toBe(true);
  });
});
