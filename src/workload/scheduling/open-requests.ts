/**
 * Open-loop requests over a pool of threads: arrivals do not wait for answers.
 *
 * A request arrives from outside (nobody pays for that), goes to a thread of the pool that waits,
 * or queues until one is free. The thread does the request's work and takes the next.
 *
 * Not modelled: the network, and the thread that would read requests from it.
 */
import { exponential } from "../../base/distribution.ts";
import { RandomStream } from "../../base/random.ts";
import { IntRing } from "../../base/ring.ts";
import { PS_PER_SECOND } from "../../base/units.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { type Compute, PARK, type Thread, type ThreadTask, YIELD } from "../../os/model.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Window } from "../job-statistics.ts";
import { RateStaircase, type StaircasePlan } from "./rate-staircase.ts";
import { SchedulingStatistics, type SchedulingWork } from "./scheduling-statistics.ts";
import { isLong, type ServiceTime, sampleService } from "./service-time.ts";

export interface OpenRequestsPlan {
  readonly ratePerS: number;
  readonly service: ServiceTime;
  /** Threads of the pool. */
  readonly threads: number;
  /** Work after which a request yields; 0: never. */
  readonly yieldEveryPs: number;
  /** Looks for the highest rate that keeps a latency limit, instead of offering one rate. */
  readonly staircase: StaircasePlan | undefined;
  readonly seed: number;
}

export class OpenRequests implements SchedulingWork {
  readonly statistics: SchedulingStatistics;
  outstanding = 0;
  readonly #plan: OpenRequestsPlan;
  readonly #simulation: Simulation;
  readonly #handler: number;
  readonly #arrivals: RandomStream;
  readonly #services: RandomStream;
  readonly #staircase: RateStaircase | undefined;
  /** Requests, by number: when each arrived and what it takes. */
  readonly #arrivedPs: number[] = [];
  readonly #servicePs: number[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #queue = new IntRing(1_024);
  readonly #waiting: Thread[] = [];
  #isStopping = false;

  constructor(plan: OpenRequestsPlan, simulation: Simulation, window: Window) {
    this.statistics = new SchedulingStatistics(window);
    this.#plan = plan;
    this.#simulation = simulation;
    this.#arrivals = new RandomStream(plan.seed, "request arrivals");
    this.#services = new RandomStream(plan.seed, "request services");
    this.#staircase = plan.staircase && new RateStaircase(plan.staircase);
    this.#handler = simulation.register({ handle: () => this.#arrive() });
    this.#scheduleNext();
  }

  stop(): void {
    this.#isStopping = true;
    for (const thread of this.#waiting) thread.wake(this.#simulation.nowPs);
    this.#waiting.length = 0;
    this.statistics.kneePerS = this.#staircase?.kneePerS;
  }

  *body(thread: Thread): ThreadTask {
    const { yieldEveryPs } = this.#plan;
    const work: Compute = { kind: "compute", cause: CAUSE.application, remainingPs: 0 };
    while (true) {
      const request = this.#queue.shift();
      if (request === undefined) {
        if (this.#isStopping) return;
        this.#waiting.push(thread);
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

  #arrive(): void {
    if (this.#isStopping) return;
    const { nowPs } = this.#simulation;
    const request = this.#freeNumbers.pop() ?? this.#arrivedPs.length;
    this.#arrivedPs[request] = nowPs;
    this.#servicePs[request] = sampleService(this.#plan.service, this.#services);
    this.outstanding += 1;
    this.#queue.push(request);
    this.#waiting.pop()?.wake(nowPs);
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    const { nowPs } = this.#simulation;
    const staircase = this.#staircase;
    const ratePerS = staircase?.ratePerS(nowPs) ?? this.#plan.ratePerS;
    if (staircase?.isOver === true) return;
    const gapPs = Math.round(exponential(this.#arrivals, PS_PER_SECOND / ratePerS));
    this.#simulation.schedule(nowPs + gapPs, this.#handler, 0);
  }

  #end(request: number, atPs: number): void {
    const arrivedPs = this.#arrivedPs[request]!;
    const { service } = this.#plan;
    this.outstanding -= 1;
    this.statistics.ended(arrivedPs, atPs, isLong(service, this.#servicePs[request]!));
    this.#staircase?.ended(arrivedPs, atPs - arrivedPs);
    this.#freeNumbers.push(request);
  }
}
