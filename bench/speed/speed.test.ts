import { expect, it } from "vitest";
import { renderTable } from "../../src/report/table.ts";
import { measureSpeed, speedTable } from "./run.ts";

it("measures every case with tiny inputs", async () => {
  const results = await measureSpeed({ isQuick: true });
  expect(results.map(({ unit }) => unit)).toEqual([
    ...Array.from({ length: 5 }, () => "I/O"),
    ...Array.from({ length: 2 }, () => "transaction"),
    ...Array.from({ length: 3 }, () => "hold"),
  ]);
  for (const { name, count, bestNs, medianNs } of results) {
    expect(count, name).toBeGreaterThan(0);
    expect(bestNs, name).toBeGreaterThan(0);
    expect(medianNs, name).toBeGreaterThanOrEqual(bestNs);
  }
  expect(renderTable(speedTable(results))).toContain("pread, 128 jobs");
});
