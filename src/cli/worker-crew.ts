/**
 * Worker threads that share a queue of specs.
 *
 * Specs that begin with the same database go to the same worker as long as others have something
 * else to do: it has loaded that database already.
 */
import type { ExperimentInput } from "../experiment/spec.ts";
import { databaseNameOf } from "../experiment/workloads/database-images.ts";
import type { PointOutcome } from "./pool-worker.ts";

/** A thread that answers one spec after the other. */
export interface CrewWorker {
  run(input: ExperimentInput): Promise<PointOutcome>;
  destroy(): Promise<void>;
}

interface Job {
  readonly input: ExperimentInput;
  readonly database: string | undefined;
  readonly resolve: (outcome: PointOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerCrew {
  readonly #workers: readonly CrewWorker[];
  readonly #idle: Set<CrewWorker>;
  readonly #jobs: Job[] = [];
  #isClosed = false;
  /** Who was the first to load each database. */
  readonly #loadedBy = new Map<string, CrewWorker>();

  constructor(workers: readonly CrewWorker[]) {
    this.#workers = workers;
    this.#idle = new Set(workers);
  }

  answer(input: ExperimentInput): Promise<PointOutcome> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ input, database: databaseNameOf(input), resolve, reject });
      // Whoever asks for several specs asks for all before one is given out.
      queueMicrotask(() => this.#assign());
    });
  }

  /** Ends the workers; whoever waits for an answer is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#jobs.splice(0)) reject(new Error("the workers have ended"));
    await Promise.all(this.#workers.map((worker) => worker.destroy()));
  }

  #assign(): void {
    if (this.#isClosed) return;
    for (const worker of this.#idle) {
      const job = this.#takeFor(worker);
      if (job === undefined) return;
      this.#idle.delete(worker);
      void this.#work(worker, job);
    }
  }

  async #work(worker: CrewWorker, { input, resolve, reject }: Job): Promise<void> {
    try {
      resolve(await worker.run(input));
    } catch (error) {
      reject(error);
    }
    this.#idle.add(worker);
    this.#assign();
  }

  /** The oldest job whose database nobody else has loaded, or else the oldest. */
  #takeFor(worker: CrewWorker): Job | undefined {
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
