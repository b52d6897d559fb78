/**
 * Log-linear histogram of durations.
 *
 * Each power of two is cut into 128 equal buckets, found from the leading bits of the IEEE double,
 * so recording is two loads and an add. A percentile is off by at most 1/256 of its value (the middle
 * of a bucket is reported); minimum and maximum are exact, mean and standard deviation up to rounding.
 */
const SUB_BUCKET_BITS = 7;
/** Values from 2^54 ps on are refused: exponents 0 to 53 remain. */
const LIMIT = 18_014_398_509_481_984;
/** Bucket 0 holds what is below 1, so that a duration of 0 is not mistaken for 1. */
const BUCKETS = 1 + (54 << SUB_BUCKET_BITS);
const EXPONENT_BIAS = (1023 << SUB_BUCKET_BITS) - 1;

const asFloat = new Float64Array(1);
const asWords = new Uint32Array(asFloat.buffer);
// Word order of this machine: the word that holds the exponent.
asFloat[0] = 1;
const HIGH_WORD = asWords[1] === 0x3ff00000 ? 1 : 0;

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /**
   * Records one duration ≥ 0; percentiles take one below 1 for 0.
   * @throws RangeError when it is negative, not a number, or 2^54 and above.
   */
  record(value: number): void {
    if (!(value >= 0 && value < LIMIT)) throw new RangeError(`${value} ps is not a duration`);
    this.#counts[bucketOf(value)]! += 1;
    this.#count += 1;
    this.#sum += value;
    this.#sumOfSquares += value * value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  get count(): number {
    return this.#count;
  }

  /** Smallest recorded value; 0 when empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  get max(): number {
    return this.#max;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Population standard deviation. */
  get standardDeviation(): number {
    if (this.#count === 0) return 0;
    const mean = this.mean;
    return Math.sqrt(Math.max(0, this.#sumOfSquares / this.#count - mean * mean));
  }

  /**
   * The value at or below which `percent` of the records lie, 0 < percent ≤ 100; 0 when empty.
   *
   * Never outside [min, max].
   */
  percentile(percent: number): number {
    // 99.9 % of 1000 records are 999, although 99.9 / 100 * 1000 is a little more in binary.
    const exact = ((percent * this.#count) / 100) * (1 - 2 * Number.EPSILON);
    const rank = Math.max(1, Math.ceil(exact));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank && seen > 0) {
        return Math.min(this.#max, Math.max(this.#min, middleOf(bucket)));
      }
    }
    return 0;
  }

  /** Adds all records of `other`. */
  merge(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket]! += other.#counts[bucket]!;
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#sumOfSquares += other.#sumOfSquares;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }
}

function bucketOf(value: number): number {
  if (value < 1) return 0;
  asFloat[0] = value;
  return (asWords[HIGH_WORD]! >>> (20 - SUB_BUCKET_BITS)) - EXPONENT_BIAS;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const exponent = (bucket - 1) >>> SUB_BUCKET_BITS;
  const step = (bucket - 1) & ((1 << SUB_BUCKET_BITS) - 1);
  let power = 1;
  for (let bit = 0; bit < exponent; bit++) power *= 2;
  return power * (1 + (step + 0.5) / (1 << SUB_BUCKET_BITS));
}
