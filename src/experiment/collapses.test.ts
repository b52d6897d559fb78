/** Two ways to lose a core's worth of work on Linux, and what the ledger blames for each. */

import { describe, expect, it } from "vitest";
import { type IoRunResult, runIo } from "../testing/io-run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

const run = (jobs: number, ioDepth: number, input: Partial<ExperimentInput>): IoRunResult =>
  runIo(parseSpec({ backend: "linux", ...input, workload: { kind: "raw-io", jobs, ioDepth } }));

/** The cause that took most of all cores' time. */
function heaviest({ ledger }: IoRunResult): string | undefined {
  const causes = Object.entries(ledger.total).map(
    ([cause, time]) => [cause, BigInt(time)] as const,
  );
  return causes.sort(([, a], [, b]) => (a < b ? 1 : -1))[0]?.[0];
}

describe("SQPOLL", () => {
  const polled = (jobs: number) =>
    run(jobs, 32, {
      drives: 8,
      options: { ioengine: "io_uring", sqthread_poll: true, hipri: true },
      rampUs: 15_000,
      runtimeUs: 25_000,
    });

  it("collapses by an order of magnitude without a spare core, waiting for its own kind", () => {
    // At 32 requests per thread; deeper rings lose less (a factor of about seven at 128).
    // 64 threads and their 64 kernel threads fill the 128 hardware threads; 128 and 128 share them.
    const [spare, none] = [polled(64), polled(128)];
    expect(spare.metrics.iops / none.metrics.iops).toBeGreaterThan(10);
    expect(heaviest(none)).toBe("pollingEmpty");
    expect(none.metrics.coresBusy).toBeGreaterThan(120);
  });
});

describe("mq-deadline", () => {
  const onOneDrive = (jobs: number, ioscheduler: string) =>
    run(jobs, 64, {
      drives: 1,
      options: { ioengine: "io_uring", ioscheduler },
      rampUs: 3_000,
      runtimeUs: 5_000,
    });

  it("stops scaling with threads, and the ledger names the lock", () => {
    const rates = [1, 4, 16].map((jobs) => onOneDrive(jobs, "mq-deadline"));
    expect(rates[1]!.metrics.iops / rates[0]!.metrics.iops).toBeGreaterThan(1.8);
    expect(rates[2]!.metrics.iops / rates[1]!.metrics.iops).toBeLessThan(1.05);
    expect(heaviest(rates[2]!)).toBe("contention");
  });

  it("is what stops it: without a scheduler the same threads reach the drive's limit", () => {
    const { deviceUtilisation } = onOneDrive(16, "none").metrics;
    expect(deviceUtilisation).toBeGreaterThan(0.97);
    expect(onOneDrive(16, "mq-deadline").metrics.deviceUtilisation).toBeLessThan(0.85);
  });
});
