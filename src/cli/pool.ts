/**
 * Runs many specs on all cores of the host; results come in the order of the specs.
 *
 * A runner remembers unless told not to: a spec that several figures, tables or claims ask for runs
 * once. Workers need compiled JavaScript. From TypeScript, as the tests run it, everything happens
 * in this process: the results are the same bytes.
 */
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import { UsageError } from "../base/usage-error.ts";
import type { RunResult } from "../experiment/result.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { stableJson } from "../report/json.ts";
import { type PointOutcome, runLongPoint, runPoint } from "./pool-worker.ts";
import { type CrewWorker, WorkerCrew } from "./worker-crew.ts";

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

export interface RunnerOptions {
  /** How many threads may work; 0 means in this one. */
  readonly workers?: number;
  /** Allows runs of more than a billion simulated I/Os. */
  readonly allowLong?: boolean;
  /** Whether results stay in memory until the end; false for whoever asks once and for many. */
  readonly remembers?: boolean;
}

const WORKER = new URL("./pool-thread.js", import.meta.url);

/** Lets `work` use a runner, and closes it whatever happens. */
export async function withRunner<Result>(
  work: (runner: PointRunner) => Promise<Result>,
  options: RunnerOptions = {},
): Promise<Result> {
  const runner = openRunner(options);
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}

export function openRunner(options: RunnerOptions = {}): PointRunner {
  const { workers = defaultWorkers(), allowLong = false, remembers = true } = options;
  const answerHere = allowLong ? runLongPoint : (input: ExperimentInput) => runPoint(input);
  if (workers > 0) {
    const crew = new WorkerCrew(Array.from({ length: workers }, () => startWorker(allowLong)));
    return new AnsweringRunner(
      remembers,
      (input) => crew.answer(input),
      () => crew.close(),
    );
  }
  let last: Promise<unknown> = Promise.resolve();
  return new AnsweringRunner(
    remembers,
    (input) => {
      // One after the other, and Ctrl-C gets in between.
      const answer = last.then(() => new Promise(setImmediate)).then(() => answerHere(input));
      last = answer.catch(() => {});
      return answer;
    },
    async () => {},
  );
}

/** A pool of one thread, so that a worker can be chosen. */
function startWorker(allowLong: boolean): CrewWorker {
  const name = allowLong ? "runLongPoint" : "runPoint";
  return new Tinypool({ filename: WORKER.href, name, minThreads: 1, maxThreads: 1 });
}

class AnsweringRunner implements PointRunner {
  readonly close: () => Promise<void>;
  readonly #answer: (input: ExperimentInput) => Promise<PointOutcome>;
  readonly #remembers: boolean;
  readonly #known = new Map<string, Promise<Answer>>();

  constructor(
    remembers: boolean,
    answer: (input: ExperimentInput) => Promise<PointOutcome>,
    close: () => Promise<void>,
  ) {
    this.#remembers = remembers;
    this.#answer = answer;
    this.close = close;
  }

  async run(inputs: readonly ExperimentInput[], onDone?: () => void): Promise<RunResult[]> {
    return this.#ask(inputs, onDone, resultOf);
  }

  async outcomes(inputs: readonly ExperimentInput[], onDone?: () => void): Promise<Answer[]> {
    return this.#ask(inputs, onDone, (answer) => answer);
  }

  /** Waits for all of them, which leaves no rejection unhandled; then throws the first. */
  async #ask<Accepted>(
    inputs: readonly ExperimentInput[],
    onDone: (() => void) | undefined,
    accept: (answer: Answer) => Accepted,
  ): Promise<Accepted[]> {
    const one = async (input: ExperimentInput): Promise<Accepted> => {
      const accepted = accept(await this.#answered(input));
      onDone?.();
      return accepted;
    };
    const settled = await Promise.allSettled(inputs.map(one));
    return settled.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
  }

  #answered(input: ExperimentInput): Promise<Answer> {
    if (!this.#remembers) return this.#answer(input).then(answered);
    const key = stableJson(input);
    const known = this.#known.get(key) ?? this.#answer(input).then(answered);
    this.#known.set(key, known);
    return known;
  }
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

/** @param what was run, said before why it was refused. @throws UsageError if it was. */
export function resultOf(answer: Answer, what?: string): RunResult {
  if (answer.kind === "done") return answer.result;
  throw new UsageError(what === undefined ? answer.message : `${what}: ${answer.message}`);
}
