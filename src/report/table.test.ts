import { describe, expect, it } from "vitest";
import { markdownTable } from "./markdown.ts";
import { metricColumn, renderTable, type Table } from "./table.ts";

const table: Table = {
  columns: [{ title: "series" }, { title: "IOPS", unit: "M/s", digits: 2 }, { title: "n" }],
  rows: [
    ["SPDK", 12.6, 3],
    ["a|b <c>", 7.123, undefined],
  ],
};

describe("renderTable", () => {
  it("prints units in the header, numbers to the right, and no colours", () => {
    const lines = renderTable(table).split("\n");
    expect(lines[1]).toContain("IOPS [M/s]");
    expect(lines.find((line) => line.includes("SPDK"))).toContain("      12.60 │ 3 │");
    expect(renderTable(table)).not.toContain("\u001b");
  });

  it("does not print a minus sign before zero", () => {
    expect(renderTable({ columns: [{ title: "e", digits: 1 }], rows: [[-0.01]] })).toContain(
      " 0.0 ",
    );
  });
});

describe("markdownTable", () => {
  it("aligns numbers right and escapes what Markdown would read", () => {
    expect(markdownTable(table)).toBe(
      [
        "| series      | IOPS [M/s] |   n |",
        "| ----------- | ---------: | --: |",
        "| SPDK        |      12.60 |   3 |",
        "| a\\|b &lt;c> |       7.12 |     |",
        "",
      ].join("\n"),
    );
  });
});

describe("metricColumn", () => {
  it("scales by the largest value, with the prefix in the unit", () => {
    expect(metricColumn("iops", [630_000, 12_600_000])).toMatchObject({
      column: { unit: "M/s" },
      divisor: 1e6,
    });
    expect(metricColumn("latencyNsMean", [64_500]).column.unit).toBe("µs");
    expect(metricColumn("bandwidthBytesPerS", [6.5 * 1024 ** 3]).column.unit).toBe("GiB/s");
    expect(metricColumn("coresBusy", [3]).column).not.toHaveProperty("unit");
    expect(metricColumn("iops", [])).toMatchObject({ column: { unit: "1/s" }, divisor: 1 });
  });
});

describe("a table in a terminal", () => {
  const table: Table = {
    columns: [{ title: "id" }, { title: "points used as input" }, { title: "meaning" }],
    rows: [
      ["haas23-fig6", 4, "reads by threads and interface, on eight drives, without a file system"],
      ["x", 1_234, ""],
    ],
  };
  const words = (text: string): string[] => text.split(/[\s─-╿]+/u).sort();

  it("is one line per row where nobody reads it", () => {
    expect(renderTable(table).split("\n").length).toBe(5);
    expect(renderTable(table, 200)).toBe(renderTable(table));
  });

  it.each([40, 60, 80])("wraps between words to %i columns and loses none", (width) => {
    const text = renderTable(table, width);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(words(text)).toEqual(words(renderTable(table)));
  });

  it("is cut where no wrapping makes it fit, and each part says what its rows are", () => {
    const numbers = Array.from({ length: 12 }, (_, index) => 1e6 * index);
    const wide: Table = {
      columns: [{ title: "id" }, ...numbers.map((number) => ({ title: `n${number}` }))],
      rows: [
        ["first", ...numbers],
        ["second", ...numbers],
      ],
    };
    const lines = renderTable(wide, 60).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => line.includes("first")).length).toBe(3);
    expect(lines.join("\n")).toContain("11000000");
    expect(renderTable(wide, 15)).toBe(renderTable(wide));
  });

  it("wraps headers only, as long as that is enough or nothing would be", () => {
    for (const width of [100, 10]) {
      const lines = renderTable(table, width).split("\n");
      expect(lines.filter((line) => /haas23|without|│ x /.test(line)).length).toBe(2);
      expect(lines.length).toBeGreaterThan(5);
    }
  });
});
