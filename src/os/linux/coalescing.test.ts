/** Completions that the drive gathers before it interrupts. */
import { describe, expect, it } from "vitest";
import { runIo } from "../../testing/io-run.ts";

describe("interrupt coalescing", () => {
  it.each([2, 4, 8])("in groups of %i: nobody wakes without an interrupt", (threshold) => {
    const { contextSwitchesPerIo, interruptsPerIo } = runIo({
      backend: "linux",
      machine: "milan-pm1733",
      drives: 1,
      options: { ioengine: "libaio", irq_coalescing_threshold: threshold },
      workload: { kind: "raw-io", jobs: 1, ioDepth: 32 },
      rampUs: 2_000,
      runtimeUs: 10_000,
    }).metrics;
    expect(interruptsPerIo).toBeGreaterThan(0.99 * contextSwitchesPerIo);
    expect(interruptsPerIo).toBeGreaterThan(1 / (1.5 * threshold));
  });
});
