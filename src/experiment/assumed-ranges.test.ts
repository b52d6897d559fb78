import { describe, expect, it } from "vitest";
import { claimRangesText, decidingEnds } from "../report/claim-range-report.ts";
import { judgeClaim } from "../report/claim-verdict.ts";
import { claimEnds } from "./assumed-ranges.ts";
import { claimOutcome, claimRuns } from "./claim-run.ts";
import { claimRunKey, parseClaim } from "./claim-spec.ts";

/** A claim that hangs on how long the kernel needs to wake a thread. */
const claim = parseClaim(
  JSON.stringify({
    id: "9.9",
    status: "executable",
    statement: "a blocking read takes less than 72 µs",
    lectureSection: "none",
    sources: ["linux-5.x"],
    experiment: {
      base: {
        machine: "milan-pm1733",
        drives: 1,
        backend: "linux",
        options: { ioengine: "psync" },
        workload: { kind: "raw-io" },
        rampUs: 500,
        runtimeUs: 3_000,
      },
      runs: { read: { run: {} } },
    },
    checks: [
      {
        id: "quick",
        text: "quick",
        kind: "at-most",
        metric: "latencyNsMean",
        run: "read",
        limit: { value: 72_000 },
      },
    ],
    counterfactual: {
      text: "a slow drive",
      patches: [{ runs: ["read"], patch: { set: { "drive.fixedLatency": 200 } } }],
      flips: ["quick"],
    },
  }),
  "test",
);

describe("the ends of assumed numbers", () => {
  const ends = claimEnds(claim);

  it("are all there, two for each number, in every run that does not set it", () => {
    const numbers = new Set(ends.map(({ path }) => path));
    expect(numbers.has("cpu.idleExit")).toBe(true);
    expect(ends).toHaveLength(2 * numbers.size);
    for (const { path, value, runs } of ends) {
      expect(runs.length).toBeGreaterThan(0);
      for (const { input } of runs) expect(input.set).toMatchObject({ [path]: value });
    }
  });

  it("name the number that decides a claim", () => {
    const outcomes = new Map(
      claimRuns(claim).map(({ variant, name, input }) => [
        claimRunKey(variant, name),
        claimOutcome(input),
      ]),
    );
    const judged = ends
      .filter(({ path }) => path.startsWith("cpu."))
      .map(({ path, value, unit, runs }) => {
        const changed = runs.map(
          ({ variant, name, input }) => [claimRunKey(variant, name), claimOutcome(input)] as const,
        );
        const verdict = judgeClaim(claim, new Map([...outcomes, ...changed]));
        return { path, value, unit, verdict };
      });
    const ranges = { verdict: judgeClaim(claim, outcomes), ends: judged };
    expect(ranges.verdict.verdict).toBe("holds");
    const deciding = decidingEnds(ranges).map(({ path }) => path);
    expect(deciding).toContain("cpu.idleExit");
    expect(deciding).not.toContain("cpu.lineTransferFar");
    expect(claimRangesText(ranges)).toMatch(/cpu\.idleExit = [\d.]+ \S+: quick fails \(/);
  });
});
