/**
 * Long queries beside short transactions that arrive in batches.
 *
 * Each worker core has a thread that runs one long query after the other and an urgent one that
 * runs the short transactions that the core is given. What lets the urgent thread run is the
 * scheduler's: the end of a query, the query's own yields, or preemption.
 *
 * A worker's queue may hold only so many transactions. Then the rest of a batch waits until a
 * worker has taken one, whichever it is, and the next batch arrives only after that: whoever places
 * transactions does nothing else meanwhile. So workers between two queries run more than their
 * share, while those in the middle of one keep what they were given.
 * [preemptdb-source benchmarks/tpcc/tpcc-sequential.cc MyWork]
 */
import { RandomStream } from "../../base/random.ts";
import { IntRing } from "../../base/ring.ts";
import { CAUSE, type Compute, PARK, type Thread, type ThreadTask, YIELD } from "../../os/model.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Window } from "../job-statistics.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";
import { type ServiceTime, sampleService } from "./service-time.ts";

export interface QueryPlan {
  /** Cores, each with a query and its share of the batch. */
  readonly workers: number;
  readonly query: ServiceTime;
  readonly transaction: ServiceTime;
  /** By chance a transaction is of another kind, which is not measured as short work. */
  readonly others: { readonly share: number; readonly service: ServiceTime } | undefined;
  /** Transactions that arrive at once, and how often. */
  readonly batch: number;
  readonly batchEveryPs: number;
  /** Transactions that a worker's queue holds; 0: any number. */
  readonly queueDepth: number;
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
  /** Transactions of the last batch that no worker has been given yet. */
  #unplaced = 0;
  /** A batch is due and waits for the one before it to be placed. */
  #isLate = false;
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
    const { transaction, others, seed } = this.#plan;
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
      if (this.#unplaced > 0) this.#refill(queue, thread.core.cursorPs);
      const arrivedPs = this.#batchPs[batch % this.#batchPs.length]!;
      this.statistics.began(arrivedPs, thread.core.cursorPs);
      const isOther = others !== undefined && stream.fraction() < others.share;
      work.remainingPs = sampleService(isOther ? others.service : transaction, stream);
      yield work;
      this.outstanding -= 1;
      if (isOther) this.statistics.endedOther(arrivedPs, thread.core.cursorPs);
      else this.statistics.ended(arrivedPs, thread.core.cursorPs, false);
    }
  }

  #arrive(): void {
    if (this.#isStopping) return;
    if (this.#unplaced > 0) {
      this.#isLate = true;
      return;
    }
    const { batch, batchEveryPs } = this.#plan;
    const { nowPs } = this.#simulation;
    this.#isLate = false;
    this.#batchPs.push(nowPs);
    this.#unplaced = batch;
    this.outstanding += batch;
    this.#place();
    this.#batches += 1;
    // Whoever has been given nothing is not disturbed.
    for (const [worker, queue] of this.#queues.entries()) {
      if (queue.length > 0) this.#urgent[worker]?.wake(nowPs);
    }
    this.#simulation.schedule(nowPs + batchEveryPs, this.#handler, 0);
  }

  /** Gives the batch to the workers in turn, as far as their queues have room. */
  #place(): void {
    const { workers, queueDepth } = this.#plan;
    for (let next = 0, full = 0; this.#unplaced > 0 && full < workers; ) {
      const queue = this.#queues[next]!;
      if (queueDepth === 0 || queue.length < queueDepth) {
        queue.push(this.#batches);
        this.#unplaced -= 1;
        full = 0;
      } else full += 1;
      next = (next + 1) % workers;
    }
  }

  /** A worker has taken a transaction at `atPs`: there is room for one that was not placed. */
  #refill(queue: IntRing, atPs: number): void {
    queue.push(this.#batches - 1);
    this.#unplaced -= 1;
    if (this.#unplaced > 0 || !this.#isLate) return;
    this.#simulation.schedule(Math.max(atPs, this.#simulation.nowPs), this.#handler, 0);
  }
}
