/**
 * The pages that a checkpoint owes the drives: all that were first changed before its redo point.
 *
 * Which frames hold them is noted once, as PostgreSQL's BufferSync does; any number of workers take
 * some of them whenever they like. What somebody else has written meanwhile is passed over. What
 * cannot be written now, because it is latched or on its way, is put back at the end.
 *
 * I1  When `isWritten`, every change before the redo point has been written, by whomever.
 */
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";
import type { Frames } from "./frames.ts";
import type { WriteBack } from "./write-back.ts";

export class Sweep {
  /** Pages at the beginning. */
  readonly pages: number;

  readonly #frames: Frames;
  readonly #writeBack: WriteBack;
  readonly #lsn: number;
  readonly #owed: number[] = [];
  /** The first of `#owed` that nobody has taken. */
  #next = 0;
  /** Workers that have taken some and have not written all of them. */
  #writing = 0;

  /** @param lsn pages that were changed first before it are owed. */
  constructor(frames: Frames, writeBack: WriteBack, lsn: number) {
    this.#frames = frames;
    this.#writeBack = writeBack;
    this.#lsn = lsn;
    for (let frame = 0; frame < frames.count; frame++) {
      if (this.#isOwed(frame)) this.#owed.push(frame);
    }
    this.pages = this.#owed.length;
  }

  /** Pages that nobody has taken yet; at most, for evictions write, too. */
  get left(): number {
    return this.#owed.length - this.#next;
  }

  get isWritten(): boolean {
    return this.left === 0 && this.#writing === 0;
  }

  /**
   * Takes up to `most` pages and writes them together.
   * @param most at most `EVICTION_BATCH`.
   */
  *write(most: number, worker: Worker): EngineTask<void> {
    const batch: number[] = [];
    for (; this.left > 0 && batch.length < most; this.#next++) {
      const frame = this.#owed[this.#next]!;
      if (this.#isOwed(frame)) batch.push(frame);
    }
    if (batch.length === 0) return;
    this.#writing += 1;
    try {
      const versions = yield* this.#writeBack.write(batch, worker);
      for (const [index, frame] of batch.entries()) {
        if (Number.isNaN(versions[index]!) && this.#isOwed(frame)) this.#owed.push(frame);
      }
    } finally {
      this.#writing -= 1;
    }
  }

  /** Whether changes of the frame's page from before `lsn` have not been written. */
  #isOwed(frame: number): boolean {
    const { dirty, recoveryLsn, writing, writingLsn } = this.#frames;
    if (dirty[frame] !== 0 && recoveryLsn[frame]! < this.#lsn) return true;
    return writing[frame] !== 0 && writingLsn[frame]! < this.#lsn;
  }
}
