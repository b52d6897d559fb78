/** How long may a run be: is its work estimated from what it asks for? */
import { describe, expect, it } from "vitest";
import { resolveExperiment } from "./assemble.ts";
import { mostIops, runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";

const specOf = (workload: object, others: object = {}) =>
  parseSpec({
    backend: "linux",
    options: { ioengine: "libaio" },
    workload: { kind: "raw-io", ...workload },
    ...others,
  });

const mostOf = (workload: object) => mostIops(resolveExperiment(specOf(workload)));

describe("most I/Os per second of a run", () => {
  it("are bound by depth: one job with one request reads a page at a time", () => {
    const one = mostOf({});
    expect(one).toBeGreaterThan(15_000);
    expect(one).toBeLessThan(20_000);
    expect(mostOf({ jobs: 4, ioDepth: 8 })).toBeCloseTo(32 * one);
    expect(mostOf({ jobs: 4, ioDepth: 8, background: { ioDepth: 16 } })).toBeCloseTo(48 * one);
  });

  it("are the drives' with enough requests", () => {
    expect(mostOf({ jobs: 16, ioDepth: 1024 })).toBeCloseTo(10 / 0.633e-6, -2);
  });

  it("are what a rate allows, for reads and writes each", () => {
    expect(mostOf({ ioDepth: 32, rateIops: 100 })).toBe(100);
    expect(mostOf({ ioDepth: 32, jobs: 2, rateIops: 100, rw: "randrw" })).toBe(400);
  });

  it.each([
    { ioDepth: 8 },
    { ioDepth: 8, rw: "randwrite" },
    { ioDepth: 8, jobs: 2, rw: "randrw" },
    { ioDepth: 8, jobs: 2, rateIops: 20_000 },
  ])("are not exceeded: %o", (workload) => {
    const { metrics } = runExperiment(specOf(workload, { runtimeUs: 10_000, rampUs: 1_000 }));
    // A window begins and ends anywhere: one request more or less.
    expect(metrics["iops"]).toBeLessThanOrEqual(1.01 * mostOf(workload));
  });

  it("a controller that takes no time does not make a run long", () => {
    const free = { set: { "drive.controllerTime": 0 }, runtimeUs: 100 };
    expect(runExperiment(specOf({}, free)).metrics["iops"]).toBeGreaterThan(0);
  });
});
