/**
 * Does a claim or a figure hang on a number that nobody has measured?
 *
 * Every assumed number of some runs goes to both ends of its range, one number at a time, in all
 * runs that use it; a number that a run sets itself stays as it is there.
 */
import { UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "./assemble.ts";
import { type ClaimRun, claimRuns } from "./claim-run.ts";
import type { Claim } from "./claim-spec.ts";
import { variationsOf } from "./sensitivity.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

/** One end of the range of one assumed number. */
export interface RangeEnd {
  readonly path: string;
  readonly value: number;
  readonly unit: string;
  /** What becomes of each input that uses it, by the input's JSON. */
  readonly changed: ReadonlyMap<string, ExperimentInput>;
}

/** The same, with the runs of a claim that it changes. */
export interface ClaimEnd extends Omit<RangeEnd, "changed"> {
  readonly runs: readonly ClaimRun[];
}

/** Every end of every assumed number of `inputs`, numbers in the order of their first use. */
export function rangeEnds(inputs: readonly ExperimentInput[]): readonly RangeEnd[] {
  const ends = new Map<string, RangeEnd & { readonly changed: Map<string, ExperimentInput> }>();
  for (const input of inputs) {
    for (const { path, number, low, high, inputWith } of assumedOf(input)) {
      for (const value of [low, high]) {
        const key = `${path} ${value}`;
        const known = ends.get(key) ?? { path, value, unit: number.unit, changed: new Map() };
        known.changed.set(JSON.stringify(input), inputWith(value));
        ends.set(key, known);
      }
    }
  }
  return [...ends.values()];
}

/** Every end of every assumed number of `claim`. */
export function claimEnds(claim: Claim): readonly ClaimEnd[] {
  const runs = claimRuns(claim);
  return rangeEnds(runs.map(({ input }) => input)).map(({ changed, ...end }) => ({
    ...end,
    runs: runs.flatMap((run) => {
      const input = changed.get(JSON.stringify(run.input));
      return input === undefined ? [] : [{ ...run, input }];
    }),
  }));
}

function assumedOf(input: ExperimentInput): ReturnType<typeof variationsOf> {
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
