/** More requests than a queue pair holds: who waits for room waits for room of its own. */
import { describe, expect, it } from "vitest";
import { bareRun } from "../../testing/bare-run.ts";
import { runIo } from "../../testing/io-run.ts";
import { CATCH_UP } from "../model.ts";

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

it("tells as many channels apart as a command may ask jobs of", () => {
  const { system, simulation } = bareRun(
    { backend: "linux", drives: 1, workload: { kind: "raw-io" } },
    1e9,
  );
  let opened = 0;
  system.scheduler.spawn(0, function* (thread) {
    for (; opened < 16_384; opened++) system.storage.openChannel(thread, 1);
    yield CATCH_UP;
  });
  while (simulation.step());
  expect(opened).toBe(16_384);
});
