import { describe, expect, it } from "vitest";
import { type MetricName, metricOf } from "./metric.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";
import { BENCHMARKS, type EngineSpec } from "./workloads/engine-spec.ts";

const IN_MEMORY = { dataBytes: 8_000_000, ramBytes: 16_000_000 } as const;
const OUT_OF_MEMORY = { dataBytes: 16_000_000, ramBytes: 4_000_000 } as const;
/** Ten small warehouses, and memory for a share of them. */
const tpccTwin = (cached: number) => ({
  dataBytes: 2_000_000_000,
  ramBytes: 2_000_000_000 * cached,
  scale: 0.006,
});

function run(
  workload: Partial<Omit<EngineSpec, "kind">>,
  more: Partial<ExperimentInput> = {},
): RunResult {
  return runExperiment(
    parseSpec({
      backend: "null",
      drives: 2,
      rampUs: 200,
      runtimeUs: 2_000,
      ...more,
      workload: { kind: "engine", ...IN_MEMORY, ...workload },
    }),
  );
}

const metric = (result: RunResult, name: MetricName): number => metricOf(result, name);

describe("the engine under a benchmark", () => {
  it.each(BENCHMARKS)("%s runs in memory and out of it", (benchmark) => {
    for (const { dataBytes, ramBytes } of [IN_MEMORY, OUT_OF_MEMORY]) {
      const isTpcc = benchmark === "tpcc";
      const size = isTpcc ? tpccTwin(ramBytes / dataBytes) : { dataBytes, ramBytes };
      const result = run({ benchmark, threads: 4, ...size });
      expect(result.operation).toBe("transaction");
      expect(metric(result, "simulatedTransactions")).toBeGreaterThan(0);
      expect(metric(result, "dataGrowth")).toBeLessThan(0.05);
      const fits = ramBytes > dataBytes;
      if (fits) expect(metric(result, "readsPerTransaction")).toBe(0);
      else expect(metric(result, "readsPerTransaction")).toBeGreaterThan(0);
    }
  });

  it.each([
    ["linux", { ioengine: "psync" }],
    ["linux", { ioengine: "io_uring" }],
    ["linux", { ioengine: "libaio" }],
    ["bypass", {}],
    ["unikernel", {}],
    ["unikernel-port", {}],
  ])("TPC-C keeps its conditions on %s %o", (backend, options) => {
    const size = tpccTwin(0.25);
    const result = run(
      { benchmark: "tpcc", threads: 4, ...size },
      {
        backend,
        options,
        runtimeUs: 10_000,
      },
    );
    expect(metric(result, "transactionsPerS")).toBeGreaterThan(0);
    expect(metric(result, "logBytesPerTransaction")).toBeGreaterThan(100);
  });

  it("is the same run when it is run again, and another with another seed", () => {
    const [first, again, other] = [1, 1, 2].map((seed) =>
      run({ benchmark: "ycsb-a", threads: 2, ...OUT_OF_MEMORY }, { seed }),
    );
    expect(again).toEqual(first);
    expect(other!.metrics).not.toEqual(first!.metrics);
  });

  it("a twin of half the scale says the same about uniform lookups", () => {
    const rates = [1e-4, 5e-5].map((scale) => {
      const size = { dataBytes: 1e12, ramBytes: 128e9, scale, threads: 16 };
      const more = { backend: "linux", drives: 1, rampUs: 2_000, runtimeUs: 15_000 };
      const result = run({ ...size, wal: false }, more);
      expect(Math.abs(result.scale / scale - 1)).toBeLessThan(0.01);
      return metric(result, "transactionsPerS");
    });
    expect(Math.abs(rates[1]! / rates[0]! - 1)).toBeLessThan(0.03);
  });

  it("a twin of half the scale says the same about uniform reads and changes in memory", () => {
    for (const benchmark of ["lookup", "ycsb-a"] as const) {
      const rates = [1e-3, 5e-4].map((scale) => {
        const size = { dataBytes: 20e9, ramBytes: 32e9, scale, distribution: "uniform" } as const;
        return metric(run({ benchmark, ...size, wal: false }), "transactionsPerS");
      });
      expect(Math.abs(rates[1]! / rates[0]! - 1), benchmark).toBeLessThan(0.03);
    }
  });

  it("a twin of a fifth of the scale logs and writes the same per transaction", () => {
    const [larger, smaller] = [0.01, 0.002].map((scale) =>
      run(
        { benchmark: "update", dataBytes: 1e9, ramBytes: 2e9, scale, threads: 8 },
        { backend: "bypass", drives: 10, rampUs: 40_000, runtimeUs: 120_000 },
      ),
    );
    for (const name of ["logBytesPerTransaction", "writesPerTransaction"] as const) {
      const wanted = metric(larger!, name);
      expect(wanted, name).toBeGreaterThan(0.1);
      expect(Math.abs(metric(smaller!, name) / wanted - 1), name).toBeLessThan(0.2);
    }
  });

  it.each(["ycsb-a", "ycsb-b"] as const)(
    "%s evicts as many dirty pages early as late",
    (benchmark) => {
      const workload = {
        benchmark,
        distribution: "uniform",
        threads: 8,
        evictionBatch: 4,
        wal: false,
        dataBytes: 64e6,
        ramBytes: 24e6,
        scale: 1,
      } as const;
      const [early, late] = [0, 150_000].map((rampUs) => {
        const result = run(workload, { backend: "bypass", rampUs, runtimeUs: 30_000 });
        return metric(result, "writesPerTransaction") / metric(result, "readsPerTransaction");
      });
      expect(Math.abs(early! / late! - 1)).toBeLessThan(0.15);
    },
  );

  it("counts the map and meta pages of a commit under shadow paging", () => {
    const result = run(
      { benchmark: "update", updateProtocol: "shadow-paging", wal: false },
      { backend: "mmap", options: { read_ahead_kb: 128, machine_memory_gib: 1 } },
    );
    // The changed page, the map page that leads to it, and one of two meta pages.
    expect(metric(result, "writesPerTransaction")).toBeCloseTo(3, 0);
  });

  it("warns while the pool still fills with what is popular", () => {
    const skewed = {
      dataBytes: 64e6,
      ramBytes: 16e6,
      distribution: "zipfian",
      wal: false,
    } as const;
    const warningsAfter = (rampUs: number): readonly string[] =>
      run({ ...skewed, threads: 16 }, { rampUs, runtimeUs: 16_000 }).warnings;
    expect(warningsAfter(100).join()).toMatch(/^\d+ pages were read before the window/);
    expect(warningsAfter(150_000)).toEqual([]);
  });

  it("warns while memory fills with a mapped file, and then with what is popular of it", () => {
    const skewed = {
      dataBytes: 16e6,
      ramBytes: 9e6,
      distribution: "zipfian",
      wal: false,
      threads: 16,
    } as const;
    const options = { madvise: "random", machine_memory_gib: 1 };
    const [filling, early, late] = [100, 2_000, 10_000].map((rampUs) =>
      run(skewed, { backend: "mmap", options, rampUs, runtimeUs: 4_000 }),
    );
    expect(filling!.warnings.join()).toMatch(/^no page was evicted before the window/);
    expect(early!.warnings.join()).toMatch(/^\d+ pages were missed before the window/);
    expect(late!.warnings).toEqual([]);
    const inMemory = { ...skewed, ramBytes: 40e6 };
    expect(run(inMemory, { backend: "mmap", options }).warnings).toEqual([]);
  });

  it("says that tasks which never wait keep their core from all others", () => {
    const workload = { threads: 1, tasks: 4, wal: false } as const;
    const options = { ioengine: "io_uring", threads: "tasks" };
    const place = { backend: "linux", cores: 1, options };
    expect(run(workload, place).warnings.join()).toMatch(/^3 of 4 clients never got a core/);
    const reading = { ...workload, ...OUT_OF_MEMORY };
    expect(run(reading, place).warnings.join()).not.toMatch(/never got a core/);
  });

  it("a small twin in memory finds popular leaves in the last-level cache as often", () => {
    const benchmark = {
      benchmark: "ycsb-c",
      threads: 4,
      wal: false,
      isolationLevel: "none",
    } as const;
    // The original's cache takes a tenth of a second to fill.
    const [original, twin, smallest] = [1, 0.05, 0.02].map((scale) =>
      metric(
        run(
          { ...benchmark, dataBytes: 4e8, ramBytes: 2e9, scale },
          { rampUs: 100_000 * scale + 10_000, runtimeUs: 10_000 },
        ),
        "cpuNsPerTransaction",
      ),
    );
    expect(Math.abs(twin! / original! - 1)).toBeLessThan(0.02);
    expect(Math.abs(smallest! / original! - 1)).toBeLessThan(0.02);
  });

  it("warns when checkpoints have no share in the window, and says what gives them one", () => {
    const updates = {
      benchmark: "update",
      dataBytes: 20e9,
      ramBytes: 40e9,
      scale: 0.0005,
    } as const;
    const runs = [
      { rampUs: 200, runtimeUs: 1_000 },
      { rampUs: 200, runtimeUs: 20_000 },
      { rampUs: 4_000, runtimeUs: 20_000 },
      { rampUs: 4_000, runtimeUs: 40_000 },
    ].map((times) => run(updates, { backend: "linux", options: { ioengine: "psync" }, ...times }));
    const [short, early, steady, longer] = runs;
    const asked = runs.map(({ warnings }) => /checkpoints.* give (.*)/.exec(warnings.join())?.[1]);
    expect(metric(short!, "writesPerTransaction")).toBe(0);
    expect(asked[0]).toMatch(/^a ramp of [\d.]+ ms or more and a runtime of [\d.]+ ms or more/);
    expect(asked[1]).toMatch(/^a ramp of [\d.]+ ms or more$/);
    expect(asked.slice(2)).toEqual([undefined, undefined]);
    // What it asks for is enough: a window twice as long says the same, one that begins early not.
    const [tooFast, rate, sameRate] = [early, steady, longer].map((one) =>
      metric(one!, "transactionsPerS"),
    );
    expect(Math.abs(sameRate! / rate! - 1)).toBeLessThan(0.03);
    expect(tooFast! / rate!).toBeGreaterThan(1.03);
  });

  it("warns that a small twin's Stock-Levels read what the original has in memory", () => {
    const warningsOf = (isolationLevel: "serializable" | "none", cached: number): string =>
      run({ benchmark: "tpcc", isolationLevel, wal: false, ...tpccTwin(cached) }).warnings.join();
    expect(warningsOf("serializable", 0.25)).toMatch(/longest are Stock-Levels .* larger scale/);
    expect(warningsOf("none", 0.25)).not.toMatch(/Stock-Level/);
    expect(warningsOf("serializable", 2)).not.toMatch(/Stock-Level/);
  });

  it("warns when the window is short beside its longest transaction", () => {
    const warningsOf = (runtimeUs: number): readonly string[] =>
      run({ dataBytes: 64e6, ramBytes: 16e6, wal: false, threads: 4 }, { runtimeUs }).warnings;
    expect(warningsOf(1_000).join()).toMatch(
      /^the longest transaction took [\d.]+ ms of a window of 1 ms: .* runtime of [\d.]+ ms or/,
    );
    expect(warningsOf(40_000)).toEqual([]);
  });

  it("never asks for the window that it has", () => {
    const memory = { dataBytes: 64e6, ramBytes: 16e6, wal: false, threads: 4 } as const;
    const windows = Array.from({ length: 20 }, (_, index) => 1_000 + 100 * index);
    const asked = windows.map((runtimeUs) => {
      const [text = ""] = run(memory, { runtimeUs }).warnings;
      return [
        runtimeUs / 1_000,
        Number(/runtime of (\S+) ms/.exec(text)?.[1] ?? Infinity),
      ] as const;
    });
    expect(asked.filter(([, enoughMs]) => enoughMs < Infinity)).not.toEqual([]);
    expect(asked.filter(([givenMs, enoughMs]) => enoughMs <= givenMs)).toEqual([]);
  });

  it.each([
    ["none", "one descent"],
    ["serializable", "one descent and one lock"],
  ] as const)(
    "without what a page's coming costs, a missing lookup pays, at %s, %s",
    (level, _) => {
      const free = ["loadPage", "evictPage", "coldLeaf", "cachedLeaf"];
      const costs = Object.fromEntries(free.map((name) => [`engine.${name}`, 0]));
      const cycles = (ramBytes: number): number => {
        const size = { dataBytes: 16e6, ramBytes, wal: false, isolationLevel: level } as const;
        const result = run({ benchmark: "lookup", ...size }, { set: costs });
        return metric(result, "databaseCyclesPerTransaction");
      };
      expect(cycles(4e6) / cycles(32e6)).toBeLessThan(1.1);
    },
  );

  it("flushes its log where it is asked to; no system commits faster than none", () => {
    const rate = (backend: string, volatileCache: 0 | 1): number => {
      const set = { "drive.volatileCache": volatileCache };
      return metric(run({ benchmark: "ycsb-a" }, { backend, set }), "transactionsPerS");
    };
    const best = rate("null", 0);
    expect(rate("null", 1)).toBeLessThan(0.9 * best);
    for (const backend of ["linux", "bypass", "unikernel", "unikernel-port"]) {
      expect(rate(backend, 0), backend).toBeLessThan(best);
      expect(rate(backend, 1), backend).toBeLessThan(rate(backend, 0));
    }
  });

  it("finds more in memory when there is more of it", () => {
    const rates = [2, 4, 8].map((mb) =>
      metric(run({ dataBytes: 16e6, ramBytes: mb * 1e6 }), "hitRate"),
    );
    expect(rates[1]).toBeGreaterThan(rates[0]!);
    expect(rates[2]).toBeGreaterThan(rates[1]!);
  });

  it("finds as much in memory at any scale, whatever the height of the twin's trees", () => {
    const sizes = { dataBytes: 160e9, ramBytes: 32e9, wal: false, threads: 4 } as const;
    const rates = [0.0001, 0.0008].map((scale) =>
      metric(run({ benchmark: "lookup", ...sizes, scale }, { runtimeUs: 10_000 }), "hitRate"),
    );
    // A lookup visits five levels and misses its leaf in four cases of five.
    for (const rate of rates) expect(Math.abs(rate - (1 - 0.8 / 5))).toBeLessThan(0.01);
  });

  it("updates change something of the shortest value, too", () => {
    const [short, long] = [5, 100].map((valueBytes) =>
      metric(run({ benchmark: "update", valueBytes }), "logBytesPerTransaction"),
    );
    // Each commit fills a block of the log at least.
    expect(short).toBeGreaterThan(0.95 * long!);
  });

  it("skewed lookups find more than uniform ones", () => {
    const [uniform, skewed] = (["uniform", "zipfian"] as const).map((distribution) =>
      metric(
        run({ ...OUT_OF_MEMORY, distribution, threads: 16 }, { rampUs: 20_000 }),
        "readsPerTransaction",
      ),
    );
    expect(skewed).toBeLessThan(0.8 * uniform!);
  });
});

describe("refuses", () => {
  it.each([
    [{ valueBytes: 1_020 }, {}, /valueBytes: 1020.*at most 1016/],
    [{ valueBytes: 2 }, {}, /valueBytes: 2.*at least 4/],
    [{ benchmark: "ycsb-a", valueBytes: 4 }, {}, /valueBytes: 4.*at least 5/],
    [{ dataBytes: 1e13, ramBytes: 1e13, scale: 1 }, {}, /scale: the twin would take/],
    [
      { benchmark: "tpcc", dataBytes: 4e10, ramBytes: 4e10, warehouses: 16, scale: 0 },
      {},
      /warehouses: the twin would/,
    ],
    [{ dataBytes: 4e6, ramBytes: 1e6, threads: 64 }, {}, /ramBytes: the twin's buffer pool/],
    [{}, { backend: "linux", options: { ioengine: "io_uring", hipri: true } }, /wal: /],
    [{ benchmark: "ycsb-d", valueBytes: 500 }, { runtimeUs: 60_000 }, /runtime: the data grew/],
  ] as const)("%o %o", (workload, more, message) => {
    expect(() => run(workload, more)).toThrow(message);
  });
});
