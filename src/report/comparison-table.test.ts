import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import type { RunResult } from "../experiment/result.ts";
import { comparisonCells, comparisonPoints, parseComparison } from "./comparison-table.ts";

const definition = {
  id: "some",
  kind: "comparison",
  title: "Some systems",
  experiments: {
    one: { drives: 1, workload: { kind: "raw-io", jobs: 1 } },
    many: { drives: 1, workload: { kind: "raw-io", jobs: 4 } },
  },
  columns: [
    { title: "rate", experiment: "many", metric: "iops", divisor: 1_000, unit: "k/s" },
    { title: "latency", experiment: "one", metric: "latencyNsMean", unit: "ns" },
    { title: "both", experiment: "many", metric: ["latencyNsMean", "iops"], divisor: 10 },
  ],
  known: ["safe?"],
  drawn: "one",
  rows: [
    { id: "a", title: "A", run: { backend: "bypass" }, says: ["yes"] },
    {
      id: "b",
      title: "B",
      run: { backend: "linux" },
      runs: { many: { workload: { ioDepth: 8 } } },
      says: ["no"],
    },
  ],
};

describe("a comparison of systems", () => {
  const table = parseComparison(definition, "test");

  it("runs each system in each experiment, with its own settings", () => {
    expect(comparisonPoints(table)).toMatchObject([
      { series: "a", x: 1, input: { backend: "bypass", workload: { jobs: 1 } } },
      { series: "a", x: 2, input: { backend: "bypass", workload: { jobs: 4 } } },
      { series: "b", x: 1, input: { backend: "linux", workload: { jobs: 1 } } },
      { series: "b", x: 2, input: { backend: "linux", workload: { jobs: 4, ioDepth: 8 } } },
    ]);
  });

  it("takes each cell from its experiment", () => {
    const results = [1, 2, 3, 4].map(
      (n) => ({ metrics: { iops: n * 1_000, latencyNsMean: n * 10 } }) as unknown as RunResult,
    );
    const { columns, rows } = comparisonCells(table, results);
    expect(columns.map(({ title }) => title)).toEqual([
      "system",
      "rate",
      "latency",
      "both",
      "safe?",
    ]);
    expect(rows).toEqual([
      ["A", 2, 10, "2 / 200", "yes"],
      ["B", 4, 30, "4 / 400", "no"],
    ]);
  });

  it.each([
    [{ drawn: "none" }, /no experiment "none"/],
    [{ known: [] }, /row "a": says needs 0 texts/],
    [{ columns: [{ title: "x", experiment: "one", metric: "nothing" }] }, /columns/],
    [{ experiments: { one: { drives: -1 }, many: {} } }, /drives/],
  ])("refuses %o", (change, message) => {
    const wrong = (): unknown => parseComparison({ ...definition, ...change }, "test");
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(message);
  });
});
