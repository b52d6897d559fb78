/** Tasks on Linux's rings: how a worker submits, and kernel threads that serve workers. */
import { describe, expect, it } from "vitest";
import type { OptionValues } from "../os/options.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

function run(
  options: OptionValues,
  workload: Record<string, unknown> = {},
  spec: Partial<ExperimentInput> = {},
): RunResult {
  return runExperiment(
    parseSpec({
      machine: "genoa-cm7",
      drives: 1,
      cores: 1,
      options: { ioengine: "io_uring", ...options },
      workload: {
        kind: "engine",
        benchmark: "update",
        tasks: 64,
        dataBytes: 3.58e9,
        ramBytes: 1.074e9,
        wal: false,
        isolationLevel: "read-uncommitted",
        evictionBatch: 8,
        scale: 0.005,
        ...workload,
      },
      rampUs: 2_000,
      runtimeUs: 6_000,
      ...spec,
    }),
  );
}

const tasks = { threads: "tasks" };
const perSecond = ({ metrics }: RunResult): number => metrics.transactionsPerS!;
const nsPerTransaction = ({ ledger, operations }: RunResult, cause: string): number =>
  Number(ledger.total[cause as keyof typeof ledger.total]) / 1_000 / operations;

describe("tasks on Linux", () => {
  it("enter the kernel together, or each on its own", () => {
    const lookups = { benchmark: "lookup" };
    const together = run(tasks, lookups);
    const each = run({ ...tasks, task_submit: "each" }, lookups);
    expect(nsPerTransaction(each, "systemCall")).toBeGreaterThan(
      5 * nsPerTransaction(together, "systemCall"),
    );
    expect(perSecond(each)).toBeLessThan(perSecond(together));
  });

  it("poll for completions, however many come at once", () => {
    // A worker that never gave entries back would find its completion queue full for ever.
    const polled = run({ ...tasks, hipri: true }, { tasks: 128 }, { runtimeUs: 20_000 });
    expect(perSecond(polled)).toBeGreaterThan(perSecond(run(tasks)));
  });

  it("end although the look-ahead has cut the round that found the last completion", () => {
    const { metrics } = runExperiment(
      parseSpec({
        options: { ...tasks, ioengine: "io_uring", hipri: true },
        workload: { kind: "raw-io", jobs: 8 },
        rampUs: 200,
        runtimeUs: 1_000,
      }),
    );
    expect(metrics.iops).toBeGreaterThan(8 * 12_000);
  });

  it("leave the kernel's work to its own thread, on a core behind the workers'", () => {
    const { perCore } = run({ ...tasks, hipri: true, sqthread_poll: true }).ledger;
    const hasDriver = perCore.map(({ causes }) => Number(causes["driver"]) > 0);
    expect(hasDriver).toEqual([false, true]);
  });

  it("need a core for it", () => {
    const wish = { ...tasks, hipri: true, sqthread_poll: true };
    expect(() => run(wish, {}, { cores: 96 })).toThrow(/cores: 96 .* its kernel thread/);
  });
});

describe("a thread that evicts before it reads", () => {
  const alone = { tasks: 1 };

  it("waits for each page that it writes, or once for a batch of them", () => {
    const long = { rampUs: 2_000, runtimeUs: 40_000 };
    const single = run({}, { ...alone, evictionBatch: 1 }, long);
    const batched = run({}, { ...alone, evictionBatch: 16 }, long);
    // 70 µs for the read; 12 µs for the write, or a sixteenth of it and CPU time.
    expect(perSecond(batched) / perSecond(single)).toBeGreaterThan(1.05);
    expect(perSecond(batched) / perSecond(single)).toBeLessThan(82 / 70);
  });

  it("writes what it evicts from the beginning: a pool that has changed for long is dirty", () => {
    const { metrics } = run({}, alone, { rampUs: 2_000, runtimeUs: 40_000 });
    const { readsPerTransaction, writesPerTransaction } = metrics;
    expect(writesPerTransaction! / readsPerTransaction!).toBeGreaterThan(0.9);
    expect(writesPerTransaction! / readsPerTransaction!).toBeLessThan(1.1);
  });
});
