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

describe.each(Object.keys(machines))("one drive of %s", (machine) => {
  it.each(["randread", "randwrite"])("that is at its limit has a busy stage: %s", (rw) => {
    const [few, many] = [access(machine, rw, 256), access(machine, rw, 512)];
    expect(many.iops! / few.iops!).toBeGreaterThan(0.97);
    if (many.iops! / few.iops! > 1.02) return;
    expect(many.deviceUtilisation).toBeGreaterThan(0.9);
  });
});
