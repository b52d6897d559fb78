import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import {
  type Figure,
  figurePoints,
  isCalibrated,
  parseFigure,
  placeOf,
  seriesXs,
  xName,
} from "./figure.ts";

const base = {
  id: "toy-fig1",
  title: "A toy",
  source: { key: "toy", figure: "1", readFrom: "table", readErrorPercent: 0 },
  x: { name: "threads", label: "threads", path: "workload.jobs", scale: "linear" },
  y: { metric: "iops" },
  run: {
    drives: 2,
    workload: { kind: "raw-io", ioDepth: 8 },
    options: { ioengine: "libaio", hipri: false },
  },
  xs: [1, 2],
  series: [
    { id: "a", title: "A" },
    { id: "b", title: "B", run: { options: { hipri: true } }, xs: [2, 4, 8] },
  ],
  calibrated: [{ series: "a", xs: [1], why: "input" }],
  tolerancePercent: 5,
  claims: [
    { id: "grows", text: "grows", check: { kind: "monotone", series: "a", direction: "rising" } },
  ],
  knownGaps: [],
} as const;

const parse = (changes: object = {}): Figure =>
  parseFigure(JSON.stringify({ ...base, ...changes }), "toy/figure.json");

const messageOf = (changes: object): string => {
  try {
    parse(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return String(error);
  }
  throw new Error("the figure was accepted");
};

describe("figurePoints", () => {
  it("lists the points of each series in order", () => {
    const points = figurePoints(parse()).map(({ series, x }) => `${series}@${x}`);
    expect(points).toEqual(["a@1", "a@2", "b@2", "b@4", "b@8"]);
  });

  it("merges run, series and x, deeply", () => {
    const [first, , , last] = figurePoints(parse());
    expect(first?.input).toEqual({ ...base.run, workload: { ...base.run.workload, jobs: 1 } });
    expect(last?.input.options).toEqual({ ioengine: "libaio", hipri: true });
    expect(last?.input.workload).toMatchObject({ jobs: 4, ioDepth: 8 });
  });

  it("does not change the figure", () => {
    const figure = parse();
    const before = JSON.stringify(figure);
    figurePoints(figure);
    expect(JSON.stringify(figure)).toBe(before);
  });

  it("lets a point bring its own patch, and scales x on its way into the spec", () => {
    const x = { name: "n", label: "n", scale: "linear" };
    const points = [
      { x: 10, run: { workload: { jobs: 1, ioDepth: 10 } } },
      { x: 20, run: { workload: { jobs: 2, ioDepth: 10 } } },
    ];
    const series = [{ id: "a", title: "A" }];
    const [, second] = figurePoints(parse({ x, xs: undefined, points, series, calibrated: [] }));
    expect(second?.input.workload).toMatchObject({ jobs: 2, ioDepth: 10 });
    const kib = { ...base.x, path: "workload.blockBytes", factor: 1024 };
    const [half] = figurePoints(parse({ x: kib, xs: [0.5, 1], calibrated: [] }));
    expect(half?.input.workload).toMatchObject({ blockBytes: 512 });
  });

  it("takes a point over time from around its x, a series by its own width", () => {
    const x = { name: "t", label: "t", width: 2 };
    const series = [
      { id: "a", title: "A" },
      { ...base.series[1], xs: [2], width: 0.5 },
    ];
    const spans = figurePoints(parse({ x, series, calibrated: [] })).map(({ span }) => span);
    expect(spans).toEqual([
      { startS: 0, endS: 2 },
      { startS: 1, endS: 3 },
      { startS: 1.75, endS: 2.25 },
    ]);
  });

  it("prefers what is nearer to a series: its points, its xs, the figure's points", () => {
    const points = (jobs: number) => [{ x: 4, run: { workload: { jobs } } }];
    const x = { name: "n", label: "n" };
    const own = { id: "a", title: "A", points: points(3), xs: [1] };
    const series = [own, { id: "b", title: "B" }];
    const given = { x, series, points: points(5), calibrated: [], claims: [] };
    const jobs = figurePoints(parse(given)).map(({ x, input }) => [x, input.workload]);
    expect(jobs).toEqual([
      [4, { ...base.run.workload, jobs: 3 }],
      [4, { ...base.run.workload, jobs: 5 }],
    ]);
  });

  it("knows which points are inputs", () => {
    const figure = parse();
    expect(isCalibrated(figure, "a", 1)).toBe(true);
    expect(isCalibrated(figure, "a", 2)).toBe(false);
    const all = parse({ calibrated: [{ series: "b", xs: "all", why: "input" }] });
    expect(seriesXs(all, all.series[1]!).every((x) => isCalibrated(all, "b", x))).toBe(true);
  });
});

describe("parseFigure", () => {
  it("names the file and the path of a wrong field", () => {
    const message = messageOf({ y: { metric: "speed" } });
    expect(message).toContain("toy/figure.json");
    expect(message).toContain("y.metric");
  });

  it("refuses text that is not JSON, and unknown fields", () => {
    expect(() => parseFigure("{", "f.json")).toThrow(/f\.json is not JSON/);
    expect(messageOf({ tolerance: 5 })).toContain("tolerance");
  });

  const wrong: readonly [string, object, RegExp][] = [
    [
      "a claim about an unknown series",
      claim({ kind: "monotone", series: "c", direction: "rising" }),
      /no series "c"/,
    ],
    [
      "a claim about an x that is not run",
      claim({ kind: "order", x: 4, series: ["a", "b"] }),
      /"a" has no x = 4/,
    ],
    ["a check outside the closed set", claim({ kind: "looks-nice" }), /check/],
    [
      "a limit at an unknown point",
      claim({ kind: "below", series: "a", limit: { series: "b", x: 3 } }),
      /"b" has no x = 3/,
    ],
    [
      "a calibrated point that is not run",
      { calibrated: [{ series: "a", xs: [3], why: "w" }] },
      /no x = 3/,
    ],
    ["a known gap without a reason", { knownGaps: [{ series: "a", x: 1 }] }, /knownGaps/],
    [
      "a known gap about an unknown claim",
      { knownGaps: [{ claim: "falls", why: "w" }] },
      /no claim "falls"/,
    ],
    [
      "a known gap at a point that is not run",
      { knownGaps: [{ series: "a", x: [1, 3], why: "w" }] },
      /knownGaps: series "a" has no x = 3/,
    ],
    [
      "a known gap of an unknown series",
      { knownGaps: [{ series: "c", x: 1, why: "w" }] },
      /knownGaps: there is no series "c"/,
    ],
    [
      "an unknown series whose points are all inputs",
      { calibrated: [{ series: "c", xs: "all", why: "w" }] },
      /calibrated: there is no series "c"/,
    ],
    [
      "an x of no series",
      claim({ kind: "within", x: 1, percent: 5 }),
      /claims\[0\]: x needs a series/,
    ],
    [
      "an x without a name",
      { x: { ...base.x, names: ["one"] }, series: [base.series[0]] },
      /x = 2/,
    ],
    ["a series without points", { xs: undefined, calibrated: [] }, /"a": give xs or points/],
    ["x values that do not rise", { xs: [2, 1] }, /must rise/],
    [
      "a series twice",
      { series: [base.series[0], base.series[0]], calibrated: [] },
      /appears twice/,
    ],
    ["zero on a logarithmic axis", { x: { ...base.x, scale: "log" }, xs: [0, 1, 2] }, /log scale/],
    ["a point without a place for x", { x: { ...base.x, path: undefined } }, /needs a run/],
    ["a spec that cannot run", { xs: [1, 20_000] }, /series "a" at x = 20000/],
    [
      "a limit per drive of an unknown number",
      { run: { ...base.run, drives: 0 }, deviceLimit: { perDrive: 1 } },
      /run\.drives/,
    ],
  ];
  it.each(wrong)("refuses %s", (_, changes, message) => {
    expect(messageOf(changes)).toMatch(message);
  });
});

const RUN = { series: "a", x: 1 };
const NOT_RUN = { series: "a", x: 3 };
it.each([
  { kind: "within", ...NOT_RUN, percent: 5 },
  { kind: "ratio", of: NOT_RUN, to: RUN },
  { kind: "ratio", of: RUN, to: NOT_RUN },
  { kind: "crossover", series: ["a", "a"], from: 3, to: 1 },
  { kind: "crossover", series: ["a", "a"], from: 1, to: 3 },
  { kind: "saturates-at", series: "a", limit: { value: 1 }, by: 3 },
  { kind: "saturates-at", series: "a", limit: { value: 1 }, by: 1, notBy: 3 },
  { kind: "saturates-at", series: "a", limit: NOT_RUN, by: 1 },
  { kind: "collapses", series: "a", from: 3, to: 1, byFactor: 2 },
  { kind: "collapses", series: "a", from: 1, to: 3, byFactor: 2 },
  { kind: "below", ...NOT_RUN, limit: { value: 1 } },
])("refuses a claim about a point that is not run: %o", (check) => {
  expect(messageOf(claim(check))).toMatch(/claims\[0\]: series "a" has no x = 3/);
});

it.each([
  ["2a", "Figure 2a"],
  ["10", "Figure 10"],
  ["Table 1", "Table 1"],
  ["§4.1, §5.7", "§4.1, §5.7"],
])("says that %s is %s of its source", (figure, place) => {
  expect(placeOf({ source: { ...base.source, figure } })).toBe(place);
});

it("calls an x by its name, counted from 1, or by its number", () => {
  const x = { ...base.x, names: ["psync", "libaio"] };
  const named = parse({ x, series: [base.series[0]] });
  expect([1, 2].map((value) => [xName(named, value), xName(parse(), value)])).toEqual([
    ["psync", "1"],
    ["libaio", "2"],
  ]);
});

function claim(check: object): object {
  return { claims: [{ text: "claimed", check }] };
}
