/** First-in first-out queue of threads; allocates only when it outgrows its capacity. */
import type { KernelThread } from "./kernel-thread.ts";

export class ThreadRing {
  #items: (KernelThread | undefined)[] = new Array(16).fill(undefined);
  #head = 0;
  length = 0;

  push(thread: KernelThread): void {
    if (this.length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.length) & (this.#items.length - 1)] = thread;
    this.length += 1;
  }

  shift(): KernelThread | undefined {
    if (this.length === 0) return undefined;
    const thread = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.length -= 1;
    return thread;
  }

  #grow(): void {
    const mask = this.#items.length - 1;
    const items = Array.from({ length: this.length }, (_, position) => {
      return this.#items[(this.#head + position) & mask];
    });
    this.#items = [...items, ...new Array(items.length).fill(undefined)];
    this.#head = 0;
  }
}
