import { describe, expect, it } from "vitest";
import { furtherParts, type PartResult, partsOf } from "./campaign.ts";
import { RUNS_MAX } from "./explorer.ts";
import { type SafeCampaign, safeCampaigns } from "./safe-configurations.ts";

const [{ spec: safe }] = safeCampaigns(1, 8, 1) as [SafeCampaign];
const spec = { ...safe, states: 6_000 };

/** A part that has met the states `from` … `to` − 1. */
const met = (from: number, to: number, violations: number = 0): PartResult => ({
  digests: Array.from({ length: to - from }, (_, index) => from + index),
  exploration: {
    runs: 1,
    positions: 1,
    distinct: to - from,
    repeated: 0,
    commits: 0,
    nested: 0,
    withTornWrites: 0,
    withReordering: 0,
    failedRuns: 0,
    coverage: {},
    violations: Array.from({ length: violations }, () => ({}) as never),
  },
});

it("a campaign's parts have runs of their own, and its states together", () => {
  const parts = partsOf(spec);
  expect(parts.reduce((sum, { states }) => sum + states, 0)).toBe(6_000);
  expect(parts.map(({ firstRun }) => firstRun)).toEqual([0, RUNS_MAX, 2 * RUNS_MAX]);
});

describe("parts of a campaign", () => {
  it("are planned for as many states as were asked for", () => {
    expect(partsOf(spec).map(({ states }) => states)).toEqual([2_500, 2_500, 1_000]);
    expect(furtherParts(spec, [])).toEqual(partsOf(spec));
  });

  it("are followed by more when some have met the same states", () => {
    const results = [met(0, 2_500), met(2_400, 4_900), met(4_900, 5_900)];
    const [more, ...others] = furtherParts(spec, results);
    expect(others).toEqual([]);
    expect(more).toMatchObject({ states: 200, firstRun: 3_000 });
    expect(furtherParts(spec, [...results, met(5_900, 6_050)])).toEqual([]);
    const [many] = furtherParts(spec, [met(0, 2_500), met(0, 2_500), met(0, 1_001), met(0, 2_501)]);
    expect(many).toMatchObject({ states: 2_500, firstRun: 4_000 });
  });

  it("are not, when nothing new is found or something is lost", () => {
    const results = [met(0, 2_500), met(2_500, 5_000), met(5_000, 5_900)];
    expect(furtherParts(spec, results)).toHaveLength(1);
    expect(furtherParts(spec, [...results, met(0, 100)])).toEqual([]);
    expect(furtherParts(spec, [...results.slice(1), met(0, 2_400, 1)])).toEqual([]);
  });
});
