/**
 * Runs many specs on all cores of the host; results come in the order of the specs.
 *
 * Workers need compiled JavaScript. From TypeScript, as the tests run it, everything happens in
 * this process: the results are the same bytes.
 */
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import { UsageError } from "../base/usage-error.ts";
import type { RunResult } from "../experiment/result.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { type PointOutcome, runPoint } from "./pool-worker.ts";

export interface PointRunner {
  /** Runs every spec. @throws what the first failing one threw. */
  run(inputs: readonly ExperimentInput[], onDone?: () => void): Promise<RunResult[]>;
  /** Ends the workers. */
  close(): Promise<void>;
}

const WORKER = new URL("./pool-worker.js", import.meta.url);

/** @param workers how many processes may work; 0 means in this process. */
export function openRunner(workers = defaultWorkers()): PointRunner {
  if (workers === 0) return { run: runHere, close: async () => {} };
  const pool = new Tinypool({
    filename: WORKER.href,
    minThreads: workers,
    maxThreads: workers,
  });
  return {
    run: async (inputs, onDone) => {
      const outcomes = inputs.map(async (input): Promise<RunResult> => {
        const result = unwrapped((await pool.run(input, { name: "runPoint" })) as PointOutcome);
        onDone?.();
        return result;
      });
      // Waiting for all of them leaves no rejection unhandled.
      const settled = await Promise.allSettled(outcomes);
      return settled.map((outcome) => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
    },
    close: () => pool.destroy(),
  };
}

function defaultWorkers(): number {
  return import.meta.url.endsWith(".ts") ? 0 : availableParallelism();
}

async function runHere(
  inputs: readonly ExperimentInput[],
  onDone?: () => void,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const input of inputs) {
    results.push(unwrapped(runPoint(input)));
    onDone?.();
    // Lets Ctrl-C in.
    await new Promise(setImmediate);
  }
  return results;
}

/** Errors lose their class on the way between threads. */
function unwrapped(outcome: PointOutcome): RunResult {
  if (outcome.kind === "done") return outcome.result;
  if (outcome.kind === "usage") throw new UsageError(outcome.message);
  const error = new Error(outcome.message);
  if (outcome.stack !== undefined) error.stack = outcome.stack;
  throw error;
}
