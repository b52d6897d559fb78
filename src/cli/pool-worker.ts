/** One spec in, one result out: the part of the pool that runs in a worker thread. */
import { UsageError } from "../base/usage-error.ts";
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { parseSpec } from "../experiment/spec.ts";

export type PointOutcome =
  | { readonly kind: "done"; readonly result: RunResult }
  | { readonly kind: "usage"; readonly message: string }
  | { readonly kind: "internal"; readonly message: string; readonly stack: string | undefined };

/** Runs one spec; never throws, so that nothing is lost between threads. */
export function runPoint(input: ExperimentInput, allowLong = false): PointOutcome {
  try {
    return { kind: "done", result: runExperiment(parseSpec(input), { allowLong }) };
  } catch (error) {
    if (error instanceof UsageError) return { kind: "usage", message: error.message };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: "internal", message, stack };
  }
}

/** The same without a limit on the number of I/Os. */
export function runLongPoint(input: ExperimentInput): PointOutcome {
  return runPoint(input, true);
}
