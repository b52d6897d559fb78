/** What is done for an entry before its request goes down delays that request. */
import { describe, expect, it } from "vitest";
import { runIo } from "../../testing/io-run.ts";

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
  it.each([
    [{ ioengine: "libaio" }, "linux.aioSubmit"],
    [{ ioengine: "io_uring" }, "linux.uringSubmit"],
    [{ ioengine: "io_uring", hipri: true }, "linux.uringSubmit"],
    [{ ioengine: "io_uring", sqthread_poll: true }, "linux.uringSubmit"],
  ])("is prepared before the drive hears of its request: %j", (options, cost) => {
    const addedNs = latencyNs(options, cost, 1_000) - latencyNs(options, cost, 0);
    expect(addedNs).toBeGreaterThan(600);
    expect(addedNs).toBeLessThan(1_050);
  });
});
