/**
 * Completions of one channel on their way to its thread: tags, how each ended, and when it can be
 * seen. A tag takes 16 bits.
 */
import { IO_OK, type IoStatus } from "../hardware/nvme/status.ts";

const FIELDS = 2;
/** Low bits: the tag; above them the status. */
const TAG = 0;
const TAG_BITS = 16;
const TAG_MASK = (1 << TAG_BITS) - 1;
const AVAILABLE_PS = 1;
const INITIAL_CAPACITY = 2;

export class CompletionRing {
  #rows = new Float64Array(INITIAL_CAPACITY * FIELDS);
  #mask = INITIAL_CAPACITY - 1;
  #head = 0;
  #tail = 0;
  /** How the request ended whose completion `take` took last. */
  takenStatus: IoStatus = IO_OK;

  push(tag: number, availablePs: number, status: IoStatus): void {
    if (this.#tail - this.#head > this.#mask) this.#grow();
    const row = (this.#tail & this.#mask) * FIELDS;
    this.#rows[row + TAG] = tag | (status << TAG_BITS);
    this.#rows[row + AVAILABLE_PS] = availablePs;
    this.#tail += 1;
  }

  /** When the oldest completion can be seen; Infinity when there is none. */
  earliestPs(): number {
    if (this.#head === this.#tail) return Number.POSITIVE_INFINITY;
    return this.#rows[(this.#head & this.#mask) * FIELDS + AVAILABLE_PS]!;
  }

  get length(): number {
    return this.#tail - this.#head;
  }

  /** When the `count` oldest completions can be seen; Infinity when there are fewer. */
  readyPs(count: number): number {
    if (this.length < count) return Number.POSITIVE_INFINITY;
    let readyPs = Number.NEGATIVE_INFINITY;
    for (let place = this.#head; place < this.#head + count; place++) {
      readyPs = Math.max(readyPs, this.#rows[(place & this.#mask) * FIELDS + AVAILABLE_PS]!);
    }
    return readyPs;
  }

  /** Takes the oldest completion that can be seen at `atPs`; −1 when there is none. */
  take(atPs: number): number {
    if (this.#head === this.#tail) return -1;
    const row = (this.#head & this.#mask) * FIELDS;
    if (this.#rows[row + AVAILABLE_PS]! > atPs) return -1;
    this.#head += 1;
    const entry = this.#rows[row + TAG]! | 0;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    this.takenStatus = (entry >>> TAG_BITS) as IoStatus;
    return entry & TAG_MASK;
  }

  #grow(): void {
    const count = this.#tail - this.#head;
    const rows = new Float64Array(2 * this.#rows.length);
    for (let position = 0; position < count; position++) {
      const from = ((this.#head + position) & this.#mask) * FIELDS;
      rows.set(this.#rows.subarray(from, from + FIELDS), position * FIELDS);
    }
    this.#rows = rows;
    this.#mask = rows.length / FIELDS - 1;
    this.#head = 0;
    this.#tail = count;
  }
}
