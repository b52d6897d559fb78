/** How many completions a job takes at a time, when its core is what limits it. */
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
