/** Does a scheduler without costs give what queueing theory says? */
import { describe, expect, it } from "vitest";
import { metricOf } from "../../experiment/metric.ts";
import type { RunResult } from "../../experiment/result.ts";
import { runExperiment } from "../../experiment/run.ts";
import { parseSpec } from "../../experiment/spec.ts";
import { freeSoftware } from "../../testing/bare-run.ts";

type Service = { kind: "fixed"; us: number } | { kind: "exponential"; meanUs: number };
const MEAN_US = 10;

interface Setting {
  readonly cores: number;
  readonly load: number;
  readonly service:
    | Service
    | { kind: "bimodal"; shortUs: number; longUs: number; longShare: number };
  /** Mean of the service; default: `MEAN_US`. */
  readonly meanUs?: number;
  /** Length of a turn; undefined: a request keeps its core. */
  readonly quantumUs?: number;
  /** Tasks that a dispatcher on another core hands out, instead of light threads. */
  readonly isDispatched?: boolean;
}

/** A run of free light threads over one queue. */
function light(setting: Setting, seed: number, runtimeUs: number): RunResult {
  const { cores, load, service, meanUs = MEAN_US, quantumUs, isDispatched = false } = setting;
  return runExperiment(
    parseSpec({
      machine: "xeon5418y",
      drives: 1,
      seed,
      ...(isDispatched
        ? {
            backend: "bypass",
            cores: cores + 1,
            options: { threads: "tasks", run_queue: "central" },
            set: { ...freeSoftware("bypass"), "task.visit": 0, "task.glance": 0 },
          }
        : {
            backend: "unikernel",
            cores,
            options: {
              run_queue: "shared",
              preemption: quantumUs === undefined ? "none" : "timer",
            },
            set: {
              ...freeSoftware("unikernel"),
              ...(quantumUs !== undefined && { "unikernel.slice": 1_000 * quantumUs }),
            },
          }),
      workload: {
        kind: "sched",
        work: {
          pattern: "requests",
          ratePerS: (load * cores * 1e6) / meanUs,
          service,
          threads: 2_000,
        },
      },
      rampUs: 20_000,
      runtimeUs,
    }),
  );
}

/** Mean time of a request in the system, in µs. */
function meanTimeUs(setting: Setting, seed: number): number {
  return metricOf(light(setting, seed, 2_500_000 / setting.cores), "operationNsMean") / 1_000;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const over = (setting: Setting): number => mean([1, 2].map((seed) => meanTimeUs(setting, seed)));

/** Probability that a request of M/M/c waits. */
function erlangC(cores: number, load: number): number {
  const offered = cores * load;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < cores; k++) {
    term *= offered / k;
    sum += term;
  }
  const last = (term * offered) / cores / (1 - load);
  return last / (sum + last);
}

describe("light threads without costs", () => {
  it.each([
    [1, 0.5],
    [4, 0.7],
    [16, 0.8],
  ])("are M/M/c with %s cores at load %s", (cores, load) => {
    const waitUs = (erlangC(cores, load) * MEAN_US) / (cores * (1 - load));
    const measured = over({ cores, load, service: { kind: "exponential", meanUs: MEAN_US } });
    expect(Math.abs(measured / (MEAN_US + waitUs) - 1)).toBeLessThan(0.02);
  });

  it("are M/M/4 as tasks, too, with a dispatcher that takes no time", () => {
    const service = { kind: "exponential", meanUs: MEAN_US } as const;
    const waitUs = (erlangC(4, 0.7) * MEAN_US) / (4 * (1 - 0.7));
    const measured = over({ cores: 4, load: 0.7, service, isDispatched: true });
    expect(Math.abs(measured / (MEAN_US + waitUs) - 1)).toBeLessThan(0.02);
  });

  it.each([0.3, 0.6])("are M/D/1 with one core and constant work at load %s", (load) => {
    const expected = MEAN_US * (1 + load / (2 * (1 - load)));
    const measured = over({ cores: 1, load, service: { kind: "fixed", us: MEAN_US } });
    expect(Math.abs(measured / expected - 1)).toBeLessThan(0.02);
  });

  // Processor sharing knows only the mean of the work, whatever its distribution.
  const variable = { kind: "bimodal", shortUs: 5, longUs: 55, longShare: 0.1 } as const;

  it.each([0.4, 0.6])("share one core as M/G/1-PS with a short quantum at load %s", (load) => {
    const measured = over({ cores: 1, load, service: variable, quantumUs: 0.5 });
    expect(Math.abs(measured / (MEAN_US / (1 - load)) - 1)).toBeLessThan(0.02);
  });

  it("let no short request get past the long ones that have been waiting", () => {
    const load = 0.7;
    const quantumUs = 30;
    const service = { kind: "bimodal", shortUs: 4, longUs: 1_000, longShare: 0.005 } as const;
    const result = light({ cores: 1, load, service, meanUs: 8.98, quantumUs }, 1, 4_000_000);
    // One in ten arrivals finds six or more in the system; each has a turn first, or ends one.
    const found = Math.floor(Math.log(0.1) / Math.log(load));
    const shortUs = metricOf(result, "shortNsP90") / 1_000;
    expect(shortUs).toBeGreaterThan((found - 2) * quantumUs);
    expect(shortUs).toBeLessThan(found * quantumUs);
  });

  it("do not share it without preemption: the same law fails then", () => {
    const measured = over({ cores: 1, load: 0.6, service: variable });
    expect(measured / (MEAN_US / 0.4)).toBeGreaterThan(1.2);
  });
});

/** Requests of 1 µs over 20 workers and a dispatcher, which takes longer for one than they do. */
const dispatched = (ratePerS: number, workers = 20): RunResult =>
  runExperiment(
    parseSpec({
      machine: "xeon5418y",
      drives: 1,
      backend: "bypass",
      cores: workers + 1,
      options: { threads: "tasks", run_queue: "central" },
      workload: {
        kind: "sched",
        work: { pattern: "requests", ratePerS, service: { kind: "fixed", us: 1 }, threads: 4_096 },
      },
      rampUs: 1_000,
      runtimeUs: 3_000,
    }),
  );

describe("tasks under a dispatcher", () => {
  it("are no more than it can create, however many requests wait", () => {
    const [most, beyond] = [2e6, 10e6].map((ratePerS) =>
      metricOf(dispatched(ratePerS), "operationsPerS"),
    );
    expect(most).toBeLessThan(1.8e6);
    expect(Math.abs(beyond! / most! - 1)).toBeLessThan(0.01);
  });

  it("are hardly fewer with more workers: a glance at an idle one takes next to nothing", () => {
    const [few, many] = [4, 20].map((workers) =>
      metricOf(dispatched(10e6, workers), "operationsPerS"),
    );
    expect(many! / few!).toBeGreaterThan(0.8);
  });

  it("are not there before their requests: nobody waits for it to assign idle ones", () => {
    expect(metricOf(dispatched(50_000), "operationNsP99")).toBeLessThan(4_000);
  });

  it("get all their reads back", () => {
    const result = runExperiment(
      parseSpec({
        machine: "milan-pm1733",
        backend: "bypass",
        drives: 2,
        cores: 4,
        options: { threads: "tasks", run_queue: "central", preemption: "timer" },
        workload: { kind: "sched", work: { pattern: "lookups", threads: 64, workUs: 1 } },
        rampUs: 200,
        runtimeUs: 1_000,
      }),
    );
    expect(metricOf(result, "operationsPerS")).toBeGreaterThan(100_000);
  });
});
