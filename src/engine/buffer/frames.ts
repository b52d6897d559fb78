/**
 * The frames of a buffer pool: page memory and what is known about each frame, in typed arrays.
 *
 * ```
 *   FREE ──load──► LOADING ──read completed──► RESIDENT ──evict──► FREE
 *     └────────────────create──────────────────►┘
 * ```
 *
 * I1  A frame is locked while it is LOADING, and has a new version whenever its page changes.
 * I2  A frame is dirty if its page differs from what was last written, or is being written.
 */
import { Latches } from "../latch.ts";
import { setPageLsn } from "../page/page-header.ts";
import { allocatePages, type BufferSource, type PageMemory } from "../page/page-memory.ts";

export const FREE = 0;
export const LOADING = 1;
export const RESIDENT = 2;

export const NO_PAGE = -1;

export class Frames {
  readonly count: number;
  readonly memory: PageMemory;
  readonly latches: Latches;
  readonly state: Uint8Array;
  readonly pageIds: Int32Array;
  /** Set by every access, cleared by the clock. */
  readonly referenced: Uint8Array;
  /** Frames that must stay. */
  readonly pinned: Uint8Array;
  readonly dirty: Uint8Array;
  /** Whether the page is being written; it may become dirty again meanwhile. */
  readonly writing: Uint8Array;
  /** LSN of the first change since the frame was clean. */
  readonly recoveryLsn: Float64Array;
  /** The same, of the content that is being written. */
  readonly writingLsn: Float64Array;

  /** Told of every change of a page; of a mapped file the update protocol is. */
  onStored: ((frame: number) => void) | undefined;

  readonly #pageShift: number;
  readonly #views: Uint8Array[] = [];

  constructor(pageBytes: number, count: number, source?: BufferSource) {
    this.count = count;
    this.memory = allocatePages(pageBytes, count, source);
    this.latches = new Latches(count);
    this.state = new Uint8Array(count);
    this.pageIds = new Int32Array(count).fill(NO_PAGE);
    this.referenced = new Uint8Array(count);
    this.pinned = new Uint8Array(count);
    this.dirty = new Uint8Array(count);
    this.writing = new Uint8Array(count);
    this.recoveryLsn = new Float64Array(count);
    this.writingLsn = new Float64Array(count);
    this.#pageShift = 31 - Math.clz32(pageBytes);
  }

  /** Where the frame's page begins in `memory`. */
  base(frame: number): number {
    return frame << this.#pageShift;
  }

  /** The frame's bytes, for an I/O. */
  view(frame: number): Uint8Array {
    const base = this.base(frame);
    this.#views[frame] ??= this.memory.bytes.subarray(base, base + this.memory.pageBytes);
    return this.#views[frame];
  }

  /** The page has changed; `lsn` is that of the log record, 0 when nothing is logged. */
  markDirty(frame: number, lsn: number): void {
    if (lsn > 0) setPageLsn(this.memory, this.base(frame), lsn);
    if (this.dirty[frame] === 0) {
      this.dirty[frame] = 1;
      this.recoveryLsn[frame] = lsn;
    }
    this.onStored?.(frame);
  }
}
