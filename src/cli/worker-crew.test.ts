/** Who of several workers gets which spec, and in which order. */
import { expect, it } from "vitest";
import type { ExperimentInput } from "../experiment/spec.ts";
import { type Answer, openRunner } from "./pool.ts";
import type { PointOutcome } from "./pool-worker.ts";
import { type CrewWorker, WorkerCrew } from "./worker-crew.ts";

/** A worker that answers when it is told to. */
class PatientWorker implements CrewWorker {
  readonly got: ExperimentInput[] = [];
  finish: () => void = () => {};

  run(input: ExperimentInput): Promise<PointOutcome> {
    this.got.push(input);
    return new Promise((resolve) => {
      this.finish = () => resolve({ kind: "usage", message: String(input.seed) });
    });
  }

  async destroy(): Promise<void> {}
}

const lookups = (seed: number, dataBytes: number): ExperimentInput => ({
  backend: "null",
  seed,
  workload: { kind: "engine", dataBytes },
});
const reads = (seed: number): ExperimentInput => ({
  backend: "null",
  seed,
  workload: { kind: "raw-io" },
});
const seedsOf = ({ got }: PatientWorker): unknown[] => got.map(({ seed }) => seed);
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

it("gives a database to the worker that has loaded it, while others have other work", async () => {
  const [one, other] = [new PatientWorker(), new PatientWorker()];
  const crew = new WorkerCrew([one, other]);
  const inputs = [lookups(1, 1e9), lookups(2, 1e9), lookups(3, 2e9), reads(4), lookups(5, 1e9)];
  const answers = inputs.map((input) => crew.answer(input));
  for (let turn = 0; turn < inputs.length; turn++) {
    other.finish();
    await settled();
    if (turn % 2 === 1) one.finish();
    await settled();
  }
  one.finish();
  const seeds = (await Promise.all(answers)).map((answer) => "message" in answer && answer.message);
  expect(seeds).toEqual(["1", "2", "3", "4", "5"]);
  // The second database and the read go past two that the first worker is better at; with
  // nothing else left, the last one is loaded a second time.
  expect(seedsOf(one)).toEqual([1, 2]);
  expect(seedsOf(other)).toEqual([3, 4, 5]);
});

it("hands a worker's failure to whoever asked, and goes on", async () => {
  const worker = new PatientWorker();
  const crew = new WorkerCrew([worker]);
  const run = worker.run.bind(worker);
  worker.run = async () => {
    worker.run = run;
    throw new Error("the thread died");
  };
  const first = crew.answer(reads(1));
  const second = crew.answer(reads(2));
  await expect(first).rejects.toThrow("the thread died");
  worker.finish();
  await expect(second).resolves.toEqual({ kind: "usage", message: "2" });
});

it("begins nothing more once it is closed", async () => {
  const worker = new PatientWorker();
  const crew = new WorkerCrew([worker]);
  const first = crew.answer(reads(1));
  const second = crew.answer(reads(2));
  await settled();
  await crew.close();
  await expect(second).rejects.toThrow("the workers have ended");
  worker.finish();
  await first;
  expect(seedsOf(worker)).toEqual([1]);
});

it("runs a spec once, however it is written and however often it is asked for", async () => {
  const runner = openRunner({ workers: 0 });
  const workload = { kind: "raw-io", ioDepth: 2 } as const;
  const spec = { backend: "null", drives: 1, runtimeUs: 100, workload };
  const again = { runtimeUs: 100, workload, drives: 1, backend: "null" };
  const [first, second] = await runner.run([spec, again]);
  const [third] = await runner.outcomes([spec]);
  const [fourth] = await runner.run([{ ...spec, seed: 2 }]);
  expect(second).toBe(first);
  expect(third).toEqual({ kind: "done", result: first! } satisfies Answer);
  expect(fourth).not.toEqual(first);
  await runner.close();
  const forgetful = openRunner({ workers: 0, remembers: false });
  const [fifth, sixth] = await forgetful.run([spec, spec]);
  expect(sixth).toEqual(fifth);
  expect(sixth).not.toBe(fifth);
});
