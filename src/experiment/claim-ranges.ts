/**
 * Does a claim hang on a number that nobody has measured?
 *
 * Every assumed number of a claim's runs goes to both ends of its range, one number at a time, in
 * all runs that use it; a number that a run sets itself stays as it is there.
 */
import { UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "./assemble.ts";
import { type ClaimRun, claimRuns } from "./claim-run.ts";
import type { Claim } from "./claim-spec.ts";
import { variationsOf } from "./sensitivity.ts";
import { parseSpec } from "./spec.ts";

/** One end of the range of one assumed number, and the runs that it changes. */
export interface ClaimEnd {
  readonly path: string;
  readonly end: "low" | "high";
  readonly value: number;
  readonly unit: string;
  readonly runs: readonly ClaimRun[];
}

/** Every end of every assumed number of `claim`, numbers in the order of their first use. */
export function claimEnds(claim: Claim): readonly ClaimEnd[] {
  const ends = new Map<string, ClaimEnd & { readonly runs: ClaimRun[] }>();
  for (const run of claimRuns(claim)) {
    for (const { path, number, low, high, inputWith } of assumedOf(run)) {
      for (const [end, value] of [["low", low] as const, ["high", high] as const]) {
        const key = `${path} ${value}`;
        const known = ends.get(key) ?? { path, end, value, unit: number.unit, runs: [] };
        known.runs.push({ ...run, input: inputWith(value) });
        ends.set(key, known);
      }
    }
  }
  return [...ends.values()];
}

function assumedOf({ input }: ClaimRun): ReturnType<typeof variationsOf> {
  const spec = parseSpec(input);
  try {
    const all = variationsOf(spec, resolveExperiment(spec));
    return all.filter(
      ({ path, number }) => number.provenance === "assumed" && spec.set[path] === undefined,
    );
  } catch (error) {
    // A run that is meant to be refused has no numbers.
    if (error instanceof UsageError) return [];
    throw error;
  }
}
