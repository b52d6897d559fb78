import { describe, expect, it } from "vitest";
import { runExperiment } from "../run.ts";
import { type ExperimentInput, parseSpec } from "../spec.ts";
import type { EngineSpec } from "./engine-spec.ts";

const WARNING = /the most popular entry would be changed/;

function warningsOf(
  workload: Partial<Omit<EngineSpec, "kind">>,
  more: Partial<ExperimentInput> = {},
): string {
  const spec = parseSpec({
    drives: 1,
    rampUs: 50,
    runtimeUs: 100,
    ...more,
    workload: {
      kind: "engine",
      benchmark: "update",
      dataBytes: 1_000_000_000,
      ramBytes: 4_000_000_000,
      scale: 0.01,
      wal: false,
      distribution: "zipfian",
      threads: 64,
      ...workload,
    },
  });
  return runExperiment(spec).warnings.join();
}

describe("a rate that one entry cannot take", () => {
  it("is told of skewed updates of many cores", () => {
    expect(warningsOf({})).toMatch(WARNING);
  });

  it.each([
    ["uniform ones", { distribution: "uniform" }],
    ["lookups", { benchmark: "lookup" }],
    ["four cores", { threads: 4 }],
  ] as const)("is not told of %s", (_, workload) => {
    expect(warningsOf(workload)).not.toMatch(WARNING);
  });

  it("is not told of a machine whose lines need no time to travel", () => {
    expect(warningsOf({}, { set: { "cpu.lineTransferFar": 0.001 } })).not.toMatch(WARNING);
  });
});
