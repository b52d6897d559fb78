/** Steps that are taken are paid for, by whoever takes them, as often as they are taken. */
import { describe, expect, it } from "vitest";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

type Cause = keyof RunResult["ledger"]["total"];

const run = (input: ExperimentInput): RunResult =>
  runExperiment(parseSpec({ drives: 1, rampUs: 1_000, runtimeUs: 4_000, ...input }));
const psPer = ({ ledger, operations }: RunResult, cause: Cause): number =>
  Number(ledger.total[cause]) / operations;

const database = (
  workload: Record<string, unknown>,
  rest: Partial<ExperimentInput> = {},
): ExperimentInput => ({
  machine: "milan-pm1733",
  workload: {
    kind: "engine",
    dataBytes: 1e9,
    ramBytes: 2e9,
    scale: 0.01,
    wal: false,
    ...workload,
  },
  ...rest,
});

describe("locks of a scan", () => {
  const scans = (isolationLevel: string, lockNs: number): RunResult =>
    run(
      database(
        { benchmark: "ycsb-e", threads: 1, isolationLevel },
        { set: { "engine.lock": lockNs } },
      ),
    );

  it.each(["serializable", "repeatable-read"])("are paid for one by one: %s", (level) => {
    const [free, paid] = [scans(level, 0), scans(level, 100)];
    // A scan of YCSB-E shows 50 records on average.
    const addedPs = psPer(paid, "database") - psPer(free, "database");
    expect(addedPs).toBeGreaterThan(30 * 100_000);
    expect(addedPs).toBeLessThan(70 * 100_000);
  });

  it("are not, where none is taken", () => {
    const [free, paid] = [scans("read-uncommitted", 0), scans("read-uncommitted", 100)];
    expect(psPer(paid, "database") - psPer(free, "database")).toBeLessThan(3 * 100_000);
  });
});

describe("waiting for another thread", () => {
  it("takes calls of the kernel: commits that wait for a leader, and the leader's wake-ups", () => {
    const commits = (futexNs: number): RunResult =>
      run(
        database(
          { benchmark: "update", threads: 32, wal: true },
          { set: { "kernel.futex": futexNs } },
        ),
      );
    const [free, paid] = [commits(0), commits(1_000)];
    // Who follows sleeps by a call, and is woken by another: twice 1 µs, at 2.5 instead of 3.7 GHz.
    expect(psPer(paid, "scheduler") - psPer(free, "scheduler")).toBeGreaterThan(2_500_000);
    expect(paid.metrics.transactionsPerS!).toBeLessThan(free.metrics.transactionsPerS!);
  });
});

describe("SQPOLL's kernel thread", () => {
  const reads = (options: Record<string, boolean>, taskWorkCycles: number): RunResult =>
    run({
      machine: "genoa-cm7",
      drives: 4,
      options: { ioengine: "io_uring", sqthread_poll: true, registerfiles: true, ...options },
      workload: { kind: "raw-io", rw: "randread", jobs: 1, ioDepth: 128 },
      set: { "linux.taskWork": taskWorkCycles },
    });

  it("does the task work of what interrupts have completed", () => {
    const [free, paid] = [reads({}, 0), reads({}, 1_000)];
    const addedPs = psPer(paid, "completion") - psPer(free, "completion");
    // 1,000 cycles of a core at 3.69 GHz.
    expect(addedPs / 271_000).toBeCloseTo(1, 1);
    expect(paid.metrics.iops!).toBeLessThan(free.metrics.iops!);
  });

  it("has none where it polls", () => {
    const polled = (ns: number) => reads({ hipri: true }, ns).metrics;
    expect(polled(1_000)).toEqual(polled(0));
  });
});

describe("a virtual drive", () => {
  it("is left for once per hand-over, however many tasks have prepared something", () => {
    const lookups = (tasks: number): RunResult =>
      run(
        database(
          { benchmark: "lookup", tasks, dataBytes: 1e10, ramBytes: 1e9 },
          {
            backend: "bypass",
            cores: 1,
            options: { threads: "tasks" },
            isolation: "vm",
            virtualStorage: "virtio",
            set: { "vm.virtioRequest": 0, "vm.exit": 1_000 },
          },
        ),
      );
    const few = psPer(lookups(1), "hypervisor");
    expect(psPer(lookups(64), "hypervisor")).toBeLessThan(few / 2);
  });
});

describe("an open file's reference count", () => {
  const reads = (open_files: string, jobs: number): number =>
    run({
      drives: 8,
      options: { ioengine: "libaio", open_files },
      workload: { kind: "raw-io", jobs, ioDepth: 64 },
    }).metrics.iops!;

  it("moves between the cores of those who share the file, and of nobody else", () => {
    expect(reads("own", 1)).toBe(reads("shared", 1));
    expect(reads("own", 16)).toBeGreaterThan(1.1 * reads("shared", 16));
  });
});

describe("a visit to a leaf", () => {
  it("costs less the more the machine's last-level cache holds", () => {
    const lookups = (cacheBytes: number): number =>
      run(
        database({ benchmark: "lookup", threads: 4 }, { set: { "cpu.cacheL3Bytes": cacheBytes } }),
      ).metrics.transactionsPerS!;
    expect(lookups(2 ** 20)).toBeLessThan(lookups(2 ** 25));
    expect(lookups(2 ** 25)).toBeLessThan(lookups(2 ** 30));
  });
});
