/**
 * Log-linear histogram of durations.
 *
 * Each power of two is cut into 128 equal buckets, found from the leading bits of the IEEE double,
 * so recording is two loads and an add. A percentile is off by at most 1/256 of its value (the
 * middle of a bucket is reported); minimum and maximum are exact, mean and standard deviation up to
 * rounding.
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

/** Places in `#moments`: one small array, so that recording touches few cache lines. */
const COUNT = 0;
const SUM = 1;
const SUM_OF_SQUARES = 2;
const MIN = 3;
const MAX = 4;

export class Histogram {
  /** Allocated by the first record: most of a run's histograms stay empty. */
  #counts: Uint32Array | undefined;
  readonly #moments = Float64Array.of(0, 0, 0, Number.POSITIVE_INFINITY, 0);

  /**
   * Records one duration ≥ 0; percentiles take one below 1 for 0. At most 2^32 records.
   * @throws RangeError when it is negative, not a number, or 2^54 and above.
   */
  record(value: number): void {
    if (!(value >= 0 && value < LIMIT)) refuse(value);
    const counts = this.#counts ?? this.#allocate();
    const moments = this.#moments;
    counts[bucketOf(value)]! += 1;
    moments[COUNT]! += 1;
    moments[SUM]! += value;
    moments[SUM_OF_SQUARES]! += value * value;
    if (value < moments[MIN]!) moments[MIN] = value;
    if (value > moments[MAX]!) moments[MAX] = value;
  }

  get count(): number {
    return this.#moments[COUNT]!;
  }

  /** Smallest recorded value; 0 when empty. */
  get min(): number {
    return this.#moments[COUNT]! === 0 ? 0 : this.#moments[MIN]!;
  }

  get max(): number {
    return this.#moments[MAX]!;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#moments[SUM]! / this.count;
  }

  /** Population standard deviation. */
  get standardDeviation(): number {
    if (this.count === 0) return 0;
    const { mean } = this;
    const meanOfSquares = this.#moments[SUM_OF_SQUARES]! / this.count;
    return Math.sqrt(Math.max(0, meanOfSquares - mean * mean));
  }

  /**
   * The value at or below which `percent` of the records lie, 0 < percent ≤ 100; 0 when empty.
   *
   * Never outside [min, max].
   */
  percentile(percent: number): number {
    return this.percentiles([percent])[0]!;
  }

  /** Several percentiles in one pass; `percents` ascends. */
  percentiles(percents: readonly number[]): number[] {
    const counts = this.#counts;
    if (counts === undefined) return percents.map(() => 0);
    let bucket = bucketOf(this.min);
    let seen = counts[bucket]!;
    return percents.map((percent) => {
      // 99.9 % of 1000 records are 999, although 99.9 / 100 * 1000 is a little more in binary.
      const exact = ((percent * this.count) / 100) * (1 - 2 * Number.EPSILON);
      const rank = Math.max(1, Math.ceil(exact));
      while (seen < rank && bucket < BUCKETS - 1) {
        bucket += 1;
        seen += counts[bucket]!;
      }
      return Math.min(this.max, Math.max(this.min, middleOf(bucket)));
    });
  }

  /** Adds all records of `other`. */
  merge(other: Histogram): void {
    const added = other.#counts;
    if (added === undefined) return;
    const counts = this.#counts ?? this.#allocate();
    const last = bucketOf(other.max);
    for (let bucket = bucketOf(other.min); bucket <= last; bucket++) {
      counts[bucket]! += added[bucket]!;
    }
    const moments = this.#moments;
    for (const moment of [COUNT, SUM, SUM_OF_SQUARES]) moments[moment]! += other.#moments[moment]!;
    moments[MIN] = Math.min(moments[MIN]!, other.#moments[MIN]!);
    moments[MAX] = Math.max(moments[MAX]!, other.#moments[MAX]!);
  }

  #allocate(): Uint32Array {
    this.#counts = new Uint32Array(BUCKETS);
    return this.#counts;
  }
}

/** On its own: the compiler makes the text before the check if two records take one value. */
function refuse(value: number): never {
  throw new RangeError(`${value} ps is not a duration`);
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
