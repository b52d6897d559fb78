/** Who runs a batch of transactions when the queues of the workers are short. */
import { describe, expect, it } from "vitest";
import { metricOf } from "../../experiment/metric.ts";
import { runExperiment } from "../../experiment/run.ts";
import { parseSpec } from "../../experiment/spec.ts";
import { freeSoftware } from "../../testing/bare-run.ts";
import { runQueries } from "../../testing/query-run.ts";

/** Tasks that cost nothing: 4 workers, queries of up to 4 ms, 16 transactions of 10 µs each ms. */
function measure(queueDepth?: number, preemption = "none", others?: object) {
  const result = runExperiment(
    parseSpec({
      machine: "xeon6448h",
      backend: "bypass",
      drives: 1,
      cores: 4,
      options: { threads: "tasks", preemption },
      set: freeSoftware("bypass"),
      workload: {
        kind: "sched",
        work: {
          pattern: "queries",
          workers: 4,
          query: {
            kind: "quantiles",
            points: [
              [0, 500],
              [100, 4_000],
            ],
          },
          transaction: { kind: "fixed", us: 10 },
          batch: 16,
          batchEveryUs: 1_000,
          ...(queueDepth !== undefined && { queueDepth }),
          ...(others !== undefined && { others }),
        },
      },
      rampUs: 20_000,
      runtimeUs: 1_000_000,
    }),
  );
  const transactions = metricOf(result, "operationsPerS") - metricOf(result, "longPerS");
  return {
    transactions,
    p50Us: metricOf(result, "shortNsP50") / 1_000,
    p999Us: metricOf(result, "shortNsP999") / 1_000,
  };
}

describe("a worker's queue", () => {
  it("that holds its share of a batch leaves the rest to whoever is between two queries", () => {
    const unlimited = measure();
    const short = measure(4);
    expect(short.p50Us).toBeLessThan(0.6 * unlimited.p50Us);
    // Those that were placed wait for the end of a query all the same.
    expect(short.p999Us).toBeGreaterThan(3_000);
    expect(short.p999Us).toBeLessThan(4_100);
  });

  it("that is full holds up the next batch", () => {
    expect(measure().transactions).toBeCloseTo(16_000, -2);
    expect(measure(1).transactions).toBeLessThan(15_700);
  });

  it("makes no difference to transactions that preempt", () => {
    const unlimited = measure(undefined, "arrival");
    const short = measure(4, "arrival");
    expect(short.p50Us).toBe(unlimited.p50Us);
    expect(short.transactions).toBeCloseTo(unlimited.transactions, -2);
  });
});

describe("transactions of another kind", () => {
  it("take their time from those behind them, and are counted but not measured", () => {
    const others = { share: 0.5, service: { kind: "fixed", us: 200 } };
    const [alone, mixed] = [measure(4, "arrival"), measure(4, "arrival", others)];
    expect(mixed.transactions).toBeCloseTo(alone.transactions, -2);
    expect(alone.p999Us).toBeLessThan(45);
    expect(mixed.p50Us).toBeGreaterThan(200);
    // Three of them at most are before one that is measured.
    expect(mixed.p999Us).toBeLessThan(3 * 200 + 45);
  });
});

/** Preemptions per transaction of a batch. */
function preemptions(batch: number, options: Record<string, string>) {
  const result = runQueries(batch, {
    backend: "bypass",
    options: { threads: "tasks", ...options },
  });
  const inAll = metricOf(result, "preemptionsPerOperation") * metricOf(result, "operationsPerS");
  return inAll / (metricOf(result, "operationsPerS") - metricOf(result, "longPerS"));
}

describe("a transaction that preempts", () => {
  it.each([1, 4, 16])(
    "interrupts the worker that is given it, no other one (%i at a time)",
    (n) => {
      expect(preemptions(n, { preemption: "arrival" })).toBeCloseTo(1, 1);
    },
  );

  it("keeps the core at the end of a quantum if only a query waits", () => {
    // Each transaction takes exactly one quantum.
    expect(preemptions(64, { preemption: "arrival" })).toBeCloseTo(0.25, 1);
  });
});
