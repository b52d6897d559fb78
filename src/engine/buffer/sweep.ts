/**
 * A checkpoint's pages are written: all that were first changed before its redo point.
 *
 * One pass over the frames, from which any number of workers take batches: the one that takes the
 * checkpoint, and those that cannot go on before it is over. With blocking calls each of them
 * writes a page at a time; nobody else would.
 */
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";
import type { Frames } from "./frames.ts";
import { EVICTION_BATCH, giveWay, type WriteBack } from "./write-back.ts";

export class Sweep {
  readonly #frames: Frames;
  readonly #writeBack: WriteBack;
  /** The pass that is under way. */
  #pass: Pass | undefined;

  constructor(frames: Frames, writeBack: WriteBack) {
    this.#frames = frames;
    this.#writeBack = writeBack;
  }

  /** Writes every page that was first changed before `lsn` and is still dirty. */
  *writeOlderThan(lsn: number, worker: Worker): EngineTask<void> {
    const pass = new Pass(lsn);
    this.#pass = pass;
    yield* this.#takePart(pass, worker);
    this.#pass = undefined;
    while (pass.workers > 0) {
      pass.leader = worker;
      yield* worker.pause();
    }
    if (pass.failure !== undefined) throw pass.failure;
  }

  /** Writes a share of what `writeOlderThan` is writing for somebody else, if it is. */
  *help(worker: Worker): EngineTask<void> {
    const pass = this.#pass;
    if (pass === undefined) return;
    yield* this.#takePart(pass, worker);
    if (pass.workers === 0 && pass.leader !== undefined) worker.unpark(pass.leader);
  }

  /** Takes batches until none is left. What fails is the leader's to tell. */
  *#takePart(pass: Pass, worker: Worker): EngineTask<void> {
    pass.workers += 1;
    try {
      while (true) {
        let batch = yield* this.#nextBatch(pass, worker);
        if (batch.length === 0) break;
        while (batch.length > 0) batch = yield* this.#write(batch, pass.lsn, worker);
      }
    } catch (error) {
      pass.failure ??= error;
    }
    pass.workers -= 1;
  }

  *#nextBatch(pass: Pass, worker: Worker): EngineTask<number[]> {
    const batch: number[] = [];
    while (pass.next < this.#frames.count && batch.length < EVICTION_BATCH) {
      const frame = pass.next;
      pass.next += 1;
      if (yield* this.#isOwed(frame, pass.lsn, worker)) batch.push(frame);
    }
    return batch;
  }

  /** Returns what is still to be written: a page that was locked or on its way is tried again. */
  *#write(batch: readonly number[], lsn: number, worker: Worker): EngineTask<number[]> {
    const versions = yield* this.#writeBack.write(batch, worker);
    const left: number[] = [];
    for (const [index, frame] of batch.entries()) {
      const isMissed = Number.isNaN(versions[index]!);
      if (isMissed && (yield* this.#isOwed(frame, lsn, worker))) left.push(frame);
    }
    return left;
  }

  /** Whether the frame's page was first changed before `lsn` and is dirty, once nobody is at it. */
  *#isOwed(frame: number, lsn: number, worker: Worker): EngineTask<boolean> {
    const frames = this.#frames;
    while (frames.writing[frame] !== 0 && frames.writingLsn[frame]! < lsn) yield* giveWay(worker);
    if (frames.dirty[frame] === 0 || frames.recoveryLsn[frame]! >= lsn) return false;
    // Whoever holds the latch is about to release it.
    yield* frames.latches.awaitUnlock(frame, worker);
    return frames.dirty[frame] !== 0;
  }
}

/** One pass over all frames. */
class Pass {
  /** The next frame that nobody has looked at. */
  next = 0;
  /** Workers that have not ended their part. */
  workers = 0;
  /** Who waits for them. */
  leader: Worker | undefined;
  failure: unknown;
  readonly lsn: number;

  /** @param lsn pages that were changed first before it are written. */
  constructor(lsn: number) {
    this.lsn = lsn;
  }
}
