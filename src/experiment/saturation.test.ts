/** What no longer gets faster has a stage that is busy, and the utilisation tells which is. */
import { describe, expect, it } from "vitest";
import { machines } from "../hardware/machines/index.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";

const access = (machine: string, rw: string, ioDepth: number): RunResult["metrics"] =>
  runExperiment(
    parseSpec({
      machine,
      drives: 1,
      backend: "null",
      workload: { kind: "raw-io", rw, jobs: 4, ioDepth },
      runtimeUs: 4_000,
    }),
  ).metrics;

describe("a slower clock", () => {
  const reads = (set: Record<string, number>): RunResult["metrics"] =>
    runExperiment(
      parseSpec({
        drives: 8,
        options: { ioengine: "libaio" },
        workload: { kind: "raw-io", jobs: 4, ioDepth: 64 },
        runtimeUs: 4_000,
        set,
      }),
    ).metrics;

  it("makes software take longer in proportion, not in cycles", () => {
    const [slow, fast] = [reads({ "cpu.clock": 1 }), reads({ "cpu.clock": 2 })];
    expect(slow.iops!).toBeLessThan(0.6 * fast.iops!);
    expect(slow.cpuNsPerIo! / fast.cpuNsPerIo!).toBeGreaterThan(1.7);
    expect(Math.abs(slow.cyclesPerIo! / fast.cyclesPerIo! - 1)).toBeLessThan(0.15);
  });
});

describe("more threads that poll than cores", () => {
  it.each([
    { jobs: 200, ioDepth: 16 },
    { jobs: 100, ioDepth: 1 },
  ])("break no law, and are warned of: $jobs jobs with SQPOLL", ({ jobs, ioDepth }) => {
    const { warnings } = runExperiment(
      parseSpec({
        drives: 8,
        options: { ioengine: "io_uring", sqthread_poll: true },
        workload: { kind: "raw-io", jobs, ioDepth },
        runtimeUs: 20_000,
      }),
    );
    expect(warnings.join()).toMatch(/threads poll on 128 cores/);
  });
});

describe.each(Object.keys(machines))("one drive of %s", (machine) => {
  it.each(["randread", "randwrite"])("that is at its limit has a busy stage: %s", (rw) => {
    const [few, many] = [access(machine, rw, 256), access(machine, rw, 512)];
    expect(many.iops! / few.iops!).toBeGreaterThan(0.97);
    expect(many.iops! / few.iops!).toBeLessThan(1.03);
    expect(many.deviceUtilisation).toBeGreaterThan(0.9);
  });
});
