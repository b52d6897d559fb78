/**
 * Long queries beside short transactions that arrive in batches.
 *
 * Each worker core has a thread that runs one long query after the other and an urgent one that
 * runs the short transactions that the core is given. What lets the urgent thread run is the
 * scheduler's: the end of a query, the query's own yields, or preemption.
 */
import { RandomStream } from "../../base/random.ts";
import { IntRing } from "../../base/ring.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { type Compute, PARK, type Thread, type ThreadTask, YIELD } from "../../os/model.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Window } from "../job-statistics.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";
import { type ServiceTime, sampleService } from "./service-time.ts";

export interface QueryPlan {
  /** Cores, each with a query and its share of the batch. */
  readonly workers: number;
  readonly query: ServiceTime;
  readonly transaction: ServiceTime;
  /** Transactions that arrive at once, and how often. */
  readonly batch: number;
  readonly batchEveryPs: number;
  /** Work after which a query yields; 0: only between queries. */
  readonly yieldEveryPs: number;
  readonly seed: number;
}

export class QueryBesideTransactions implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  outstanding = 0;
  readonly #plan: QueryPlan;
  readonly #simulation: Simulation;
  readonly #handler: number;
  /** Arrival times, in microseconds would lose bits: batch numbers per worker. */
  readonly #queues: readonly IntRing[];
  readonly #urgent: (Thread | undefined)[];
  readonly #batchPs: number[] = [];
  #batches = 0;
  #isStopping = false;

  constructor(plan: QueryPlan, simulation: Simulation, window: Window) {
    this.statistics = new SchedulingStatistics(window);
    this.#plan = plan;
    this.#simulation = simulation;
    this.#queues = Array.from({ length: plan.workers }, () => new IntRing(64));
    this.#urgent = new Array<undefined>(plan.workers).fill(undefined);
    this.#handler = simulation.register({ handle: () => this.#arrive() });
    simulation.schedule(plan.batchEveryPs, this.#handler, 0);
  }

  stop(): void {
    this.#isStopping = true;
    for (const thread of this.#urgent) thread?.wake(this.#simulation.nowPs);
  }

  /** The thread of worker `index` that runs queries. */
  *queries(index: number, thread: Thread): ThreadTask {
    const { query, yieldEveryPs, seed } = this.#plan;
    const stream = new RandomStream(seed, `queries ${index}`);
    const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
    while (!this.#isStopping) {
      const beganPs = thread.core.cursorPs;
      const servicePs = sampleService(query, stream);
      const piecePs = yieldEveryPs === 0 ? servicePs : yieldEveryPs;
      this.outstanding += 1;
      for (let leftPs = servicePs; leftPs > 0; leftPs -= piecePs) {
        work.remainingPs = Math.min(leftPs, piecePs);
        yield work;
        if (leftPs > piecePs) yield YIELD;
      }
      this.outstanding -= 1;
      this.statistics.ended(beganPs, thread.core.cursorPs, true);
      yield YIELD;
    }
  }

  /** The thread of worker `index` that runs short transactions. */
  *transactions(index: number, thread: Thread): ThreadTask {
    const { transaction, seed } = this.#plan;
    const stream = new RandomStream(seed, `transactions ${index}`);
    const queue = this.#queues[index]!;
    const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
    this.#urgent[index] = thread;
    while (true) {
      const batch = queue.shift();
      if (batch === undefined) {
        if (this.#isStopping) return;
        yield PARK;
        continue;
      }
      const arrivedPs = this.#batchPs[batch % this.#batchPs.length]!;
      this.statistics.began(arrivedPs, thread.core.cursorPs);
      work.remainingPs = sampleService(transaction, stream);
      yield work;
      this.outstanding -= 1;
      this.statistics.ended(arrivedPs, thread.core.cursorPs, false);
    }
  }

  #arrive(): void {
    if (this.#isStopping) return;
    const { batch, batchEveryPs, workers } = this.#plan;
    const { nowPs } = this.#simulation;
    this.#batchPs.push(nowPs);
    for (let position = 0; position < batch; position++) {
      this.#queues[position % workers]!.push(this.#batches);
    }
    this.#batches += 1;
    this.outstanding += batch;
    for (const thread of this.#urgent) thread?.wake(nowPs);
    this.#simulation.schedule(nowPs + batchEveryPs, this.#handler, 0);
  }
}
