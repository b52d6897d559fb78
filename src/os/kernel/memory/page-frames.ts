/**
 * Page frames that the page cache may use: the state of each, and which are free.
 *
 * One entry of a typed array per frame stands for what `struct page` holds. [linux-5.x
 * include/linux/mm_types.h, page-flags.h]
 *
 * I1  A frame is either free (`page` is `NO_PAGE`, no flags) or holds exactly one page of the file.
 * I2  Free frames and frames in use add up to all frames.
 */
import { assert } from "../../../base/assert.ts";

/** The frame holds what the drive holds (or newer). */
export const UPTODATE = 1;
/** It was referenced since the last scan; the second reference promotes it. */
export const REFERENCED = 2;
/** It is on the active list. */
export const ACTIVE = 4;
/** It is newer than the drive. */
export const DIRTY = 8;
/** It is being written. */
export const WRITEBACK = 16;
/** Touching it starts the next read-ahead. */
export const READAHEAD = 32;
/** A page-table entry refers to it. */
export const MAPPED = 64;
/** Reading it from the drive takes buffer heads (single-page reads of a block device). */
export const BUFFERS = 128;
/** mlock keeps it in memory. */
export const MLOCKED = 256;

/** Value of `io`: a reclaimer has locked the page to evict it. */
export const EVICTING = -1;

export const NO_PAGE = 0xffff_ffff;
export const NO_FRAME = -1;

export class PageFrames {
  readonly count: number;
  /** The file's page that each frame holds, or `NO_PAGE`. */
  readonly page: Uint32Array;
  readonly flags: Uint16Array;
  /**
   * Who has locked the page: 0 nobody, `EVICTING` a reclaimer, else the I/O under way, its number
   * plus one.
   */
  readonly io: Int32Array;
  /** Neighbours on the list that the frame is on. */
  readonly next: Int32Array;
  readonly previous: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;

  constructor(count: number) {
    assert(count >= 1 && count < 0x8000_0000, "a page cache has frames");
    this.count = count;
    this.page = new Uint32Array(count).fill(NO_PAGE);
    this.flags = new Uint16Array(count);
    this.io = new Int32Array(count);
    this.next = new Int32Array(count);
    this.previous = new Int32Array(count);
    this.#free = new Int32Array(count);
    for (let frame = 0; frame < count; frame++) this.#free[frame] = count - 1 - frame;
    this.#freeCount = count;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  /** Takes a free frame for `page`, or returns `NO_FRAME`. */
  take(page: number): number {
    if (this.#freeCount === 0) return NO_FRAME;
    this.#freeCount -= 1;
    const frame = this.#free[this.#freeCount]!;
    this.page[frame] = page;
    return frame;
  }

  /** Gives `frame` back; its content is lost. */
  release(frame: number): void {
    assert(this.page[frame] !== NO_PAGE, "I1: a free frame was freed");
    assert(this.io[frame] === 0, "I1: a frame was freed in the middle of its I/O");
    this.page[frame] = NO_PAGE;
    this.flags[frame] = 0;
    this.#free[this.#freeCount] = frame;
    this.#freeCount += 1;
  }
}
