/** More requests than a queue pair holds: who waits for room waits for room of its own. */
import { describe, expect, it } from "vitest";
import { runIo } from "../../testing/io-run.ts";

const run = (jobs: number) =>
  runIo({
    backend: "linux",
    machine: "milan-pm1733",
    drives: 1,
    options: { ioengine: "libaio" },
    workload: { kind: "raw-io", jobs, ioDepth: 2_048 },
    rampUs: 30_000,
    runtimeUs: 5_000,
  }).metrics;

describe("a full queue pair", () => {
  it("has its own waiters: completions of other cores wake nobody", () => {
    // Tags, and the threads that wait for them, belong to one hardware queue.
    const { contextSwitchesPerIo, interruptsPerIo } = run(16);
    expect(contextSwitchesPerIo).toBeLessThan(1.05 * interruptsPerIo);
  });
});
