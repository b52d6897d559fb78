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
    return this.shiftReady(Number.POSITIVE_INFINITY);
  }

  /** Removes and returns the first thread that is ready at `atPs`. */
  shiftReady(atPs: number): KernelThread | undefined {
    const items = this.#items;
    const mask = items.length - 1;
    for (let place = 0; place < this.length; place++) {
      const thread = items[(this.#head + place) & mask]!;
      if (thread.readyPs > atPs) continue;
      // Those before it keep their order.
      for (let gap = place; gap > 0; gap--) {
        items[(this.#head + gap) & mask] = items[(this.#head + gap - 1) & mask];
      }
      items[this.#head] = undefined;
      this.#head = (this.#head + 1) & mask;
      this.length -= 1;
      return thread;
    }
    return undefined;
  }

  /** When the first of them is ready; Infinity: there is none. */
  earliestReadyPs(): number {
    let earliestPs = Number.POSITIVE_INFINITY;
    const mask = this.#items.length - 1;
    for (let place = 0; place < this.length; place++) {
      earliestPs = Math.min(earliestPs, this.#items[(this.#head + place) & mask]!.readyPs);
    }
    return earliestPs;
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
