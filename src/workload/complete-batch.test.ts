/** How many completions a job waits for and takes at a time, and what it hands over then. */
import { describe, expect, it } from "vitest";
import { runIo } from "../testing/io-run.ts";

const DEPTH = 64;

function run(ioengine: string, completeBatch?: number) {
  const workload = { kind: "raw-io" as const, ioDepth: DEPTH, completeBatch };
  return runIo({
    machine: "xeon8380-p5800x",
    drives: 1,
    options: { ioengine },
    workload,
    rampUs: 2_000,
    runtimeUs: 5_000,
  });
}

describe("a job that takes one completion at a time", () => {
  it("replaces each at once: all of its queue is outstanding all the time", () => {
    const { iops, latencyNsMean } = run("io_uring", 1).metrics;
    expect((iops * latencyNsMean) / 1e9).toBeGreaterThan(0.97 * DEPTH);
  });

  it("calls io_getevents for each with libaio", () => {
    const callsOf = (completeBatch?: number): number => {
      const { ledger, metrics } = run("libaio", completeBatch);
      return Number(ledger.total["systemCall"]) / metrics.simulatedIos;
    };
    expect(callsOf(1) / callsOf()).toBeGreaterThan(1.9);
    expect(callsOf(1) / callsOf()).toBeLessThan(2.01);
  });
});

describe("a job that takes what there is", () => {
  it("replaces it after the call: libaio and io_uring leave as many places empty", () => {
    const outstandingWith = (ioengine: string): number => {
      const { iops, latencyNsMean } = run(ioengine).metrics;
      return (iops * latencyNsMean) / 1e9;
    };
    // The core is saturated, so a call finds dozens of completions.
    expect(outstandingWith("libaio")).toBeLessThan(0.75 * DEPTH);
    expect(outstandingWith("libaio") / outstandingWith("io_uring")).toBeGreaterThan(0.8);
    expect(outstandingWith("libaio") / outstandingWith("io_uring")).toBeLessThan(1.25);
  });
});

describe("a job that waits for several but hands over one at a time", () => {
  it("fills its queue before it waits again", () => {
    const outstandingWith = (completeMin: number): number => {
      const { iops, latencyNsMean } = runIo({
        machine: "milan-pm1733",
        drives: 8,
        options: { ioengine: "io_uring" },
        workload: {
          kind: "raw-io" as const,
          ioDepth: 256,
          completeMin,
          completeBatch: completeMin,
        },
        rampUs: 2_000,
        runtimeUs: 5_000,
      }).metrics;
      return (iops * latencyNsMean) / 1e9;
    };
    // Between full and `completeMin` places empty, half of them on average.
    for (const completeMin of [8, 128, 255, 256]) {
      expect(outstandingWith(completeMin)).toBeGreaterThan(0.9 * (256 - completeMin / 2));
      expect(outstandingWith(completeMin)).toBeLessThanOrEqual(256);
    }
  });
});

describe("a job that hands over several requests at a time", () => {
  const runWith = (options: Record<string, string | boolean>, completeMin?: number) =>
    runIo({
      machine: "milan-pm1733",
      drives: 1,
      options,
      workload: { kind: "raw-io" as const, ioDepth: 16, submitBatch: 16, completeMin },
      runtimeUs: 5_000,
    });
  const rateWith = (completeMin?: number): number =>
    runWith({ ioengine: "libaio" }, completeMin).metrics.iops;

  it("keeps its queue full where it waits for one: the batch is an upper bound", () => {
    const { iops, latencyNsMean } = runWith({ ioengine: "libaio" }, 1).metrics;
    expect((iops * latencyNsMean) / 1e9).toBeGreaterThan(15.5);
  });

  it("lets it run empty where it waits for all, and in between otherwise", () => {
    expect(rateWith(16)).toBeLessThan(0.6 * rateWith(1));
    expect(rateWith(16)).toBe(rateWith());
    expect(rateWith(8)).toBeGreaterThan(1.2 * rateWith(16));
    expect(rateWith(8)).toBeLessThan(0.9 * rateWith(1));
  });

  it("looks at the clock when it has all that it waits for: they end together", () => {
    for (const options of [
      { ioengine: "libaio" },
      { ioengine: "io_uring" },
      { ioengine: "io_uring", hipri: true },
      { ioengine: "io_uring", sqthread_poll: true },
    ]) {
      const { minNs, meanNs } = runWith(options, 16).allJobs!.read.total;
      expect(minNs / meanNs).toBeGreaterThan(0.75);
    }
  });
});
