/** More threads than a queue pair has entries: who waits for room waits for room of its own. */
import { describe, expect, it } from "vitest";
import { runIo } from "../../testing/io-run.ts";

describe("a full queue pair of the port", () => {
  it("has its own waiters: completions of other cores wake nobody", () => {
    // Reads of a millisecond: 100 threads of each core share 63 entries.
    const { metrics } = runIo({
      backend: "unikernel-port",
      machine: "milan-pm1733",
      drives: 1,
      cores: 4,
      set: { "drive.fixedLatency": 1_000 },
      workload: { kind: "raw-io", jobs: 400 },
      rampUs: 5_000,
      runtimeUs: 10_000,
    });
    expect(metrics.contextSwitchesPerIo).toBeLessThan(4.5);
  });
});
