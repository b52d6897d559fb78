import { describe, expect, it } from "vitest";
import { figureRangesText } from "../report/figure-range-report.ts";
import type { FigureJudgement } from "../report/judge.ts";
import { kerneltax } from "../testing/captured-terminal.ts";
import { cellsOfRows } from "../testing/table-cells.ts";

interface Decided {
  readonly path: string;
  readonly value: number;
  readonly medianAbsErrorPct: number | null;
  readonly claimsChanged: readonly string[];
}

describe("validate --figure … --ranges", () => {
  it("names the assumed numbers that decide a figure, and what becomes of it", async () => {
    const args = ["--figure", "libdbos25-fig11", "--ranges", "--output-format", "json"];
    const { code, out } = await kerneltax("validate", ...args);
    const [figure] = JSON.parse(out).figures as {
      readonly medianAbsErrorPct: number;
      readonly assumedNumbers: number;
      readonly decidedBy: readonly Decided[];
    }[];
    expect(code).toBe(0);
    expect(figure!.assumedNumbers).toBeGreaterThan(40);
    const moved = figure!.decidedBy.map(({ medianAbsErrorPct }) =>
      Math.abs(medianAbsErrorPct! - figure!.medianAbsErrorPct),
    );
    expect(moved).toEqual([...moved].sort((a, b) => b - a));
    // The same number set by hand gives the same error.
    const [first] = figure!.decidedBy;
    const set = `${first!.path}=${first!.value}`;
    const byHand = await kerneltax("run", "libdbos25-fig11", "--set", set, "--output-format=json");
    const judged = JSON.parse(byHand.out).figure as { readonly medianAbsErrorPct: number };
    expect(first!.medianAbsErrorPct).toBe(judged.medianAbsErrorPct);
  }, 120_000);

  it.each([
    [["--ranges"], /--ranges: goes with --claims or --figure/],
    [["--ranges", "--points", "--figure", "xrp22-table1"], /--points: goes without --ranges/],
    [["--ranges", "--figure", "nowhere"], /nowhere/],
  ])("refuses %s", async (args, message) => {
    const { code, out, err } = await kerneltax("validate", ...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });

  it("shows claims that change and runs that are refused", () => {
    const judgement = (errorPercent: number, verdict: "holds" | "fails"): FigureJudgement => ({
      id: "figure",
      title: "Figure",
      machine: "machine",
      xNames: undefined,
      tolerancePercent: 10,
      points: [
        {
          series: "one",
          x: 1,
          metric: "iops",
          published: 100,
          simulated: 100 + errorPercent,
          errorPercent,
          role: "predicted",
          saturated: false,
          verdict: "inside",
        },
      ],
      claims: [{ text: "it rises", verdict, detail: "" }],
      failures: [],
    });
    const end = { unit: "ns", judgement: judgement(5, "holds") };
    const text = figureRangesText({
      judgement: judgement(5, "holds"),
      ends: [
        { ...end, path: "kernel.a", value: 1 },
        { ...end, path: "kernel.b", value: 2, judgement: judgement(-5.2, "fails") },
        { ...end, path: "kernel.c", value: 3, judgement: judgement(-9, "holds") },
        { ...end, path: "kernel.d", value: 4, judgement: undefined, refusal: "too long" },
      ],
    });
    expect(cellsOfRows(text, "kernel.")).toEqual([
      ["kernel.c", "3 ns", "9.0", ""],
      ["kernel.b", "2 ns", "5.2", "fails: it rises"],
      ["kernel.d", "4 ns", "–", "refused: too long"],
    ]);
    expect(text).toContain("the other 1: median error within 0.5 points, no claim changes");
  });
});
