/**
 * Which entry comes next: uniform or Zipf.
 *
 * Zipf ranks are drawn by rejection-inversion (Hörmann & Derflinger 1996): no table, about one draw
 * per rank, any exponent > 0. `ZipfKeys` returns ranks, the most popular one first; whoever lays
 * entries out scatters them, so that popular entries do not share pages.
 */
import { exp, ln } from "../base/maths.ts";
import type { RandomStream } from "../base/random.ts";

export interface KeyChooser {
  /** The next of `count` entries, 0 ≤ rank < count. */
  next(count: number): number;
}

export class UniformKeys implements KeyChooser {
  readonly #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  next(count: number): number {
    return this.#random.below(count);
  }
}

export class ZipfKeys implements KeyChooser {
  readonly #random: RandomStream;
  readonly #theta: number;
  readonly #from: number;
  #count = 0;
  /** Integral of the density at both ends, and the share that is accepted without a look. */
  #low = 0;
  #high = 0;
  #squeeze = 0;

  /**
   * @param theta rank r is drawn with a probability proportional to r to the power −theta.
   * @param leftOut so many of the first ranks are never drawn.
   */
  constructor(random: RandomStream, theta: number, leftOut = 0) {
    if (!(theta > 0 && theta <= 10)) throw new RangeError(`${theta} is no exponent of Zipf's law`);
    this.#random = random;
    this.#theta = theta;
    this.#from = leftOut + 1;
  }

  next(count: number): number {
    if (count !== this.#count) this.#prepare(count);
    while (true) {
      const height = this.#high + this.#random.fraction() * (this.#low - this.#high);
      const x = this.#inverse(height);
      const rank = Math.min(count, Math.max(this.#from, Math.floor(x + 0.5)));
      if (rank - x <= this.#squeeze || height >= this.#integral(rank + 0.5) - this.#density(rank)) {
        return rank - 1;
      }
    }
  }

  #prepare(count: number): void {
    this.#count = count;
    this.#low = this.#integral(this.#from + 0.5) - this.#density(this.#from);
    this.#high = this.#integral(count + 0.5);
    this.#squeeze = 2 - this.#inverse(this.#integral(2.5) - this.#density(2));
  }

  #density(x: number): number {
    return exp(-this.#theta * ln(x));
  }

  #integral(x: number): number {
    return zipfIntegral(x, this.#theta);
  }

  #inverse(height: number): number {
    const exponent = 1 - this.#theta;
    const scaled = height * exponent;
    // Near exponent 0 the integral is the logarithm.
    if (scaled < 1e-8 && scaled > -1e-8) return exp(height * (1 - scaled / 2));
    return exp(ln(1 + scaled) / exponent);
  }
}

/** ∫ x^−theta, zero at x = 1. */
export function zipfIntegral(x: number, theta: number): number {
  const logarithm = ln(x);
  const scaled = (1 - theta) * logarithm;
  if (scaled < 1e-8 && scaled > -1e-8) return logarithm * (1 + scaled / 2);
  return (exp(scaled) - 1) / (1 - theta);
}

/** Largest `2^k − 1` that is to `range` at most as `mask` is to `fullRange`; at least 1. */
export function scaledMask(mask: number, fullRange: number, range: number): number {
  const wanted = ((mask + 1) * range) / fullRange;
  let size = 2;
  while (2 * size <= wanted * 1.001) size *= 2;
  return size - 1;
}
