/**
 * Finds the knee of an open system: the offered rate rises in steps until a percentile of latency
 * breaks its limit.
 *
 * A level's requests are those that arrive in it, less the first fifth, in which the queues of the
 * level before fade. A level is judged when the next one ends, so that long requests are in.
 */
import { Histogram } from "../../base/histogram.ts";

export interface StaircasePlan {
  readonly fromPerS: number;
  readonly toPerS: number;
  /** Factor between two levels, > 1. */
  readonly factor: number;
  readonly levelPs: number;
  readonly percent: number;
  readonly limitPs: number;
}

/** Share of a level that is not measured. */
const SETTLING_SHARE = 0.2;

export class RateStaircase {
  readonly #plan: StaircasePlan;
  #ratePerS: number;
  #levelStartPs = 0;
  #latencyPs = new Histogram();
  #before: { ratePerS: number; latencyPs: Histogram } | undefined;
  /** Highest rate whose percentile was within the limit; 0: none yet. */
  kneePerS = 0;
  /** The limit was broken, or the top reached. */
  isOver = false;

  constructor(plan: StaircasePlan) {
    this.#plan = plan;
    this.#ratePerS = plan.fromPerS;
  }

  /** The offered rate at `nowPs`, ascending from call to call. */
  ratePerS(nowPs: number): number {
    while (!this.isOver && nowPs >= this.#levelStartPs + this.#plan.levelPs) this.#nextLevel();
    return this.#ratePerS;
  }

  /** A request that arrived at `arrivedPs` has taken `latencyPs`. */
  ended(arrivedPs: number, latencyPs: number): void {
    const intoLevelPs = arrivedPs - this.#levelStartPs;
    const settlingPs = SETTLING_SHARE * this.#plan.levelPs;
    if (intoLevelPs >= settlingPs) this.#latencyPs.record(latencyPs);
    else if (intoLevelPs < 0 && intoLevelPs >= settlingPs - this.#plan.levelPs) {
      this.#before?.latencyPs.record(latencyPs);
    }
  }

  #nextLevel(): void {
    const { percent, limitPs, factor, toPerS, levelPs } = this.#plan;
    const before = this.#before;
    if (before !== undefined) {
      if (before.latencyPs.percentile(percent) <= limitPs) this.kneePerS = before.ratePerS;
      else this.isOver = true;
    }
    this.#before = { ratePerS: this.#ratePerS, latencyPs: this.#latencyPs };
    this.#latencyPs = new Histogram();
    this.#levelStartPs += levelPs;
    this.#ratePerS *= factor;
    if (this.#ratePerS > toPerS) this.isOver = true;
  }
}
