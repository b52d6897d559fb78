/**
 * Pages leave: the clock picks a batch, dirty ones are written, all that are still cold go. Where
 * the pool maps pages they go together: one flush of translations per batch. [vmcache23 §3.4]
 *
 * A page is copied before it is written, so that nobody waits for the write to change it again; the
 * copy is what gets sealed and, with swizzling, made plain.
 *
 * I1  A page is written only when the log is durable up to its page LSN (write-ahead rule).
 * I2  Two writes of one page are never on their way together, so they cannot overtake each other.
 * I3  A frame is evicted only if it has not changed since it was clean, and nobody has used it
 * since.
 */
import { assert } from "../../base/assert.ts";
import { SLEEP, type Until } from "../../os/model.ts";
import type { EngineTask } from "../model.ts";
import { pageIdOf, pageLsn } from "../page/page-header.ts";
import { allocatePages, type PageMemory } from "../page/page-memory.ts";
import type { EngineTimes } from "../times.ts";
import type { IoOwner, Worker } from "../worker.ts";
import { type Frames, RESIDENT } from "./frames.ts";
import { IoFailure, type PageIo } from "./page-io.ts";
import type { PageMapping } from "./page-mapping.ts";
import type { Translation } from "./translation.ts";

/** Pages of one batch, at most. [vmcache23 §3.4] */
export const EVICTION_BATCH = 64;
/** How long to wait when every frame is in use, in picoseconds. */
const BUSY_WAIT_PS = 5_000_000;
const FRUITLESS_MAX = 20_000;

/** What the pool needs of the log. */
export interface WriteAhead {
  readonly durableLsn: number;
  flushUpTo(lsn: number, worker: Worker): EngineTask<void>;
}

/** The pool, as far as its pages leave. */
interface LeavingPages {
  readonly frames: Frames;
  readonly translation: Translation;
  readonly times: EngineTimes;
  readonly mapping: PageMapping | undefined;
  discard(frame: number): void;
}

export class WriteBack {
  /** Pages written and evicted so far. */
  writes = 0;
  evictions = 0;

  readonly #pool: LeavingPages;
  readonly #io: PageIo;
  readonly #log: WriteAhead;
  readonly #batchPages: number;
  readonly #idleBatches: WriteBatch[] = [];
  #hand = 0;
  /** Batches in a row that evicted nothing. */
  #fruitless = 0;

  constructor(pool: LeavingPages, io: PageIo, log: WriteAhead, batchPages = EVICTION_BATCH) {
    this.#batchPages = Math.min(batchPages, EVICTION_BATCH, Math.ceil(pool.frames.count / 8));
    this.#pool = pool;
    this.#io = io;
    this.#log = log;
  }

  /** Evicts up to a batch of cold pages, writing what is dirty. */
  *evictBatch(worker: Worker): EngineTask<void> {
    const { frames, mapping } = this.#pool;
    // 1. Let the clock choose; note what each page is now.
    const cold = this.#coldFrames(this.#batchPages);
    const dirty = cold.filter((frame) => frames.dirty[frame] !== 0);
    const clean = cold.filter((frame) => frames.dirty[frame] === 0);
    const seen = clean.map((frame) => frames.latches.version(frame));
    // 2. Clean pages can go at once: nothing has happened in between. Where to unmap pages costs a
    //    flush of other cores' translations, they wait, so that one flush is enough for the batch.
    const isAtOnce = mapping === undefined || dirty.length === 0;
    if (isAtOnce) yield* this.#evict(clean, worker);
    // 3. Dirty ones are written and go if they are still as they were written.
    if (dirty.length > 0) {
      let written: Float64Array = new Float64Array(dirty.length).fill(Number.NaN);
      try {
        written = yield* this.write(dirty, worker);
      } finally {
        const left = isAtOnce
          ? []
          : clean.filter((frame, index) => this.#isUntouched(frame, seen[index]!));
        const wrote = dirty.filter((frame, index) => this.#isStillCold(frame, written[index]!));
        yield* this.#evict([...left, ...wrote], worker);
      }
    }
    yield* this.#giveWay(cold.length > 0, worker);
  }

  /**
   * Writes dirty pages and waits for it; pages that cannot be written now are left out.
   * @param dirty at most `EVICTION_BATCH` frames.
   * @returns for each frame the version that was written, NaN if none was.
   */
  *write(dirty: readonly number[], worker: Worker): EngineTask<Float64Array> {
    const { frames, translation } = this.#pool;
    const versions = new Float64Array(dirty.length).fill(Number.NaN);
    const batch = this.#batchFor(dirty.length);
    const { pages } = batch;
    // 1. Copy first: however often a page changes from now on, the log has to reach the copy only.
    for (let index = 0; index < dirty.length; index++) {
      const frame = dirty[index]!;
      if (!this.#mayWrite(frame)) continue;
      const base = batch.add(frame);
      translation.plainCopy(pages, base);
      versions[index] = frames.latches.version(frame);
    }
    // 2. The log goes before its pages.
    try {
      const newest = batch.newestLsn();
      if (newest > this.#log.durableLsn) yield* this.#log.flushUpTo(newest, worker);
    } catch (error) {
      batch.cancel();
      throw error;
    }
    // 3. Write the copies and wait for all of them.
    for (let index = 0; index < batch.length; index++) {
      while (worker.room === 0) yield* worker.pause();
      this.writes += 1;
      this.#io.startWrite(worker, batch.pageId(index), pages, batch.base(index), batch, index);
    }
    if (batch.length > 0) yield* worker.submitMany();
    while (batch.outstanding > 0) yield* worker.pause();
    const failure = batch.finish();
    this.#idleBatches.push(batch);
    if (failure !== undefined) throw failure;
    return versions;
  }

  /** A batch for `pages` copies: thousands of workers may be writing few pages each. */
  #batchFor(pages: number): WriteBatch {
    const idle = this.#idleBatches.at(-1);
    if (idle === undefined || idle.capacity < pages) {
      return new WriteBatch(this.#pool, Math.max(pages, this.#batchPages));
    }
    this.#idleBatches.pop();
    return idle;
  }

  /** Frames that nobody has used for a turn of the clock, at most `most`. */
  #coldFrames(most: number): number[] {
    const { frames, translation } = this.#pool;
    const cold: number[] = [];
    for (let looks = 2 * frames.count; looks > 0 && cold.length < most; looks--) {
      const frame = this.#hand;
      this.#hand = frame + 1 === frames.count ? 0 : frame + 1;
      if (frames.state[frame] !== RESIDENT || frames.pinned[frame] !== 0) continue;
      if (frames.writing[frame] !== 0 || frames.latches.isLocked(frame)) continue;
      if (frames.referenced[frame] !== 0) frames.referenced[frame] = 0;
      else if (translation.release(frame) && !cold.includes(frame)) cold.push(frame);
    }
    return cold;
  }

  /** Whether the frame holds a dirty page that may be copied now. */
  #mayWrite(frame: number): boolean {
    const { frames } = this.#pool;
    return (
      frames.state[frame] === RESIDENT &&
      frames.dirty[frame] !== 0 &&
      frames.writing[frame] === 0 &&
      !frames.latches.isLocked(frame)
    );
  }

  #isStillCold(frame: number, version: number): boolean {
    const { frames, translation } = this.#pool;
    return (
      frames.latches.isUnchanged(frame, version) &&
      frames.dirty[frame] === 0 &&
      frames.writing[frame] === 0 &&
      translation.isReleased(frame)
    );
  }

  /** Whether a clean page is still one, and nobody has used it since its latch was at `version`. */
  #isUntouched(frame: number, version: number): boolean {
    return this.#pool.frames.referenced[frame] === 0 && this.#isStillCold(frame, version);
  }

  *#evict(victims: readonly number[], worker: Worker): EngineTask<void> {
    const { frames, mapping } = this.#pool;
    if (victims.length === 0) return;
    worker.charge(victims.length * this.#pool.times.evictPage);
    if (mapping !== undefined) {
      for (const frame of victims) {
        assert(frames.latches.tryLock(frame), "a victim is locked by nobody");
      }
      yield* mapping.release(
        victims.map((frame) => frames.pageIds[frame]!),
        worker,
      );
      for (const frame of victims) frames.latches.unlock(frame, worker);
    }
    this.evictions += victims.length;
    for (const frame of victims) this.#pool.discard(frame);
  }

  *#giveWay(isFruitful: boolean, worker: Worker): EngineTask<void> {
    this.#fruitless = isFruitful ? 0 : this.#fruitless + 1;
    assert(this.#fruitless < FRUITLESS_MAX, "every frame of the buffer pool is in use for ever");
    if (!isFruitful) yield* giveWay(worker);
  }
}

/** Lets others get on: until something of `worker`'s completes, or for a moment. */
export function* giveWay(worker: Worker): EngineTask<void> {
  if (worker.outstanding > 0) {
    yield* worker.pause();
    return;
  }
  const pause: Until = {
    kind: "until",
    atPs: worker.thread.core.cursorPs + BUSY_WAIT_PS,
    other: SLEEP,
  };
  yield pause;
}

/** Copies of pages on their way to the drives. */
class WriteBatch implements IoOwner {
  readonly pages: PageMemory;
  length = 0;
  outstanding = 0;
  readonly #pool: LeavingPages;
  readonly #frames: Int32Array;
  #failure: IoFailure | undefined;

  /** @param capacity pages that it takes. */
  constructor(pool: LeavingPages, capacity: number) {
    this.#pool = pool;
    this.#frames = new Int32Array(capacity);
    this.pages = allocatePages(pool.frames.memory.pageBytes, capacity);
  }

  get capacity(): number {
    return this.#frames.length;
  }

  base(index: number): number {
    return index * this.pages.pageBytes;
  }

  pageId(index: number): number {
    return pageIdOf(this.pages, this.base(index));
  }

  /** Copies a page; it is clean from now on if all goes well. Returns the copy's base. */
  add(frame: number): number {
    const { frames } = this.#pool;
    const index = this.length;
    this.length += 1;
    this.outstanding += 1;
    this.#frames[index] = frame;
    this.pages.bytes.set(frames.view(frame), this.base(index));
    frames.dirty[frame] = 0;
    frames.writing[frame] = 1;
    frames.writingLsn[frame] = frames.recoveryLsn[frame]!;
    return this.base(index);
  }

  newestLsn(): number {
    let newest = 0;
    for (let index = 0; index < this.length; index++) {
      newest = Math.max(newest, pageLsn(this.pages, this.base(index)));
    }
    return newest;
  }

  ioCompleted(_worker: Worker, index: number, status: number): void {
    this.outstanding -= 1;
    this.#pool.frames.writing[this.#frames[index]!] = 0;
    if (status === 0) return;
    this.#restore(index);
    this.#failure ??= new IoFailure(this.pageId(index), "write", status);
  }

  /** Nothing is written after all. */
  cancel(): void {
    for (let index = 0; index < this.length; index++) {
      this.#pool.frames.writing[this.#frames[index]!] = 0;
      this.#restore(index);
    }
    this.outstanding = 0;
    this.length = 0;
  }

  /** Empties the batch; returns the first failure. */
  finish(): IoFailure | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    this.length = 0;
    return failure;
  }

  /** The page is as dirty as it was before, and the older changes count. */
  #restore(index: number): void {
    const { frames } = this.#pool;
    const frame = this.#frames[index]!;
    frames.dirty[frame] = 1;
    frames.recoveryLsn[frame] = frames.writingLsn[frame]!;
  }
}
