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
import { type PointOutcome, runLongPoint, runPoint } from "./pool-worker.ts";

/** What became of a spec that the simulator was able to answer. */
export type Answer = Exclude<PointOutcome, { kind: "internal" }>;

export interface PointRunner {
  /** Runs every spec. @throws what the first failing one threw. */
  run(inputs: readonly ExperimentInput[], onDone?: () => void): Promise<RunResult[]>;
  /** Runs every spec; one that is refused is an answer, too. @throws internal errors only. */
  outcomes(inputs: readonly ExperimentInput[], onDone?: () => void): Promise<Answer[]>;
  /** Ends the workers. */
  close(): Promise<void>;
}

const WORKER = new URL("./pool-thread.js", import.meta.url);

/**
 * @param workers how many threads may work; 0 means in this one.
 * @param allowLong allows runs of more than a billion simulated I/Os.
 */
export function openRunner(workers = defaultWorkers(), allowLong = false): PointRunner {
  const work = allowLong ? runLongPoint : (input: ExperimentInput) => runPoint(input);
  if (workers === 0) {
    return runnerOf(
      async (input) => work(input),
      async () => {},
    );
  }
  const name = allowLong ? "runLongPoint" : "runPoint";
  const pool = new Tinypool({
    filename: WORKER.href,
    minThreads: workers,
    maxThreads: workers,
  });
  return runnerOf(
    (input) => pool.run(input, { name }) as Promise<PointOutcome>,
    () => pool.destroy(),
    workers,
  );
}

/** @param atOnce how many specs `answer` may work on at a time. */
function runnerOf(
  answer: (input: ExperimentInput) => Promise<PointOutcome>,
  close: () => Promise<void>,
  atOnce = 1,
): PointRunner {
  const answers = async (
    inputs: readonly ExperimentInput[],
    accept: (outcome: PointOutcome) => Answer,
    onDone?: () => void,
  ): Promise<Answer[]> => {
    const one = async (input: ExperimentInput): Promise<Answer> => {
      const accepted = accept(await answer(input));
      onDone?.();
      return accepted;
    };
    if (atOnce > 1) return allOf(inputs.map(one));
    const results: Answer[] = [];
    for (const input of inputs) {
      results.push(await one(input));
      // Lets Ctrl-C in.
      await new Promise(setImmediate);
    }
    return results;
  };
  return {
    close,
    outcomes: (inputs, onDone) => answers(inputs, answered, onDone),
    run: async (inputs, onDone) => {
      const done = await answers(inputs, (outcome) => succeeded(answered(outcome)), onDone);
      return done.map((outcome) => succeeded(outcome).result);
    },
  };
}

/** Waiting for all of them leaves no rejection unhandled. */
async function allOf<Value>(work: readonly Promise<Value>[]): Promise<Value[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

function defaultWorkers(): number {
  return import.meta.url.endsWith(".ts") ? 0 : availableParallelism();
}

/** Errors lose their class on the way between threads. */
function answered(outcome: PointOutcome): Answer {
  if (outcome.kind !== "internal") return outcome;
  const error = new Error(outcome.message);
  if (outcome.stack !== undefined) error.stack = outcome.stack;
  throw error;
}

function succeeded(answer: Answer): Extract<Answer, { kind: "done" }> {
  if (answer.kind === "done") return answer;
  throw new UsageError(answer.message);
}
