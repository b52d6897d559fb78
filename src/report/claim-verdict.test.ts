import { describe, expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import {
  type Claim,
  type ClaimOutcome,
  type ClaimOutcomes,
  type ClaimVariant,
  claimRunKey,
  type ExecutableClaim,
  parseClaim,
} from "../experiment/claim-spec.ts";
import { METRIC_NAMES, type MetricName } from "../experiment/metric.ts";
import { parseSpec } from "../experiment/spec.ts";
import {
  type ClaimVerdict,
  claimsJson,
  claimsTable,
  claimText,
  type JudgedCheck,
  judgeClaim,
} from "./claim-verdict.ts";
import { renderTable } from "./table.ts";

type Metrics = Partial<Record<MetricName, number>>;

const workload = { kind: "raw-io", jobs: 4, ioDepth: 2 } as const;
const spec = parseSpec({ workload });
const done = (metrics: Metrics): ClaimOutcome => {
  const zeros = Object.fromEntries(METRIC_NAMES.map((name) => [name, 0]));
  return {
    kind: "done",
    result: { spec, metrics: { ...zeros, ...metrics } as Record<MetricName, number> },
  };
};
const refused = (message: string): ClaimOutcome => ({ kind: "usage", message });

function claimOf(check: object): Claim {
  const claim = {
    id: "9.1",
    status: "executable",
    statement: "a toy is fast",
    lectureSection: "9",
    sources: ["toy"],
    experiment: {
      base: { workload },
      runs: {
        a: { run: {} },
        b: { run: {} },
        s: { run: {}, sweep: { path: "workload.jobs", values: [1, 2] } },
      },
    },
    checks: [{ id: "c", text: "it is so", ...check }],
    counterfactual: {
      text: "without it",
      patches: [{ runs: ["a", "b", "s"], patch: {} }],
      flips: ["c"],
    },
  };
  return parseClaim(JSON.stringify(claim), "toy/claim.json");
}

type Runs = Readonly<Record<string, ClaimOutcome>>;

const outcomes = (asIs: Runs, counterfactual: Runs): ClaimOutcomes => {
  const keyed = (variant: ClaimVariant, runs: Runs): [string, ClaimOutcome][] =>
    Object.entries(runs).map(([run, outcome]) => [claimRunKey(variant, run), outcome]);
  return new Map([...keyed("as-is", asIs), ...keyed("counterfactual", counterfactual)]);
};

/** The check of a toy claim, decided on these runs. */
const decided = (check: object, runs: Runs): JudgedCheck =>
  judgeClaim(claimOf(check), outcomes(runs, runs)).checks[0]!;

const FAST = { kind: "at-least", metric: "iops", run: "a", limit: { run: "b", times: 0.5 } };
const LIMITED = { b: done({ iops: 10e6 }) };
const fast = { a: done({ iops: 6e6 }), ...LIMITED };
const slow = { a: done({ iops: 4e6 }), ...LIMITED };

describe("a claim", () => {
  const judge = (asIs: Runs, counterfactual: Runs): ClaimVerdict =>
    judgeClaim(claimOf(FAST), outcomes(asIs, counterfactual));

  it("holds when its checks hold and the counterfactual flips them", () => {
    expect(judge(fast, slow)).toMatchObject({
      verdict: "holds",
      counterfactual: { flipped: true },
    });
  });

  it("fails when a check fails, whatever the counterfactual does", () => {
    for (const other of [fast, slow]) {
      expect(judge(slow, other)).toMatchObject({
        verdict: "fails",
        checks: [{ holds: false }],
        counterfactual: { flipped: false },
      });
    }
  });

  it("fails when the counterfactual does not flip its check", () => {
    expect(judge(fast, fast)).toMatchObject({
      verdict: "fails",
      checks: [{ holds: true }],
      counterfactual: { flipped: false, details: [{ holds: true, flipped: false }] },
    });
  });

  it("fails when the counterfactual flips one of two checks that it is to flip", () => {
    const { checks, counterfactual, ...rest } = claimOf(FAST) as ExecutableClaim;
    const second = { ...checks[0]!, id: "d", run: "s@1" };
    const both = { ...rest, checks: [...checks, second] } as ExecutableClaim;
    const judged = (second: number): ClaimVerdict =>
      judgeClaim(
        { ...both, counterfactual: { ...counterfactual, flips: ["c", "d"] } },
        outcomes(
          { ...fast, "s@1": done({ iops: 6e6 }) },
          { ...slow, "s@1": done({ iops: second }) },
        ),
      );
    expect(judged(4e6)).toMatchObject({ verdict: "holds", counterfactual: { flipped: true } });
    expect(judged(6e6)).toMatchObject({ verdict: "fails", counterfactual: { flipped: false } });
  });

  it("leaves runs as they are that the counterfactual does not patch", () => {
    const claim = claimOf(FAST);
    if (claim.status !== "executable") throw new Error("it is executable");
    const { counterfactual } = claim;
    const patches = [{ runs: ["a"], patch: {} }];
    const partly = { ...claim, counterfactual: { ...counterfactual, patches } };
    const given = outcomes(fast, { a: done({ iops: 4e6 }), b: refused("never looked at") });
    expect(judgeClaim(partly, given).verdict).toBe("holds");
  });

  it("says which run is missing, or was refused although its numbers are needed", () => {
    const judging = (asIs: Runs) => () => judge(asIs, slow);
    const place = /^bench\/claims\/9\.1\/claim\.json, check "c": run "a" /;
    expect(judging(LIMITED)).toThrow(UsageError);
    expect(judging(LIMITED)).toThrow(place);
    expect(judging({ ...LIMITED, a: refused("raid: no") })).toThrow(/was refused: raid: no/);
    expect(judging({ ...LIMITED, a: refused("raid: no") })).toThrow(place);
  });
});

describe("a check", () => {
  const iops = (value: number): ClaimOutcome => done({ iops: value });
  const saturates = { kind: "saturates", run: "s", limit: { value: 100 }, by: 2, notBy: 1 };
  const ratio = { kind: "ratio", metric: "iops", of: "a", to: "b", min: 2, max: 3 };
  const little = { kind: "bounded-by-little", run: "a", alone: "b" };
  const refuses = { kind: "refuses", run: "a", option: "raid" };
  // 4 threads × 2 outstanding ÷ 2 µs.
  const waiting = { b: done({ latencyNsMean: 2_000 }) };

  it.each([
    ["at-least", FAST, fast, true],
    ["at-least", FAST, slow, false],
    ["at-most", { ...FAST, kind: "at-most" }, slow, true],
    ["at-most", { ...FAST, kind: "at-most" }, fast, false],
    ["order", { kind: "order", metric: "iops", runs: ["b", "a"] }, fast, true],
    ["order", { kind: "order", metric: "iops", runs: ["a", "b"] }, fast, false],
    ["order of equals", { kind: "order", metric: "coresBusy", runs: ["a", "b"] }, fast, false],
    ["ratio", ratio, { a: iops(5), b: iops(2) }, true],
    ["ratio below", ratio, { a: iops(3), b: iops(2) }, false],
    ["ratio above", ratio, { a: iops(7), b: iops(2) }, false],
    ["ratio of nothing", ratio, { a: iops(0), b: iops(0) }, false],
    ["saturates", saturates, { "s@1": iops(94), "s@2": iops(95) }, true],
    ["saturates too late", saturates, { "s@1": iops(50), "s@2": iops(94) }, false],
    ["saturates too early", saturates, { "s@1": iops(96), "s@2": iops(99) }, false],
    ["bounded-by-little", little, { a: iops(4e6), ...waiting }, true],
    ["bounded-by-little", little, { a: iops(4.1e6), ...waiting }, false],
    ["bounded with slack", { ...little, slackPercent: 5 }, { a: iops(4.1e6), ...waiting }, true],
    ["above slack", { ...little, slackPercent: 5 }, { a: iops(4.3e6), ...waiting }, false],
    ["refuses", refuses, { a: refused("raid: no such option; none") }, true],
    ["refuses something else", refuses, { a: refused("backend: no") }, false],
    ["refuses nothing", refuses, { a: iops(5) }, false],
  ] as const)("%s (%#)", (_, check, runs, holds) => {
    expect(decided(check, runs)).toMatchObject({ holds });
  });

  it.each([
    [FAST, fast, "IOPS 6 M/s, asked for ≥ 5 M/s (50 % of 10 M/s)"],
    [ratio, { a: iops(5), b: iops(2) }, "IOPS 5 1/s ÷ 2 1/s = 2.5, asked for ≥ 2 and ≤ 3"],
    [
      saturates,
      { "s@1": iops(50), "s@2": iops(99) },
      "50 1/s (50 %) at 1, 99 1/s (99 %) at 2; the limit is 100 1/s, reached at 95 %",
    ],
    [
      little,
      { a: iops(3e6), ...waiting },
      "IOPS 3 M/s, asked for ≤ 4 M/s (4 threads × 2 outstanding ÷ 2 µs)",
    ],
    [
      refuses,
      { a: refused("raid: no such option; there are: x") },
      "refused: raid: no such option",
    ],
    [refuses, { a: iops(5e3) }, "accepted, and runs at 5 k/s"],
  ] as const)("prints the numbers that decided it (%#)", (check, runs, detail) => {
    expect(decided(check, runs).detail).toBe(detail);
  });
});

describe("printing", () => {
  const waits = parseClaim(
    JSON.stringify({
      id: "9.2",
      status: "not-yet-executable",
      statement: "a toy flies",
      lectureSection: "9",
      sources: ["toy"],
      missing: "wings",
      topic: "flight",
    }),
    "f",
  );
  const verdicts = [
    judgeClaim(claimOf(FAST), outcomes(fast, slow)),
    judgeClaim(claimOf(FAST), outcomes(fast, fast)),
    judgeClaim(waits, new Map()),
  ];

  it("counts what holds, what fails, and what waits", () => {
    expect(claimsJson(verdicts)).toEqual({
      summary: { claimsHolding: 1, claimsFailing: 1, claimsNotYetExecutable: 1 },
      claims: verdicts,
    });
    expect(verdicts[2]).toEqual({
      id: "9.2",
      statement: "a toy flies",
      lectureSection: "9",
      verdict: "not yet executable",
      checks: [],
      missing: "wings",
      topic: "flight",
    });
  });

  it("has one row per claim", () => {
    const table = claimsTable(verdicts);
    expect(table.rows).toEqual([
      ["9.1", "holds", "1 of 1", "flips", "a toy is fast"],
      ["9.1", "fails", "1 of 1", "does not flip", "a toy is fast"],
      ["9.2", "not yet executable", undefined, undefined, "needs wings (flight)"],
    ]);
    expect(renderTable(table)).toContain("does not flip");
  });

  it("says which part of a claim is not covered", () => {
    const partly = judgeClaim(
      { ...claimOf(FAST), notCovered: "curves" } as Claim,
      outcomes(fast, slow),
    );
    expect(partly).toMatchObject({ verdict: "holds", notCovered: "curves" });
    expect(claimText(partly)).toContain("9.1 holds: a toy is fast (not covered yet: curves)\n");
    expect(claimsTable([partly]).rows[0]).toContain("a toy is fast (not covered yet: curves)");
  });

  it("says everything about one claim", () => {
    expect(claimText(verdicts[1]!)).toBe(
      [
        "9.1 fails: a toy is fast",
        "  holds  it is so",
        "         IOPS 6 M/s, asked for ≥ 5 M/s (50 % of 10 M/s)",
        "  without the mechanism: without it",
        "  STAYS  it is so",
        "         IOPS 6 M/s, asked for ≥ 5 M/s (50 % of 10 M/s)",
        "",
      ].join("\n"),
    );
    expect(claimText(verdicts[2]!)).toBe(
      "9.2 not yet executable: a toy flies\n  needs wings (flight)\n",
    );
  });
});
