/** Completions of one channel on their way to its thread: tags and when each can be seen. */
const FIELDS = 2;
const TAG = 0;
const AVAILABLE_PS = 1;
const INITIAL_CAPACITY = 2;

export class CompletionRing {
  #rows = new Float64Array(INITIAL_CAPACITY * FIELDS);
  #mask = INITIAL_CAPACITY - 1;
  #head = 0;
  #tail = 0;

  push(tag: number, availablePs: number): void {
    if (this.#tail - this.#head > this.#mask) this.#grow();
    const row = (this.#tail & this.#mask) * FIELDS;
    this.#rows[row + TAG] = tag;
    this.#rows[row + AVAILABLE_PS] = availablePs;
    this.#tail += 1;
  }

  /** When the oldest completion can be seen; Infinity when there is none. */
  earliestPs(): number {
    if (this.#head === this.#tail) return Number.POSITIVE_INFINITY;
    return this.#rows[(this.#head & this.#mask) * FIELDS + AVAILABLE_PS]!;
  }

  /** Takes the oldest completion that can be seen at `atPs`; −1 when there is none. */
  take(atPs: number): number {
    if (this.#head === this.#tail) return -1;
    const row = (this.#head & this.#mask) * FIELDS;
    if (this.#rows[row + AVAILABLE_PS]! > atPs) return -1;
    this.#head += 1;
    const tag = this.#rows[row + TAG]! | 0;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    return tag;
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
