/** Completions of one channel on their way to its thread: tags and when each can be seen. */
export class CompletionRing {
  readonly #tags: Int32Array;
  readonly #availablePs: Float64Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;

  /** @param capacity at least the channel's depth. */
  constructor(capacity: number) {
    let size = 2;
    while (size < capacity) size *= 2;
    this.#tags = new Int32Array(size);
    this.#availablePs = new Float64Array(size);
    this.#mask = size - 1;
  }

  push(tag: number, availablePs: number): void {
    this.#tags[this.#tail & this.#mask] = tag;
    this.#availablePs[this.#tail & this.#mask] = availablePs;
    this.#tail += 1;
  }

  /** When the oldest completion can be seen; Infinity when there is none. */
  earliestPs(): number {
    if (this.#head === this.#tail) return Number.POSITIVE_INFINITY;
    return this.#availablePs[this.#head & this.#mask]!;
  }

  /** Takes the oldest completion that can be seen at `atPs`; −1 when there is none. */
  take(atPs: number): number {
    if (this.earliestPs() > atPs) return -1;
    const tag = this.#tags[this.#head & this.#mask]!;
    this.#head += 1;
    return tag;
  }
}
