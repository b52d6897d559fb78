import { describe, expect, it } from "vitest";
import { resolveExperiment } from "../assemble.ts";
import { runExperiment } from "../run.ts";
import { type ExperimentSpec, parseSpec } from "../spec.ts";
import type { EngineSpec } from "./engine-spec.ts";

type Workload = Partial<Omit<EngineSpec, "kind">>;

const specOf = (workload: Workload, runtimeUs = 100): ExperimentSpec =>
  parseSpec({
    ...{ backend: "null", drives: 2, rampUs: 200, runtimeUs },
    workload: { kind: "engine", ...workload },
  });

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was refused");
}

const named = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

describe("a pool too small for its clients", () => {
  const small = { dataBytes: 1e12, ramBytes: 1e10, threads: 64, tasks: 8 };
  const resolve = (workload: Workload): unknown => resolveExperiment(specOf(workload));

  it.each([
    small,
    { ...small, benchmark: "tpcc", dataBytes: 1e11, ramBytes: 6e8, scale: 1e-4 },
    { ...small, benchmark: "tpcc", isolationLevel: "none", wal: false, scale: 1e-4 },
  ] as const)("%o: the scale that is named is enough, and a little less is not", (workload) => {
    const scale = named(
      refusal(() => resolve(workload)),
      /ramBytes: .* give a scale of (\S+)/,
    );
    expect(() => resolve({ ...workload, scale })).not.toThrow();
    expect(() => resolve({ ...workload, scale: scale * 0.9 })).toThrow(/buffer pool would have/);
  });

  it("so it is with the memory that is named", () => {
    const ramBytes = named(
      refusal(() => resolve(small)),
      / or (\d+) bytes of memory/,
    );
    expect(() => resolve({ ...small, ramBytes })).not.toThrow();
    expect(() => resolve({ ...small, ramBytes: Math.floor(ramBytes * 0.9) })).toThrow(/pool would/);
  });

  it("names neither where neither would help", () => {
    const tiny = { dataBytes: 1e6, ramBytes: 1e9, threads: 4_000 };
    expect(() => resolve(tiny)).toThrow(/give fewer clients, or more data$/);
  });
});

describe("a pool that its clients' batches reach through", () => {
  const batches = { dataBytes: 1e11, ramBytes: 1e10, threads: 32, evictionBatch: 64 } as const;
  const warningsOf = (workload: Workload): readonly string[] =>
    resolveExperiment(specOf(workload)).warnings.filter((text) => text.includes("evict a batch"));

  it.each([
    batches,
    { ...batches, ramBytes: 3e9, benchmark: "tpcc", wal: false, isolationLevel: "none" },
    { ...batches, benchmark: "tpcc", ramBytes: 3e9 },
  ] as const)("%o: the scale that is named is enough, so is the batch, not less", (workload) => {
    const [text = ""] = warningsOf(workload);
    const scale = named(text, /give a scale of (\S+) or more/);
    const evictionBatch = named(text, /, or batches of at most (\d+)$/);
    expect(warningsOf({ ...workload, scale })).toEqual([]);
    expect(warningsOf({ ...workload, scale: scale * 0.9 })).toHaveLength(1);
    expect(warningsOf({ ...workload, evictionBatch })).toEqual([]);
    expect(warningsOf({ ...workload, evictionBatch: evictionBatch + 1 })).toHaveLength(1);
  });

  it("names no scale where the host has not the memory for it", () => {
    const many = { threads: 1_024, tasks: 16 };
    const [text] = warningsOf({
      ...batches,
      ...many,
      dataBytes: 1e13,
      ramBytes: 3e12,
      scale: 2e-4,
    });
    expect(text).toMatch(/than the original; give batches of at most \d+$/);
  });
});

describe("data that grew too much", () => {
  const inserts = {
    benchmark: "ycsb-d",
    valueBytes: 500,
    dataBytes: 64e6,
    ramBytes: 128e6,
  } as const;

  it("names a scale with which it does not", () => {
    const run = (scale: number): unknown =>
      runExperiment(specOf({ ...inserts, scale, threads: 4, wal: false }, 10_000));
    const scale = named(
      refusal(() => run(0.05)),
      /runtime: the data grew by .* or give a scale of (\S+)/,
    );
    expect(scale).toBeLessThan(1);
    expect(() => run(scale)).not.toThrow();
    expect(() => run(scale / 4)).toThrow(/the data grew/);
  });

  it("names none where the original itself grows so much", () => {
    const whole = specOf({ ...inserts, dataBytes: 4e6, scale: 1 }, 20_000);
    expect(() => runExperiment(whole)).toThrow(/shorten ramp and runtime$/);
  });
});
