/**
 * Physical memory: frames of 4 KiB, each free or in use.
 *
 * Interface: `allocate` takes the frame that was freed last (it is likeliest to be cached), `free`
 * gives one back. With `withBytes` every frame has real bytes, so that a test can read through a
 * stale translation what really is there; without, only numbers are kept.
 *
 * I1  Every frame is free or in use, never both: freeing a free frame throws.
 * I2  free + in use = count, at any moment.
 *
 * Not modelled: NUMA nodes, the buddy allocator's orders (what its locks cost is the system's).
 */
import { assert } from "../../base/assert.ts";
import { PAGE_BYTES } from "./page-table.ts";

export class FrameAllocator {
  readonly count: number;
  readonly #free: Int32Array;
  readonly #isInUse: Uint8Array;
  #freeCount: number;
  readonly #bytes: (Uint8Array | undefined)[] | undefined;

  constructor(count: number, withBytes = false) {
    this.count = count;
    this.#isInUse = new Uint8Array(count);
    // The last of the list is taken first: frame 0.
    this.#free = Int32Array.from({ length: count }, (_, index) => count - 1 - index);
    this.#freeCount = count;
    this.#bytes = withBytes ? [] : undefined;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  isInUse(frame: number): boolean {
    return this.#isInUse[frame] === 1;
  }

  /** A free frame, now in use; −1 if there is none. */
  allocate(): number {
    if (this.#freeCount === 0) return -1;
    this.#freeCount -= 1;
    const frame = this.#free[this.#freeCount]!;
    this.#isInUse[frame] = 1;
    return frame;
  }

  free(frame: number): void {
    assert(this.#isInUse[frame] === 1, "I1: a frame that is freed was not in use", frame);
    this.#isInUse[frame] = 0;
    this.#free[this.#freeCount] = frame;
    this.#freeCount += 1;
  }

  /** Content of a frame, or undefined if this memory keeps none. */
  bytesOf(frame: number): Uint8Array | undefined {
    if (this.#bytes === undefined) return undefined;
    let content = this.#bytes[frame];
    if (content === undefined) {
      content = new Uint8Array(PAGE_BYTES);
      this.#bytes[frame] = content;
    }
    return content;
  }
}
