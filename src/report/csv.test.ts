import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { METRIC_NAMES, METRICS } from "../experiment/metric.ts";
import type { ResultRow } from "../experiment/result.ts";
import { parseResultRows, readCsv, readNumber, resultRowsToCsv, rowKey } from "./csv.ts";

const row = (changes: Partial<ResultRow> = {}): ResultRow => ({
  figure: "f",
  series: "s",
  x: 1,
  metric: "iops",
  unit: "1/s",
  value: 2.5,
  spec: "abc",
  ...changes,
});

describe("resultRowsToCsv", () => {
  it("sorts by figure, series, x as a number, and metric", () => {
    const rows = [
      row({ x: 10 }),
      row({ x: 9 }),
      row({ series: "Z" }),
      row({ figure: "e" }),
      row({ x: 9, metric: "cyclesPerIo", unit: "cycles" }),
    ];
    const lines = resultRowsToCsv(rows).split("\n").slice(1, -1);
    expect(lines.map((line) => line.split(",").slice(0, 4).join(" "))).toEqual([
      "e s 1 iops",
      "f Z 1 iops",
      "f s 9 cyclesPerIo",
      "f s 9 iops",
      "f s 10 iops",
    ]);
  });

  it("does not depend on the order of its input", () => {
    const rows = [row({ x: 3 }), row({ x: 1 }), row({ series: "t" })];
    expect(resultRowsToCsv([...rows].reverse())).toBe(resultRowsToCsv(rows));
  });

  it("writes the shortest number that reads back the same", () => {
    expect(resultRowsToCsv([row({ value: 0.1 + 0.2 })])).toContain(",0.30000000000000004,");
    expect(() => resultRowsToCsv([row({ value: Number.NaN })])).toThrow(RangeError);
  });

  it("reads back what it wrote, whatever the names and numbers", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const anyRow = fc.record({
      figure: fc.string({ minLength: 1 }),
      series: fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ", "é", "=") }),
      x: number,
      metric: fc.constantFrom(...METRIC_NAMES),
      value: number,
      spec: fc.string(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anyRow, { selector: rowKey }), (drawn) => {
        const rows = drawn.map((each) => ({ ...each, unit: METRICS[each.metric].unit }));
        const text = resultRowsToCsv(rows);
        const read = parseResultRows(text, "r.csv");
        expect(resultRowsToCsv(read)).toBe(text);
        expect(read.map(rowKey).sort()).toEqual(rows.map(rowKey).sort());
        const values = new Map(rows.map((each) => [rowKey(each), each.value]));
        for (const each of read) expect(each.value).toBe(values.get(rowKey(each)));
      }),
    );
  });
});

describe("parseResultRows", () => {
  const header = "figure,series,x,metric,unit,value,spec\n";
  const wrong: readonly [string, string, RegExp][] = [
    ["another header", "figure,x\n", /r\.csv, line 1/],
    ["no header", "", /line 1/],
    ["a missing cell", `${header}f,s,1,iops,1/s,2\n`, /line 2.*7 cells/],
    ["an empty line", `${header}\n`, /line 2/],
    ["a number that is none", `${header}f,s,1,iops,1/s,fast,a\n`, /line 2, value: "fast"/],
    ["a number in another notation", `${header}f,s,0x10,iops,1/s,1,a\n`, /line 2, x/],
    ["an infinite number", `${header}f,s,1,iops,1/s,1e999,a\n`, /line 2, value/],
    ["an unknown metric", `${header}f,s,1,speed,1/s,1,a\n`, /line 2, metric: "speed"/],
    ["another unit", `${header}f,s,1,iops,M/s,1,a\n`, /iops has the unit 1\/s/],
    ["a point twice", `${header}f,s,1,iops,1/s,1,a\nf,s,1,iops,1/s,2,a\n`, /line 3.*second time/],
    ["a stray quote", `${header}f,s"t,1,iops,1/s,1,a\n`, /line 2.*quote/],
  ];
  it.each(wrong)("refuses %s", (_, text, message) => {
    expect(() => parseResultRows(text, "r.csv")).toThrow(message);
  });
});

describe("readCsv", () => {
  it("reads quoted cells that span lines, and counts lines right", () => {
    const text = 'a,b\n"1\n""2""",3\r\n4,5';
    expect(readCsv(text, ["a", "b"], "t.csv")).toEqual([
      { line: 2, cells: { a: '1\n"2"', b: "3" } },
      { line: 4, cells: { a: "4", b: "5" } },
    ]);
  });

  it("reads numbers in every decimal notation", () => {
    expect(["-1.5", ".5", "1e-7", "2.5E+3"].map((text) => readNumber(text, "x"))).toEqual([
      -1.5, 0.5, 1e-7, 2500,
    ]);
  });
});
