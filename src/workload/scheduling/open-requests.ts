/**
 * Open-loop requests over a pool of threads: arrivals do not wait for answers.
 *
 * A request arrives from outside (nobody pays for that), goes to a thread of the pool that waits,
 * or queues until one is free. It is that thread's from then on: one that ends another request
 * meanwhile does not take it, which would carry short requests past all threads that are runnable.
 * Under a dispatcher one that queues waits for it too: no task takes the next request by itself.
 *
 * Not modelled: the network, and the thread that would read requests from it.
 */
import { exponential } from "../../base/distribution.ts";
import { RandomStream } from "../../base/random.ts";
import { IntRing } from "../../base/ring.ts";
import { PS_PER_SECOND } from "../../base/units.ts";
import { UsageError } from "../../base/usage-error.ts";
import { CAUSE, type Compute, PARK, type Thread, type ThreadTask, YIELD } from "../../os/model.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Window } from "../job-statistics.ts";
import { type KneePlan, KneeSearch } from "./knee-search.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";
import { isLong, type ServiceTime, sampleService } from "./service-time.ts";

const NOTHING = -1;
/** What an event is for: a request arrives, or one that queues may be given to a thread. */
const ARRIVAL = 0;
const HANDING_OVER = 1;

export interface OpenRequestsPlan {
  readonly ratePerS: number;
  readonly service: ServiceTime;
  /** Threads of the pool. */
  readonly threads: number;
  /** Whether a dispatcher creates a task for each request. */
  readonly isDispatched: boolean;
  /** Work after which a request yields; 0: never. */
  readonly yieldEveryPs: number;
  /** Looks for the highest rate that keeps a latency limit, instead of offering one rate. */
  readonly knee: KneePlan | undefined;
  readonly seed: number;
}

export class OpenRequests implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  outstanding = 0;
  readonly #plan: OpenRequestsPlan;
  readonly #simulation: Simulation;
  readonly #handler: number;
  #arrivals!: RandomStream;
  #services!: RandomStream;
  readonly #knee: KneeSearch | undefined;
  /** Requests, by number: when each arrived and what it takes. */
  readonly #arrivedPs: number[] = [];
  readonly #servicePs: number[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #queue = new IntRing(1_024);
  readonly #waiting: Thread[] = [];
  /** Their numbers, and by number the request that a thread was given. */
  readonly #waitingNumbers: number[] = [];
  readonly #given: Int32Array;
  #isArrivalDue = false;
  #isStopping = false;

  constructor(plan: OpenRequestsPlan, simulation: Simulation, window: Window) {
    this.statistics = new SchedulingStatistics(window);
    this.#plan = plan;
    this.#simulation = simulation;
    this.#given = new Int32Array(plan.threads).fill(NOTHING);
    this.#knee = plan.knee && new KneeSearch(plan.knee);
    this.#handler = simulation.register({
      handle: (what) => (what === ARRIVAL ? this.#arrive() : this.#handOver()),
    });
    this.#begin();
  }

  stop(): void {
    this.#isStopping = true;
    for (const thread of this.#waiting) thread.wake(this.#simulation.nowPs);
    this.#waiting.length = 0;
    const knee = this.#knee;
    if (knee === undefined) return;
    if (!knee.isOver) {
      throw new UsageError("runtimeUs: too short to find the knee; allow more, or fewer rates");
    }
    if (knee.isBeyond) {
      throw new UsageError(
        `knee.toPerS: even ${Math.round(knee.kneePerS)} requests/s keep the limit; offer more`,
      );
    }
    this.statistics.kneePerS = knee.kneePerS;
  }

  /** `thread`, number `number` of the pool, waits for a request. */
  waits(number: number, thread: Thread): void {
    this.#waiting.push(thread);
    this.#waitingNumbers.push(number);
  }

  *body(number: number, thread: Thread): ThreadTask {
    const { yieldEveryPs } = this.#plan;
    const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
    while (true) {
      const request = this.#next(number);
      if (request === undefined) {
        if (this.#isStopping && this.#queue.length === 0) return;
        this.waits(number, thread);
        if (this.#queue.length > 0) this.#schedule(thread.core.cursorPs, HANDING_OVER);
        yield PARK;
        continue;
      }
      const arrivedPs = this.#arrivedPs[request]!;
      const servicePs = this.#servicePs[request]!;
      this.statistics.began(arrivedPs, thread.core.cursorPs);
      if (yieldEveryPs === 0) {
        work.remainingPs = servicePs;
        yield work;
      } else {
        for (let leftPs = servicePs; leftPs > 0; leftPs -= yieldEveryPs) {
          work.remainingPs = Math.min(leftPs, yieldEveryPs);
          yield work;
          if (leftPs > yieldEveryPs) yield YIELD;
        }
      }
      this.#end(request, thread.core.cursorPs);
    }
  }

  /**
   * Every rate of a search is offered the same requests, closer together or farther apart: what
   * tells two rates or two systems apart is then not their luck.
   */
  #begin(): void {
    this.#arrivals = new RandomStream(this.#plan.seed, "request arrivals");
    this.#services = new RandomStream(this.#plan.seed, "request services");
    this.#scheduleNext();
  }

  #arrive(): void {
    this.#isArrivalDue = false;
    if (this.#isStopping) return;
    const { nowPs } = this.#simulation;
    const request = this.#freeNumbers.pop() ?? this.#arrivedPs.length;
    this.#arrivedPs[request] = nowPs;
    this.#servicePs[request] = sampleService(this.#plan.service, this.#services);
    this.outstanding += 1;
    this.#queue.push(request);
    this.#handOver();
    this.#scheduleNext();
  }

  /** Gives the request that has queued for longest to a thread that waits, if there are both. */
  #handOver(): void {
    if (this.#queue.length === 0) return;
    const thread = this.#waiting.pop();
    if (thread === undefined) return;
    this.#given[this.#waitingNumbers.pop()!] = this.#queue.shift()!;
    thread.wake(this.#simulation.nowPs);
  }

  /** What thread `number` was given, or else the request that has queued for longest. */
  #next(number: number): number | undefined {
    const given = this.#given[number]!;
    if (given === NOTHING) return this.#plan.isDispatched ? undefined : this.#queue.shift();
    this.#given[number] = NOTHING;
    return given;
  }

  #scheduleNext(): void {
    const { nowPs } = this.#simulation;
    const ratePerS = this.#knee?.ratePerS(nowPs) ?? this.#plan.ratePerS;
    if (ratePerS === 0) return;
    const gapPs = Math.round(exponential(this.#arrivals, PS_PER_SECOND / ratePerS));
    this.#schedule(nowPs + gapPs, ARRIVAL);
    this.#isArrivalDue = true;
  }

  #schedule(atPs: number, what: number): void {
    this.#simulation.schedule(Math.max(atPs, this.#simulation.nowPs), this.#handler, what);
  }

  #end(request: number, atPs: number): void {
    const arrivedPs = this.#arrivedPs[request]!;
    const { service } = this.#plan;
    this.outstanding -= 1;
    this.statistics.ended(arrivedPs, atPs, isLong(service, this.#servicePs[request]!));
    this.#freeNumbers.push(request);
    const knee = this.#knee;
    if (knee === undefined || this.#isStopping) return;
    knee.ended(arrivedPs, atPs - arrivedPs);
    const isEmpty = this.outstanding === 0 && !this.#isArrivalDue;
    if (isEmpty && knee.drained(atPs)) this.#begin();
  }
}
