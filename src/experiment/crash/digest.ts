/**
 * Digests of sets: of the records of a database, of the sectors of an image.
 *
 * A digest is a sum over the members' hashes, so members come and go in any order and one by one.
 * Two lanes of 32 bits; collisions among the 10^5 states of an exploration are out of the question.
 */
const TWO_21 = 2_097_152;

export class SetDigest {
  #low = 0;
  #high = 0;

  /** @param sign 1 to put a member in, −1 to take it out. */
  apply(low: number, high: number, sign: 1 | -1): void {
    this.#low = (this.#low + sign * low) | 0;
    this.#high = (this.#high + sign * high) | 0;
  }

  copy(): SetDigest {
    const twin = new SetDigest();
    twin.#low = this.#low;
    twin.#high = this.#high;
    return twin;
  }

  /** The digest as a safe integer. */
  get value(): number {
    return (this.#low >>> 0) * TWO_21 + (this.#high >>> 11);
  }
}

/** One lane's hash of `bytes`, continued from `state`. */
export function hashBytes(bytes: Uint8Array, state: number): number {
  let hash = state | 0;
  for (let index = 0; index < bytes.length; index++) {
    hash = Math.imul(hash ^ bytes[index]!, 0x0100_0193);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** One lane's hash of whole 32-bit words. */
export function hashWords(words: Uint32Array, from: number, count: number, state: number): number {
  let hash = state | 0;
  for (let index = from; index < from + count; index++) {
    hash = Math.imul(hash ^ words[index]!, 0x85eb_ca6b);
    hash ^= hash >>> 13;
  }
  return hash;
}

/** Puts a record of tree `tree` into `digest`, or takes it out. */
export function applyRecord(
  digest: SetDigest,
  tree: number,
  key: Uint8Array,
  value: Uint8Array,
  sign: 1 | -1,
): void {
  const low = hashBytes(value, hashBytes(key, tree + 1) ^ key.length);
  const high = hashBytes(value, hashBytes(key, ~tree) ^ 0x5bd1_e995);
  digest.apply(low, high, sign);
}
