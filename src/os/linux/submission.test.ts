/** What is done for an entry before its request goes down delays that request. */
import { describe, expect, it } from "vitest";
import { runExperiment } from "../../experiment/run.ts";
import { parseSpec } from "../../experiment/spec.ts";
import { runIo } from "../../testing/io-run.ts";
import { ENTRY_COSTS } from "../../testing/variants.ts";

/** Mean latency of one 4 KiB read at a time, when taking an entry costs `ns`. */
function latencyNs(options: Record<string, string | boolean>, cost: string, ns: number): number {
  return runIo({
    machine: "milan-pm1733",
    drives: 1,
    backend: "linux",
    options,
    workload: { kind: "raw-io", rw: "randread", jobs: 1 },
    set: { [cost]: ns, "drive.readTimeSpread": 0 },
    rampUs: 1_000,
    runtimeUs: 10_000,
  }).metrics.latencyNsMean;
}

describe("an entry", () => {
  it.each(ENTRY_COSTS)("is prepared before the drive hears of its request: %j", (options, cost) => {
    const addedNs = latencyNs(options, cost, 1_000) - latencyNs(options, cost, 0);
    expect(addedNs).toBeGreaterThan(600);
    expect(addedNs).toBeLessThan(1_050);
  });
});

describe("a line that all requests need, md's counter, lets no more of them pass", () => {
  const MD = { machine: "milan-pm1733", drives: 8, backend: "linux" };

  /** Reads per second of 64 jobs. */
  const rate = (ioengine: string, submitBatch: number) =>
    runIo({
      ...MD,
      options: { ioengine, raid: "md0" },
      workload: { kind: "raw-io", rw: "randread", jobs: 64, ioDepth: 64, submitBatch },
      rampUs: 2_000,
      runtimeUs: 2_000,
    }).metrics.iops;

  it.each(["libaio", "io_uring"])("when a call of %s hands over many", (ioengine) => {
    expect(rate(ioengine, 64)).toBeLessThan(1.1 * rate(ioengine, 1));
  });

  it("when a worker hands over what its tasks have prepared", () => {
    const { transactionsPerS, readsPerTransaction } = runExperiment(
      parseSpec({
        ...MD,
        cores: 64,
        options: { ioengine: "libaio", threads: "tasks", raid: "md0" },
        workload: {
          kind: "engine",
          benchmark: "lookup",
          threads: 64,
          tasks: 32,
          dataBytes: 160_000_000_000,
          ramBytes: 16_000_000_000,
          wal: false,
          buffer: "swizzling",
          scale: 0.0022,
        },
        rampUs: 600,
        runtimeUs: 600,
      }),
    ).metrics;
    expect(transactionsPerS! * readsPerTransaction!).toBeLessThan(1.1 * rate("libaio", 1));
  });
});
