/** Bounded first-in first-out queue of 32-bit integers; never allocates after construction. */
export class IntRing {
  readonly #items: Int32Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;

  /** @param capacity how many items fit; rounded up to a power of two. */
  constructor(capacity: number) {
    let size = 1;
    while (size < capacity) size *= 2;
    this.#items = new Int32Array(size);
    this.#mask = size - 1;
  }

  get length(): number {
    return (this.#tail - this.#head) >>> 0;
  }

  /** @throws RangeError when full. */
  push(item: number): void {
    if (this.length > this.#mask) throw new RangeError(`ring of ${this.#mask + 1} items is full`);
    this.#items[this.#tail & this.#mask] = item;
    this.#tail = (this.#tail + 1) >>> 0;
  }

  /** The oldest item, or undefined when empty. */
  shift(): number | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head & this.#mask];
    this.#head = (this.#head + 1) >>> 0;
    return item;
  }
}
