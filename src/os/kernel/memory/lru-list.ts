/**
 * A doubly linked list of frames over shared arrays: one LRU list.
 *
 * I1  A frame is on at most one list; the caller knows which.
 */
import { assert } from "../../../base/assert.ts";
import type { PageFrames } from "./page-frames.ts";
import { NO_FRAME } from "./page-frames.ts";

/**
 * Pages that gather per core before they are added or made active together.
 * [linux-5.x include/linux/pagevec.h PAGEVEC_SIZE]
 */
export const PAGEVEC = 15;

export class LruList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #head = NO_FRAME;
  #tail = NO_FRAME;
  #length = 0;

  constructor(frames: PageFrames) {
    this.#next = frames.next;
    this.#previous = frames.previous;
  }

  get length(): number {
    return this.#length;
  }

  /** The oldest frame that `fits`, or `NO_FRAME`. */
  find(fits: (frame: number) => boolean): number {
    for (let frame = this.#tail; frame !== NO_FRAME; frame = this.#previous[frame]!) {
      if (fits(frame)) return frame;
    }
    return NO_FRAME;
  }

  /** Puts `frame` at the young end. */
  add(frame: number): void {
    this.#next[frame] = this.#head;
    this.#previous[frame] = NO_FRAME;
    if (this.#head === NO_FRAME) this.#tail = frame;
    else this.#previous[this.#head] = frame;
    this.#head = frame;
    this.#length += 1;
  }

  remove(frame: number): void {
    const next = this.#next[frame]!;
    const previous = this.#previous[frame]!;
    if (previous === NO_FRAME) {
      assert(this.#head === frame, "I1: a frame was taken off a list that it is not on");
      this.#head = next;
    } else this.#next[previous] = next;
    if (next === NO_FRAME) this.#tail = previous;
    else this.#previous[next] = previous;
    this.#length -= 1;
  }

  /** Takes up to `limit` frames off the old end into `into`; returns how many. */
  takeOldest(limit: number, into: Int32Array): number {
    let taken = 0;
    while (taken < limit && this.#tail !== NO_FRAME) {
      const frame = this.#tail;
      this.remove(frame);
      into[taken] = frame;
      taken += 1;
    }
    return taken;
  }
}
