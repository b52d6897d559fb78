/**
 * Finds the knee of an open system: the highest of several offered rates at which a percentile of
 * latency keeps its limit, by bisection.
 *
 * A rate is offered for one level of time, then nothing arrives until the system is empty, so that
 * every request is judged and no level sees the queues of another. Requests of a level's beginning
 * are not judged: queues have to grow first. A level that is lost already is cut short.
 */
import { PS_PER_SECOND } from "../../base/units.ts";

/** Share of a level that is not judged. */
const SETTLING_SHARE = 0.2;
/** So many times the late requests that a level may have cut it short: it is lost for certain. */
const CERTAINTY = 1.1;

export interface KneePlan {
  readonly fromPerS: number;
  readonly toPerS: number;
  /** Factor between two rates, > 1. */
  readonly factor: number;
  readonly levelPs: number;
  readonly percent: number;
  readonly limitPs: number;
}

export class KneeSearch {
  readonly #plan: KneePlan;
  readonly #ratesPerS: readonly number[];
  /** Positions of the highest rate known to keep the limit (-1: none) and the lowest not to. */
  #kept = -1;
  #broken: number;
  #position = 0;
  #levelStartPs = 0;
  /** Judged requests of this level, and those of them beyond the limit. */
  #judged = 0;
  #late = 0;
  /** Late requests with which a level is lost, whatever else comes. */
  #tooLate = 0;
  #isDraining = false;
  isOver = false;

  constructor(plan: KneePlan) {
    this.#plan = plan;
    this.#ratesPerS = ratesOf(plan);
    this.#broken = this.#ratesPerS.length;
    this.#beginLevel(0);
  }

  /** Highest rate that kept the limit, as far as the search has come; 0: none. */
  get kneePerS(): number {
    return this.#ratesPerS[this.#kept] ?? 0;
  }

  /** Whether even the highest rate kept the limit: the knee lies beyond what was offered. */
  get isBeyond(): boolean {
    return this.#kept === this.#ratesPerS.length - 1;
  }

  /** The rate to offer from `nowPs` on; 0: nothing may arrive until `drained`. */
  ratePerS(nowPs: number): number {
    if (nowPs >= this.#levelStartPs + this.#plan.levelPs) this.#isDraining = true;
    return this.#isDraining || this.isOver ? 0 : this.#ratesPerS[this.#position]!;
  }

  /** A request that arrived at `arrivedPs` has taken `latencyPs`. */
  ended(arrivedPs: number, latencyPs: number): void {
    if (arrivedPs < this.#levelStartPs + SETTLING_SHARE * this.#plan.levelPs) return;
    this.#judged += 1;
    if (latencyPs <= this.#plan.limitPs) return;
    this.#late += 1;
    if (this.#late > this.#tooLate) this.#isDraining = true;
  }

  /** The system is empty; returns whether the next level begins now. */
  drained(nowPs: number): boolean {
    if (!this.#isDraining || this.isOver) return false;
    if (this.#late * 100 <= this.#judged * (100 - this.#plan.percent)) this.#kept = this.#position;
    else this.#broken = this.#position;
    this.isOver = this.#broken - this.#kept <= 1;
    this.#beginLevel(nowPs);
    return !this.isOver;
  }

  #beginLevel(nowPs: number): void {
    const { levelPs, percent } = this.#plan;
    this.#position = Math.min(this.#ratesPerS.length - 1, (this.#kept + this.#broken) >> 1);
    this.#levelStartPs = nowPs;
    this.#isDraining = false;
    this.#judged = 0;
    this.#late = 0;
    const seconds = ((1 - SETTLING_SHARE) * levelPs) / PS_PER_SECOND;
    const expected = this.#ratesPerS[this.#position]! * seconds;
    this.#tooLate = (expected * CERTAINTY * (100 - percent)) / 100;
  }
}

function ratesOf({ fromPerS, toPerS, factor }: KneePlan): number[] {
  const rates: number[] = [];
  for (let rate = fromPerS; rate <= toPerS; rate *= factor) rates.push(rate);
  return rates;
}
