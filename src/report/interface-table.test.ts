import { describe, expect, it } from "vitest";
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { parseSpec } from "../experiment/spec.ts";
import {
  billTable,
  headlineTable,
  interfaceBars,
  interfacePoints,
  parseInterfaceTable,
  summariseInterfaces,
} from "./interface-table.ts";

const TEXT = JSON.stringify({
  id: "t",
  title: "T",
  machine: "milan-pm1733",
  run: {
    drives: 1,
    rampUs: 50,
    runtimeUs: 100,
    workload: { kind: "raw-io", ioDepth: 4 },
  },
  threads: [1, 2, 4],
  deviceLimit: { perDrive: 1_000_000 },
  fraction: 0.97,
  rows: [
    { id: "fast", title: "fast", run: { backend: "null" } },
    { id: "slow", title: "slow", run: { backend: "linux", workload: { ioDepth: 1 } } },
  ],
});
const table = parseInterfaceTable(TEXT, "t.json");

/** Results with given rates and cores; everything else is from a real run. */
function results(rates: readonly number[], cores: readonly number[]): RunResult[] {
  const spec = parseSpec({
    drives: 1,
    backend: "bypass",
    runtimeUs: 200,
    workload: { kind: "raw-io" },
  });
  const base = runExperiment(spec);
  return rates.map((iops, index) => ({
    ...base,
    metrics: { ...base.metrics, iops, coresBusy: cores[index]!, cyclesPerIo: 100 * cores[index]! },
  }));
}

describe("an interface table", () => {
  it("lays rows over the common run, and threads over both", () => {
    const points = interfacePoints(table);
    expect(points.map(({ series, x }) => `${series} ${x}`)).toEqual([
      ...["fast 1", "fast 2", "fast 4"],
      ...["slow 1", "slow 2", "slow 4"],
    ]);
    expect(points[0]!.input.workload).toMatchObject({ ioDepth: 4, jobs: 1 });
    expect(points[5]!.input).toMatchObject({ backend: "linux", drives: 1 });
    expect(points[5]!.input.workload).toMatchObject({ kind: "raw-io", ioDepth: 1, jobs: 4 });
  });

  it("refuses what it does not know, with the path", () => {
    expect(() => parseInterfaceTable(TEXT.replace('"id"', '"ID"'), "t.json")).toThrow("t.json");
  });

  it("finds the fewest threads that saturate, or that reach the own peak", () => {
    const rates = [500_000, 980_000, 990_000, 100_000, 200_000, 199_000];
    const summaries = summariseInterfaces(table, results(rates, [1, 2, 4, 0.1, 0.2, 0.4]), {
      cores: 10,
      allCoreGHz: 2,
    });
    expect(summaries).toMatchObject([
      { title: "fast", threads: 2, saturates: true, peakIops: 990_000, coresBurnt: 2 },
      { title: "slow", threads: 2, saturates: false, peakIops: 200_000, coresBurnt: 0.2 },
    ]);
    expect(summaries[0]!.cyclesLeftPerIo).toBeCloseTo((8 * 2e9) / 980_000, 6);
    const rows = headlineTable(summaries).rows;
    expect([rows[0]![3], rows[1]![3]]).toEqual(["2", "not with 4 (peak: 2)"]);
    expect(interfaceBars(summaries).map(({ label }) => label)).toEqual(["fast (2)", "slow (2)"]);
  });

  it("bills every cycle once, and leaves no cycles when all cores are burnt", () => {
    const summaries = summariseInterfaces(
      table,
      results([1e6, 1, 1, 1, 1, 1], [90, 1, 1, 1, 1, 1]),
      {
        cores: 64,
        allCoreGHz: 2,
      },
    );
    expect(summaries[0]!.cyclesLeftPerIo).toBe(0);
    const bill = billTable(summaries);
    const sum = bill.rows[0]!.slice(2).reduce<number>((total, cell) => total + Number(cell), 0);
    const { ledger, operations, clockGHz } = summaries[0]!.result;
    const busy = Object.entries(ledger.total).filter(([cause]) => cause !== "idle");
    const ps = busy.reduce((total, [, time]) => total + Number(time), 0);
    expect(sum).toBeCloseTo((ps / 1000 / operations) * clockGHz, 6);
  });
});
