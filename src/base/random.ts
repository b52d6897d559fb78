/**
 * Seeded random streams: every consumer has its own, found by name.
 *
 * Two consumers never share a stream, so adding a draw in one place does not change what another
 * draws. The generator is xoroshiro128+ of the `pure-rand` library.
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

const TWO_32 = 4_294_967_296;

/** Hash of a name and a seed to 32 bits (FNV-1a with a final avalanche). */
export function streamSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const word of [seed >>> 0, Math.floor(seed / TWO_32) >>> 0]) {
    for (let shift = 0; shift < 32; shift += 8) {
      hash = Math.imul(hash ^ ((word >>> shift) & 0xff), 0x01000193);
    }
  }
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return mixBits(hash);
}

/** Bijective mixing of 32 bits, each input bit moving about half of the output bits. */
export function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) | 0;
}

/** What `mixBits` made of it: `unmixBits(mixBits(x))` is x. */
export function unmixBits(mixed: number): number {
  let bits = mixed ^ (mixed >>> 16);
  bits = Math.imul(bits, 0x43021123);
  bits = Math.imul(bits ^ (bits >>> 15) ^ (bits >>> 30), 0x1d69e2a5);
  return (bits ^ (bits >>> 16)) | 0;
}

/** One consumer's random numbers. */
export class RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number, name: string) {
    this.#generator = xoroshiro128plus(streamSeed(seed, name));
  }

  /** Uniform in [0, 1), from 32 random bits. */
  fraction(): number {
    return (this.#generator.next() >>> 0) / TWO_32;
  }

  /**
   * Uniform integer in [0, bound), bound ≤ 2^53.
   *
   * Below 2^21 values one draw of 32 bits is scaled (bias < 2^-11 per value); above, 53 bits are.
   */
  below(bound: number): number {
    const high = this.#generator.next() >>> 0;
    if (bound <= 0x20_0000) return Math.floor((high / TWO_32) * bound);
    const low = this.#generator.next() >>> 11;
    return Math.floor(((high * 0x20_0000 + low) / 9_007_199_254_740_992) * bound);
  }
}
