/** Threads that wait in one queue for whichever core is free. */
import { describe, expect, it } from "vitest";
import { freeSoftware } from "../testing/bare-run.ts";
import { type IoRunResult, runIo } from "../testing/io-run.ts";
import { runQueries } from "../testing/query-run.ts";
import { metricOf } from "./metric.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

type System = Pick<ExperimentInput, "backend" | "options" | "set">;

/** Lookups of more threads than cores, so that each thread runs on every core some day. */
const lookups = (system: System, cores: number, threads: number, rampUs = 500): RunResult =>
  runExperiment(
    parseSpec({
      ...system,
      machine: "milan-pm1733",
      drives: 8,
      cores,
      workload: { kind: "sched", work: { pattern: "lookups", threads, workUs: 1.1 } },
      rampUs,
      runtimeUs: 4_000,
    }),
  );

describe("a thread that moves between cores", () => {
  it.each([
    ["light threads", { backend: "unikernel", set: { "unikernel.slice": 20_000 } }, 2, 3],
    ["tasks", { backend: "bypass", options: { threads: "tasks" } }, 3, 16],
  ] as const)(
    "hands its requests over on the core that it is on: %s",
    (_, system, cores, threads) => {
      const options = { ...("options" in system && system.options), run_queue: "shared" };
      const { ledger } = lookups({ ...system, options }, cores, threads);
      const perLookup = ledger.perCore.map(
        ({ causes }) => Number(causes["driver"]) / Number(causes["database"]),
      );
      expect(perLookup).toHaveLength(cores);
      expect(Math.max(...perLookup) / Math.min(...perLookup)).toBeLessThan(1.05);
    },
  );

  it("gets its completions where software takes no time", () => {
    const free = { options: { run_queue: "shared" }, set: freeSoftware("unikernel") };
    const { operations } = lookups({ backend: "unikernel", ...free }, 4, 64, 10_000);
    expect(operations).toBeGreaterThan(0);
  });
});

/** Jobs of raw I/O that move between cores. */
const jobs = (input: Partial<ExperimentInput>, workload: object): IoRunResult =>
  runIo({ runtimeUs: 200, rampUs: 100, ...input, workload: { kind: "raw-io", ...workload } });

describe("a job that moves between cores", () => {
  it.each([
    [
      { backend: "unikernel", drives: 4, cores: 2, seed: 777_756 },
      { jobs: 6, submitBatch: 4 },
    ],
    [
      { backend: "bypass", drives: 4, cores: 5, seed: 55_250, facets: { storage: "unikernel" } },
      { jobs: 7, readPercent: 0 },
    ],
  ] as const)("is not forgotten where it slept last: %j", (input, workload) => {
    const own = input.backend === "bypass" ? { threads: "tasks" } : { queue_pairs: "core" };
    const options = { ...own, run_queue: "shared" };
    const set = { rw: "rw", readPercent: 30, ioDepth: 16, ...workload };
    const runtimeUs = input.backend === "bypass" ? 1_000 : 200;
    const rampUs = input.backend === "bypass" ? 0 : 100;
    expect(jobs({ ...input, options, runtimeUs, rampUs }, set).operations).toBeGreaterThan(100);
  });

  it("has its times from the clock of the core that it is on", () => {
    const { metrics } = jobs(
      {
        backend: "custom",
        facets: { scheduler: "unikernel" },
        drives: 2,
        cores: 2,
        options: { run_queue: "shared" },
        runtimeUs: 3_000,
        rampUs: 1_000,
        seed: 246_132,
      },
      { blockBytes: 262_144, jobs: 3 },
    );
    expect(metrics.outstandingMean).toBeLessThanOrEqual(3);
  });

  it("is told of where draining leads it behind the cores of the window", () => {
    const result = jobs(
      {
        backend: "unikernel",
        options: { completion: "interrupt", run_queue: "shared" },
        drives: 2,
        seed: 530_670,
        runtimeUs: 3_000,
        rampUs: 1_000,
        set: { "drive.controllerTime": 0.3, "drive.writeControllerTime": 0.3 },
      },
      { rw: "read", blockBytes: 8_192, ioDepth: 4, jobs: 3, submitBatch: 64, completeMin: 8 },
    );
    expect(result.jobs).toHaveLength(3);
  });
});

describe("over another system's storage, threads", () => {
  const over = (options: ExperimentInput["options"]) => () =>
    jobs(
      {
        backend: "linux",
        facets: { scheduler: "unikernel" },
        options: { ioengine: "io_uring", ...options },
        cores: 3,
        set: { "unikernel.slice": 20_000 },
      },
      { jobs: 8, ioDepth: 4 },
    );

  it("may not move if they poll their core's queue pairs", () => {
    const hipri = { hipri: true, run_queue: "shared" };
    expect(over(hipri)).toThrow(/^hipri: /);
    expect(over({ ...hipri, sqthread_poll: true })).toThrow(/^hipri: /);
    // What a core's threads share stays on it.
    expect(over({ ...hipri, queue_pairs: "core" })).not.toThrow();
    expect(over({ ...hipri, run_queue: "own" })).not.toThrow();
  });

  it("may not share channels with kernel threads behind them that nobody gives a core", () => {
    expect(over({ sqthread_poll: true, queue_pairs: "core" })).toThrow(/^facets: .*no core/);
  });
});

describe("urgent threads that arrive together", () => {
  it.each([
    ["light threads", { backend: "unikernel", options: { preemption: "arrival" } }],
    ["tasks", { backend: "bypass", options: { threads: "tasks", preemption: "arrival" } }],
  ] as const)("preempt a core each, not one for all of them: %s", (_, system) => {
    const result = runQueries(16, {
      backend: system.backend,
      options: { ...system.options, run_queue: "shared" },
    });
    expect(metricOf(result, "shortNsP99")).toBeLessThan(25_000);
  });
});
