/**
 * Worker threads that share a queue of specs.
 *
 * Specs that begin with the same database go to the same worker as long as others have something
 * else to do: it has loaded that database already.
 */
import { Tinypool } from "tinypool";
import type { ExperimentInput } from "../experiment/spec.ts";
import { databaseNameOf } from "../experiment/workloads/database-images.ts";
import type { PointOutcome } from "./pool-worker.ts";

const WORKER = new URL("./pool-thread.js", import.meta.url);

interface Job {
  readonly input: ExperimentInput;
  readonly database: string | undefined;
  readonly resolve: (outcome: PointOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerCrew {
  /** Each pool has one thread, so that a worker can be chosen. */
  readonly #workers: readonly Tinypool[];
  readonly #idle: Set<Tinypool>;
  readonly #jobs: Job[] = [];
  /** Who was the first to load each database. */
  readonly #loadedBy = new Map<string, Tinypool>();

  /** @param name the function that answers a spec. */
  constructor(workers: number, name: "runPoint" | "runLongPoint") {
    this.#workers = Array.from(
      { length: workers },
      () => new Tinypool({ filename: WORKER.href, name, minThreads: 1, maxThreads: 1 }),
    );
    this.#idle = new Set(this.#workers);
  }

  answer(input: ExperimentInput): Promise<PointOutcome> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ input, database: databaseNameOf(input), resolve, reject });
      this.#assign();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.destroy()));
  }

  #assign(): void {
    for (const worker of this.#idle) {
      const job = this.#takeFor(worker);
      if (job === undefined) return;
      this.#idle.delete(worker);
      void this.#work(worker, job);
    }
  }

  async #work(worker: Tinypool, { input, resolve, reject }: Job): Promise<void> {
    try {
      resolve((await worker.run(input)) as PointOutcome);
    } catch (error) {
      reject(error);
    }
    this.#idle.add(worker);
    this.#assign();
  }

  /** The oldest job whose database nobody else has loaded, or else the oldest. */
  #takeFor(worker: Tinypool): Job | undefined {
    const found = this.#jobs.findIndex(({ database }) => {
      const owner = database === undefined ? worker : (this.#loadedBy.get(database) ?? worker);
      return owner === worker;
    });
    const [job] = this.#jobs.splice(Math.max(0, found), 1);
    if (job?.database !== undefined && !this.#loadedBy.has(job.database)) {
      this.#loadedBy.set(job.database, worker);
    }
    return job;
  }
}
