/** How late do threads run once there are more of them than cores? */
import { describe, expect, it } from "vitest";
import { metricOf } from "../../experiment/metric.ts";
import { runExperiment } from "../../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../../experiment/spec.ts";

const CORES = 4;
const FAIR: Partial<ExperimentInput> = { backend: "linux" };
const LIGHT: Partial<ExperimentInput> = {
  backend: "unikernel",
  options: { run_queue: "shared" },
  set: { "unikernel.slice": 20_000 },
};

/** p99 of the delay from when a thread should run to when it does, in µs. */
function delayUs(system: Partial<ExperimentInput>, threads: number): number {
  const work = { pattern: "sleepers", threads, workUs: 2_000, sleepUs: 50 } as const;
  const result = runExperiment(
    parseSpec({
      machine: "xeon5418y",
      drives: 1,
      cores: CORES,
      ...system,
      workload: { kind: "sched", work },
      rampUs: 20_000,
      runtimeUs: 300_000,
    }),
  );
  return metricOf(result, "wakeDelayNsP99") / 1_000;
}

describe("a thread's delay", () => {
  it.each([
    ["the fair scheduler", FAIR],
    ["light threads", LIGHT],
  ])("is a few microseconds under %s while every thread has a core", (_, system) => {
    expect(delayUs(system, CORES)).toBeLessThan(5);
  });

  it.each([5, 8])("jumps to milliseconds under the fair scheduler with %i threads", (threads) => {
    expect(delayUs(FAIR, threads)).toBeGreaterThan(1_000);
  });

  it.each([5, 8])("stays in tens of microseconds with %i threads that take turns", (threads) => {
    expect(delayUs(LIGHT, threads)).toBeLessThan(100);
  });
});
