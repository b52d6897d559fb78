/** First-in first-out queue of 32-bit integers; allocates only when it outgrows its capacity. */
export class IntRing {
  #items: Int32Array;
  #mask: number;
  #head = 0;
  #tail = 0;

  /** @param capacity how many items fit before it grows; rounded up to a power of two. */
  constructor(capacity: number) {
    let size = 1;
    while (size < capacity) size *= 2;
    this.#items = new Int32Array(size);
    this.#mask = size - 1;
  }

  get length(): number {
    return (this.#tail - this.#head) >>> 0;
  }

  push(item: number): void {
    if (this.length > this.#mask) this.#grow();
    this.#items[this.#tail & this.#mask] = item;
    this.#tail = (this.#tail + 1) >>> 0;
  }

  /** The oldest item, left where it is; undefined when empty. */
  peek(): number | undefined {
    return this.#head === this.#tail ? undefined : this.#items[this.#head & this.#mask];
  }

  /** Removes and returns the oldest item; undefined when empty. */
  shift(): number | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head & this.#mask];
    this.#head = (this.#head + 1) >>> 0;
    return item;
  }

  #grow(): void {
    const count = this.length;
    const items = new Int32Array(2 * this.#items.length);
    for (let position = 0; position < count; position++) {
      items[position] = this.#items[(this.#head + position) & this.#mask]!;
    }
    this.#items = items;
    this.#mask = items.length - 1;
    this.#head = 0;
    this.#tail = count;
  }
}
