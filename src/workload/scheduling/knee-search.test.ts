/** Is the knee of a system whose knee is known found, and how long does that take? */
import { describe, expect, it } from "vitest";
import { PS_PER_MS, PS_PER_SECOND } from "../../base/units.ts";
import { runExperiment } from "../../experiment/run.ts";
import { parseSpec } from "../../experiment/spec.ts";
import { KneeSearch } from "./knee-search.ts";

const LIMIT_PS = 100;
const LEVEL_PS = 100 * PS_PER_MS;

/** Offers what a search wants to a system that is late with `lateShare(rate)` of its requests. */
function searched(lateShare: (ratePerS: number, intoLevelPs: number) => number): {
  kneePerS: number;
  offeredPerS: number[];
  tookPs: number;
} {
  const plan = { fromPerS: 1e5, toPerS: 2e5, factor: 1.02, levelPs: LEVEL_PS };
  const search = new KneeSearch({ ...plan, percent: 99, limitPs: LIMIT_PS });
  const offeredPerS: number[] = [];
  let nowPs = 0;
  while (!search.isOver) {
    const levelStartPs = nowPs;
    let owed = 0;
    for (let ratePerS = search.ratePerS(nowPs); ratePerS > 0; ratePerS = search.ratePerS(nowPs)) {
      if (nowPs === levelStartPs) offeredPerS.push(ratePerS);
      owed += lateShare(ratePerS, nowPs - levelStartPs);
      search.ended(nowPs, owed >= 1 ? LIMIT_PS + 1 : LIMIT_PS);
      if (owed >= 1) owed -= 1;
      nowPs += PS_PER_SECOND / ratePerS;
    }
    expect(search.drained(nowPs)).toBe(!search.isOver);
  }
  return { kneePerS: search.kneePerS, offeredPerS, tookPs: nowPs };
}

describe("the search for a knee", () => {
  it.each([100_500, 131_000, 160_000, 199_000])("finds it to a step: %i", (knee) => {
    const { kneePerS } = searched((rate) => (rate <= knee ? 0.009 : 0.011));
    expect(kneePerS).toBeLessThanOrEqual(knee);
    expect(kneePerS * 1.02).toBeGreaterThan(knee);
  });

  it("offers few of the rates, and each once", () => {
    const { offeredPerS } = searched((rate) => (rate <= 131_000 ? 0 : 1));
    expect(offeredPerS.length).toBeLessThanOrEqual(6);
    expect(new Set(offeredPerS).size).toBe(offeredPerS.length);
  });

  it("says 0 when no rate keeps the limit, and the top when all do", () => {
    expect(searched(() => 1).kneePerS).toBe(0);
    expect(searched(() => 0).kneePerS).toBeCloseTo(1e5 * 1.02 ** 35, 0);
  });

  it("is refused where even the highest rate keeps the limit: a cap is no knee", () => {
    const runTo = (toPerS: number) =>
      runExperiment(
        parseSpec({
          machine: "xeon5418y",
          drives: 1,
          backend: "bypass",
          cores: 1,
          options: { threads: "tasks" },
          workload: {
            kind: "sched",
            work: {
              pattern: "requests",
              service: { kind: "fixed", us: 10 },
              threads: 64,
              knee: { fromPerS: 10_000, toPerS, stepPercent: 20, levelUs: 20_000, limitUs: 500 },
            },
          },
          rampUs: 0,
          runtimeUs: 1_000_000,
        }),
      );
    expect(() => runTo(30_000)).toThrow(/knee\.toPerS: even \d+ requests\/s keep the limit/);
    expect(runTo(200_000).metrics.kneePerS).toBeGreaterThan(60_000);
  });

  it("does not hang on the rates that were offered before", () => {
    const kneeFrom = (fromPerS: number, seed: number): number => {
      const search = { fromPerS, toPerS: 99_500, stepPercent: 2, levelUs: 20_000, limitUs: 150 };
      const workload = {
        kind: "sched",
        work: {
          pattern: "requests",
          service: { kind: "exponential", meanUs: 10 },
          threads: 256,
          knee: search,
        },
      };
      const system = { machine: "xeon5418y", drives: 1, backend: "bypass", cores: 1 };
      const options = { threads: "tasks" };
      const spec = { ...system, options, workload, rampUs: 0, runtimeUs: 1_000_000, seed };
      return runExperiment(parseSpec(spec)).metrics.kneePerS!;
    };
    for (let seed = 1; seed <= 6; seed++) {
      expect(kneeFrom(40_000, seed)).toBeCloseTo(kneeFrom(40_000 * 1.02 ** 3, seed), 3);
    }
  });

  it("does not judge a level's beginning, and cuts short one that is lost", () => {
    const early = (_: number, intoLevelPs: number): number =>
      intoLevelPs < LEVEL_PS / 5 - PS_PER_MS ? 1 : 0;
    expect(searched(early).kneePerS).toBeGreaterThan(1.9e5);
    const lost = searched(() => 1);
    expect(lost.tookPs).toBeLessThan(lost.offeredPerS.length * LEVEL_PS * 0.3);
  });
});
