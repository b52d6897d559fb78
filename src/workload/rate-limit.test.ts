import { describe, expect, it } from "vitest";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { type IoRunResult, runIo } from "../testing/io-run.ts";

type Workload = Partial<ExperimentInput["workload"]>;

const run = (workload: Workload, more: Partial<ExperimentInput> = {}): IoRunResult =>
  runIo(
    parseSpec({
      backend: "bypass",
      drives: 1,
      runtimeUs: 20_000,
      ...more,
      workload: { kind: "raw-io", ioDepth: 16, ...workload },
    }),
  );

describe("a rate limit", () => {
  it.each([
    ["bypass", {}],
    ["linux", { ioengine: "io_uring" }],
    ["linux", { ioengine: "io_uring", hipri: true }],
    ["unikernel", {}],
  ])("is kept by every job on %s %o", (backend, options) => {
    const { metrics } = run({ rateIops: 20_000, jobs: 3 }, { backend, options });
    expect(Math.abs(metrics.iops / 60_000 - 1)).toBeLessThan(0.01);
  });

  it("is kept by one blocking call at a time, too", () => {
    const options = { ioengine: "psync" };
    const { metrics } = run({ rateIops: 5_000, ioDepth: 1 }, { backend: "linux", options });
    expect(Math.abs(metrics.iops / 5_000 - 1)).toBeLessThan(0.02);
  });

  it("is kept when a request falls due while the job looks for completions", () => {
    // Every read takes the same time; the next one is due a little later, so during some look.
    const more = { runtimeUs: 1_000, rampUs: 0, set: { "drive.readTimeSpread": 0 } };
    const latencyNs = run({ rateIops: 5_000, ioDepth: 1 }, more).metrics.latencyNsMean;
    for (let laterNs = 2; laterNs <= 300; laterNs += 7) {
      const rateIops = 1e9 / (latencyNs + laterNs);
      const { metrics } = run({ rateIops }, more);
      expect(metrics.iops, `due ${laterNs} ns after a completion`).toBeGreaterThan(0.9 * rateIops);
    }
  });

  it("changes nothing when it is higher than what the drives give", () => {
    const free = run({}).metrics.iops;
    expect(run({ rateIops: 1e9 }).metrics.iops).toBeCloseTo(free, 6);
    expect(run({ rateIops: 2 * free }).metrics.iops).toBeCloseTo(free, 6);
  });

  it.each([20, 50, 90])(
    "is one for reads and one for writes, also where %i of 100 are to be reads",
    (mix) => {
      const { jobs } = run({ rateIops: 10_000, jobs: 2, rw: "randrw", readPercent: mix });
      for (const { read, write } of jobs) {
        expect(Math.abs(read.ios / 200 - 1)).toBeLessThan(0.02);
        expect(Math.abs(write.ios / 200 - 1)).toBeLessThan(0.02);
      }
    },
  );

  it("does not count syncs", () => {
    const { jobs } = run({ rateIops: 10_000, rw: "randwrite", fsync: 1 });
    expect(Math.abs(jobs[0]!.write.ios / 200 - 1)).toBeLessThan(0.02);
  });

  it("leaves a request its latency: the queue stays short", () => {
    const alone = run({ ioDepth: 1 }).metrics.latencyNsMean;
    const slow = run({ rateIops: 10_000 }).metrics;
    expect(slow.latencyNsMean).toBeLessThan(1.15 * alone);
    expect(slow.outstandingMean).toBeLessThan(1);
  });

  it("spaces batches, so that a batch does not multiply the rate", () => {
    const { metrics } = run({ rateIops: 40_000, submitBatch: 8 });
    expect(Math.abs(metrics.iops / 40_000 - 1)).toBeLessThan(0.02);
  });
});

describe("a background", () => {
  const writes = { rw: "randwrite", ioDepth: 32, jobs: 2, rateIops: 100_000 } as const;

  it("slows the measured reads and is not counted among them", () => {
    const alone = run({ rateIops: 10_000 });
    const beside = run({ rateIops: 10_000, background: writes });
    expect(beside.metrics.latencyNsMean).toBeGreaterThan(1.5 * alone.metrics.latencyNsMean);
    expect(Math.abs(beside.metrics.iops / 10_000 - 1)).toBeLessThan(0.03);
    expect(beside.jobs).toHaveLength(1);
    expect(beside.jobs[0]!.write.ios).toBe(0);
    expect(beside.metrics.coresBusy).toBeCloseTo(3, 3);
  });

  it("does not change what the measured jobs ask for", () => {
    const idle = { ...writes, rateIops: 0.001 };
    const beside = run({ rateIops: 10_000, background: idle }).metrics.latencyNsMean;
    const alone = run({ rateIops: 10_000 }).metrics.latencyNsMean;
    expect(Math.abs(beside / alone - 1)).toBeLessThan(0.001);
  });

  it("is checked like the measured jobs", () => {
    expect(() => run({ background: { spanBytes: 1e15 } })).toThrow(/spanBytes/);
    expect(() => run({ background: { rw: "randwrite", blockBytes: 1 << 24 } })).toThrow(
      /writeBuffer/,
    );
  });
});
