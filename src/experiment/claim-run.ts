/** Which runs decide a claim, and a plain way to run them. */
import { UsageError } from "../base/usage-error.ts";
import {
  type Claim,
  type ClaimOutcome,
  type ClaimOutcomes,
  type ClaimVariant,
  claimRunKey,
  expandedRuns,
} from "./claim-spec.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

/** One run of a claim; `input` has passed `parseSpec`. */
export interface ClaimRun {
  readonly name: string;
  readonly variant: ClaimVariant;
  readonly input: ExperimentInput;
}

/** Every run that decides `claim`; none for a claim that cannot be executed yet. */
export function claimRuns(claim: Claim): ClaimRun[] {
  if (claim.status === "not-yet-executable") return [];
  return expandedRuns(claim).map((run) => ({ ...run, input: run.input as ExperimentInput }));
}

/** Runs one spec; being refused is an outcome. */
export function claimOutcome(input: ExperimentInput): ClaimOutcome {
  try {
    return { kind: "done", result: runExperiment(parseSpec(input)) };
  } catch (error) {
    if (error instanceof UsageError) return { kind: "usage", message: error.message };
    throw error;
  }
}

/** Runs everything that decides `claim`, one run after the other. */
export function runClaim(
  claim: Claim,
  run: (input: ExperimentInput) => ClaimOutcome = claimOutcome,
): ClaimOutcomes {
  return new Map(
    claimRuns(claim).map(({ name, variant, input }) => [claimRunKey(variant, name), run(input)]),
  );
}
