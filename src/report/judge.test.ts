import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { parseFigure } from "../experiment/figure.ts";
import type { ResultRow } from "../experiment/result.ts";
import { countedPoints, type FigureJudgement, judgeFigure } from "./judge.ts";
import { parsePublished } from "./published.ts";
import { renderTable } from "./table.ts";
import {
  claimsTable,
  median,
  nearestRank,
  pointsTable,
  summarise,
  validationJson,
  validationTable,
} from "./validation.ts";

const toy = {
  id: "toy-fig1",
  title: "A toy",
  source: { key: "toy", figure: "1", readFrom: "table", readErrorPercent: 0 },
  x: { name: "threads", label: "threads", path: "workload.jobs", scale: "linear" },
  y: { metric: "iops" },
  run: { machine: "milan-pm1733", drives: 2, workload: { kind: "raw-io" } },
  xs: [1, 2, 3, 4],
  series: [{ id: "a", title: "A" }],
  calibrated: [{ series: "a", xs: [1], why: "input" }],
  tolerancePercent: 5,
  deviceLimit: { perDrive: 200 },
  claims: [
    { id: "grows", text: "grows", check: { kind: "monotone", series: "a", direction: "rising" } },
  ],
  knownGaps: [] as object[],
};

/** Published: 100, 200, 300, 400; the drives allow 400. */
const CSV = [
  "figure,series,x,metric,unit,value,provenance",
  ...[1, 2, 3, 4].map((x) => `toy-fig1,a,${x},iops,1/s,${x * 100},V-P`),
  "",
].join("\n");

function judge(
  values: readonly number[],
  changes: object = {},
  busy = 0.98,
  published = CSV,
): FigureJudgement {
  const figure = parseFigure(JSON.stringify({ ...toy, ...changes }), "figure.json");
  const rows = values.flatMap((value, index): ResultRow[] => {
    const common = { figure: figure.id, series: "a", x: index + 1, spec: "s" };
    return [
      { ...common, metric: "iops", unit: "1/s", value },
      { ...common, metric: "cpuNsPerIo", unit: "ns", value: 400 },
      { ...common, metric: "deviceUtilisation", unit: "1", value: index >= 2 ? busy : 0.5 },
    ];
  });
  return judgeFigure(figure, parsePublished(published, figure, "published.csv"), rows);
}

const gapAt = (x: number): object => ({ knownGaps: [{ series: "a", x, why: "because" }] });

describe("judgeFigure", () => {
  it("passes a figure whose predicted points are inside the tolerance", () => {
    const judgement = judge([100, 204, 291, 400]);
    expect(judgement.failures).toEqual([]);
    expect(judgement.points.map((point) => point.errorPercent)).toEqual([0, 2, -3, 0]);
    expect(judgement.points.map((point) => point.verdict)).toEqual([
      "calibrated",
      "inside",
      "inside",
      "inside",
    ]);
  });

  it("takes the tolerance as still inside, on both sides", () => {
    const { points } = judge([100, 210, 285, 401]);
    expect(points.slice(1).map(({ verdict }) => verdict)).toEqual(["inside", "inside", "inside"]);
    expect(judge([100, 210.1, 284.9, 400]).failures).toHaveLength(2);
  });

  it("fails a wrong value, and names it", () => {
    const { failures, points } = judge([100, 220, 300, 400]);
    expect(points[1]?.verdict).toBe("outside");
    expect(failures).toEqual(['toy-fig1: iops of "a" at x = 2 is off by 10.0 % (tolerance 5 %)']);
  });

  it("excuses a known gap, but counts its error", () => {
    const judgement = judge([100, 220, 300, 400], gapAt(2));
    expect(judgement.failures).toEqual([]);
    expect(judgement.points[1]).toMatchObject({ verdict: "known gap", gap: "because" });
    expect(countedPoints(judgement).map((point) => point.errorPercent)).toEqual([10, 0]);
    expect(summarise([judgement]).knownGaps).toBe(1);
  });

  it("fails a known gap that no longer exists", () => {
    const { failures, points } = judge([100, 200, 300, 400], gapAt(2));
    expect(points[1]?.verdict).toBe("stale gap");
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/x = 2 .*remove it from knownGaps/);
  });

  it("needs no gap at a point because another one of the series misses", () => {
    const { failures, points } = judge([100, 200, 330, 400], gapAt(2));
    expect(points.slice(1, 3).map(({ verdict }) => verdict)).toEqual(["stale gap", "outside"]);
    expect(failures).toHaveLength(2);
  });

  it("lets a claim about errors see predicted points of its metric only", () => {
    const claim = (metric: string): object => ({
      claims: [{ id: "close", text: "close", check: { kind: "within", percent: 3, metric } }],
    });
    // The input is off by four times, and the second is not published.
    const [ofIops] = judge([500, 204, 300, 400], claim("iops")).claims;
    expect([ofIops?.verdict, ofIops?.detail]).toEqual(["holds", "worst of 3: 2.0 % (a at 2)"]);
    const [ofCpu] = judge([500, 204, 300, 400], claim("cpuNsPerIo")).claims;
    expect([ofCpu?.verdict, ofCpu?.detail]).toEqual(["fails", "no predicted point to compare"]);
  });

  it("fails a known gap about a point that is not predicted", () => {
    expect(judge([100, 200, 300, 400], gapAt(1)).failures).toEqual([
      'toy-fig1: "a" at x = 1 is not a predicted point: remove it from knownGaps',
    ]);
  });

  it("never counts a calibrated point, however far off or close", () => {
    const judgement = judge([500, 200, 300, 400], { claims: [] });
    expect(judgement.points[0]).toMatchObject({ role: "calibrated", errorPercent: 400 });
    expect(judgement.failures).toEqual([]);
    const summary = summarise([judgement]);
    expect(summary).toMatchObject({ predictedPoints: 3, calibratedPoints: 1 });
    expect(summary.medianAbsErrorPct).toBe(0);
    const all = { calibrated: [{ series: "a", xs: "all", why: "input" }], claims: [] };
    expect(summarise([judge([100, 200, 300, 400], all)]).medianAbsErrorPct).toBeNull();
  });

  it("leaves a point on the device limit out of the median, but not out of the verdict", () => {
    const saturated = judge([100, 208, 300, 440]);
    expect(saturated.points.map((point) => point.saturated)).toEqual([false, false, false, true]);
    expect(saturated.failures).toHaveLength(1);
    expect(summarise([saturated])).toMatchObject({ predictedPoints: 3, medianAbsErrorPct: 2 });
    // Three predicted, one of them on a limit.
    expect(validationTable([saturated]).rows[0]!.slice(2, 4)).toEqual([3, 1]);
  });

  it("takes no point of another metric for one on the device limit", () => {
    const cpu = "toy-fig1,a,4,cpuNsPerIo,ns,400,V-P\n";
    const { points } = judge([100, 200, 300, 400], { claims: [] }, 0.98, CSV + cpu);
    expect(points.map(({ metric, saturated }) => [metric, saturated]).slice(3)).toEqual([
      ["iops", true],
      ["cpuNsPerIo", false],
    ]);
  });

  it("counts a point whose simulated drives are not busy, or when there is no limit", () => {
    expect(countedPoints(judge([100, 200, 300, 400], {}, 0.96))).toHaveLength(3);
    expect(countedPoints(judge([100, 200, 300, 400], { deviceLimit: undefined }))).toHaveLength(3);
    const higher = { deviceLimit: { value: 420 } };
    expect(countedPoints(judge([100, 200, 300, 400], higher))).toHaveLength(3);
  });

  it("judges claims: holds, fails, known gap, stale gap", () => {
    const gap = { knownGaps: [{ claim: "grows", why: "because" }] };
    const falling = [100, 200, 195, 400];
    expect(judge([100, 200, 300, 400]).claims[0]?.verdict).toBe("holds");
    const failing = judge(falling, { tolerancePercent: 50 });
    expect(failing.claims[0]?.verdict).toBe("fails");
    expect(failing.failures).toEqual(['toy-fig1: claim "grows" fails: 200 1/s at 2, 195 1/s at 3']);
    const known = judge(falling, { ...gap, tolerancePercent: 50 });
    expect(known.claims[0]).toMatchObject({ verdict: "known gap", gap: "because" });
    expect(known.failures).toEqual([]);
    const stale = judge([100, 200, 300, 400], gap);
    expect(stale.claims[0]?.verdict).toBe("stale gap");
    expect(stale.failures).toHaveLength(1);
    expect(summarise([stale])).toMatchObject({ claimsPassed: 0, claimsFailed: 1 });
  });

  it("refuses results that lack a point", () => {
    expect(() => judge([100, 200, 300])).toThrow(UsageError);
    expect(() => judge([100, 200, 300])).toThrow(/lack iops of series "a" at x = 4/);
  });
});

describe("parsePublished", () => {
  const figure = parseFigure(JSON.stringify(toy), "figure.json");
  const head = "figure,series,x,metric,unit,value,provenance\n";
  it.each([
    ["another figure", "other,a,1,iops,1/s,1,V-P", /line 2, figure/],
    ["an unknown series", "toy-fig1,b,1,iops,1/s,1,V-P", /series are: a/],
    ["a point that is not simulated", "toy-fig1,a,9,iops,1/s,1,V-P", /a has: 1, 2, 3, 4/],
    ["a scaled unit", "toy-fig1,a,1,iops,M/s,1,V-P", /unit 1\/s/],
    ["a value that is not positive", "toy-fig1,a,1,iops,1/s,0,V-P", /above 0/],
    [
      "the same point twice",
      "toy-fig1,a,1,iops,1/s,1,V-P\ntoy-fig1,a,1,iops,1/s,2,V-P",
      /line 3: the same point/,
    ],
    ["a value without provenance", "toy-fig1,a,1,iops,1/s,1,", /how the number was read/],
    ["a provenance that is none", "toy-fig1,a,1,iops,1/s,1,seen", /"seen".* V-P, V-F, V-S, D or R/],
  ])("refuses %s", (_, line, message) => {
    expect(() => parsePublished(`${head}${line}\n`, figure, "p.csv")).toThrow(message);
  });
});

describe("validation", () => {
  it("prints the envelope's keys and nothing undefined", () => {
    const json = validationJson([judge([100, 220, 300, 400], gapAt(2))]);
    expect(Object.keys(json.summary)).toEqual([
      "predictedPoints",
      "medianAbsErrorPct",
      "p90AbsErrorPct",
      "calibratedPoints",
      "claimsPassed",
      "claimsFailed",
      "knownGaps",
    ]);
    const [figure] = JSON.parse(JSON.stringify(json)).figures;
    expect(figure).toMatchObject({
      id: "toy-fig1",
      machine: "milan-pm1733",
      medianAbsErrorPct: 5,
      claims: [{ text: "grows", verdict: "holds" }],
    });
    expect(figure.points[1]).toEqual({
      series: "a",
      x: 2,
      metric: "iops",
      published: 200,
      simulated: 220,
      errorPct: 10,
      role: "predicted",
      saturated: false,
      verdict: "known gap",
      gap: "because",
    });
  });

  it("sums up how far off points are, to whichever side", () => {
    const judgement = judge([100, 192, 306, 400]);
    expect(summarise([judgement])).toMatchObject({ medianAbsErrorPct: 3, p90AbsErrorPct: 4 });
    expect(validationJson([judgement]).figures[0]).toMatchObject({
      medianAbsErrorPct: 3,
      p90AbsErrorPct: 4,
    });
  });

  it("sums up over figures, not over medians of figures", () => {
    const good = judge([100, 200, 300, 400]);
    const bad = judge([100, 204, 312, 400]);
    expect(summarise([good, bad]).medianAbsErrorPct).toBe(1);
    expect(summarise([good, bad]).p90AbsErrorPct).toBe(4);
  });

  it("prints tables", () => {
    const judgement = judge([100, 220, 300, 400]);
    expect(renderTable(pointsTable(judgement))).toContain("published [1/s]");
    expect(renderTable(pointsTable(judgement))).toContain("inside, on a device limit");
    expect(renderTable(claimsTable(judgement))).toContain("holds");
    expect(renderTable(validationTable([judgement]))).toContain("1 of 1");
  });
});

describe("median and nearestRank", () => {
  it("do not depend on order and do not change their input", () => {
    const values = [10, 9, 2, 1];
    expect(median(values)).toBe(5.5);
    expect(median([3, 1, 2])).toBe(2);
    expect(nearestRank(values, 50)).toBe(2);
    expect(nearestRank(values, 90)).toBe(10);
    expect(nearestRank([7], 90)).toBe(7);
    expect(values).toEqual([10, 9, 2, 1]);
    expect([median([]), nearestRank([], 90)]).toEqual([null, null]);
  });
});
