import { describe, expect, it } from "vitest";
import type { ResultRow } from "../experiment/result.ts";
import { changesTable, compareResults, countChanges, isUnchanged } from "./baseline.ts";
import { renderTable } from "./table.ts";

const row = (x: number, value: number, spec = "abc"): ResultRow => ({
  figure: "f",
  series: "s",
  x,
  metric: "iops",
  unit: "1/s",
  value,
  spec,
});

describe("compareResults", () => {
  it("finds identical, moved, added and removed rows", () => {
    const changes = compareResults(
      [row(1, 10), row(2, 20), row(3, 30)],
      [row(4, 40), row(2, 21), row(1, 10)],
    );
    expect(changes.map((change) => [change.row.x, change.kind])).toEqual([
      [1, "identical"],
      [2, "moved"],
      [3, "removed"],
      [4, "added"],
    ]);
    expect(countChanges(changes)).toEqual({ identical: 1, moved: 1, added: 1, removed: 1 });
    expect(isUnchanged(changes)).toBe(false);
  });

  it("is exact: the last bit counts", () => {
    const [change] = compareResults([row(1, 0.3)], [row(1, 0.1 + 0.2)]);
    expect(change).toMatchObject({ kind: "moved", cause: "code" });
    expect(isUnchanged(compareResults([row(1, 0.3)], [row(1, 0.3)]))).toBe(true);
  });

  it("takes a row more, or a row less, for a change", () => {
    const [one, both] = [[row(1, 10)], [row(1, 10), row(2, 20)]];
    const verdicts = [both, one].map((after) => isUnchanged(compareResults(one, after)));
    expect([...verdicts, isUnchanged(compareResults(both, one))]).toEqual([false, true, false]);
  });

  it("does not take the same number in another unit for the same", () => {
    const changes = compareResults([row(1, 10)], [{ ...row(1, 10), unit: "M/s" }]);
    expect([changes[0]?.kind, isUnchanged(changes)]).toEqual(["moved", false]);
  });

  it("says whether inputs or code moved", () => {
    expect(compareResults([row(1, 10)], [row(1, 11)])[0]).toMatchObject({
      cause: "code",
      before: 10,
      after: 11,
      relative: expect.closeTo(0.1),
    });
    expect(compareResults([row(1, 10)], [row(1, 11, "xyz")])[0]?.cause).toBe("inputs");
    // Inputs that moved without a consequence still change the file.
    expect(compareResults([row(1, 10)], [row(1, 10, "xyz")])[0]).toMatchObject({
      kind: "moved",
      relative: 0,
    });
  });

  it("has no relative change from zero", () => {
    expect(compareResults([row(1, 0)], [row(1, 5)])[0]).not.toHaveProperty("relative");
  });
});

describe("changesTable", () => {
  it("shows only what is not identical", () => {
    const changes = compareResults([row(1, 10), row(2, 20)], [row(1, 10), row(2, 20.00002)]);
    const table = changesTable(changes);
    expect(table.rows).toEqual([
      ["f", "s", 2, "iops", "1/s", 20, 20.00002, "+0.0001", "code moved"],
    ]);
    expect(renderTable(table)).toContain("20.00002");
  });
});
