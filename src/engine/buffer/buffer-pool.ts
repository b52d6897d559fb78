/**
 * The buffer pool: pages in frames, read when they are missed.
 *
 * Interface: `tryFix` and `tryFixChild` are plain and return a frame, or `NO_FRAME` when the page
 * is not there, is locked, or the adversary strikes: then the generator `fix` brings it. What a fix
 * returns is valid until the worker's next suspension; whoever needs it longer notes the frame's
 * version and validates it, or holds its latch. A locked frame stays.
 *
 * I1  A page is in at most one frame; workers that miss the same page wait for one read.
 * I2  Memory is given out before it runs out: below the low-water mark a miss first evicts a batch.
 */
import { assert } from "../../base/assert.ts";
import { LeafCaches } from "../leaf-caches.ts";
import { LeafLines, type LeafSharing, NO_SHARING } from "../leaf-lines.ts";
import type { EngineTask } from "../model.ts";
import { childWord } from "../page/child-references.ts";
import type { BufferSource, PageMemory } from "../page/page-memory.ts";
import type { EngineTimes } from "../times.ts";
import type { IoOwner, Worker } from "../worker.ts";
import type { Adversary } from "./adversary.ts";
import { FREE, Frames, LOADING, NO_PAGE, RESIDENT } from "./frames.ts";
import type { MappedFile } from "./mapped/mapped-file.ts";
import { IoFailure, type PageIo } from "./page-io.ts";
import type { PageMapping } from "./page-mapping.ts";
import { NO_FRAME, PageTable } from "./page-table.ts";
import { type BufferKind, createTranslation, type Translation } from "./translation.ts";
import { type WriteAhead, WriteBack } from "./write-back.ts";

export { NO_FRAME } from "./page-table.ts";

/** Reads of a page before it is given up. */
const READ_ATTEMPTS = 3;
/** Share of free frames below which a miss evicts first. [vmcache23 §3.4] */
const LOW_WATER = 0.05;

export interface BufferPoolConfig {
  readonly pageBytes: number;
  readonly poolPages: number;
  readonly buffer: BufferKind;
  /** Pages that a miss evicts at a time. */
  readonly evictionBatch?: number;
  /** Leaves that a last-level cache holds; the default is none. */
  readonly lastLevelLeaves?: number;
  /** How cores meet at leaves; the default is that they do not. */
  readonly leafSharing?: LeafSharing;
  /** Where the host's memory for the frames comes from; the default is the host. */
  readonly frameSource?: BufferSource;
}

export class BufferPool implements IoOwner {
  readonly frames: Frames;
  readonly translation: Translation;
  readonly writeBack: WriteBack;
  readonly adversary: Adversary | undefined;
  /** With vmcache: where the MMU finds the pages. */
  readonly mapping: PageMapping | undefined;
  /** The file that the operating system keeps in memory instead of the pool. */
  file: MappedFile | undefined;
  readonly times: EngineTimes;
  readonly caches: LeafCaches;
  readonly leafLines: LeafLines;
  /** Pages read so far, and misses, which a prefetch may have answered already. */
  reads = 0;
  misses = 0;
  /** Nodes visited on the way down. */
  visits = 0;

  readonly #io: PageIo;
  readonly #table: PageTable;
  readonly #words: Int32Array;
  readonly #freeFrames: Int32Array;
  readonly #lowWater: number;
  readonly #attempts: Uint8Array;
  /** Failed reads whose initiator has not been told yet, by frame. */
  readonly #failures = new Map<number, IoFailure>();
  #freeCount: number;

  constructor(
    config: BufferPoolConfig,
    io: PageIo,
    log: WriteAhead,
    times: EngineTimes,
    adversary?: Adversary,
    mapping?: PageMapping,
  ) {
    const { pageBytes, poolPages, buffer, evictionBatch, frameSource } = config;
    this.frames = new Frames(pageBytes, poolPages, frameSource);
    this.times = times;
    this.caches = new LeafCaches(config.lastLevelLeaves ?? 0);
    this.leafLines = new LeafLines(config.leafSharing ?? NO_SHARING);
    this.adversary = adversary;
    this.mapping = mapping;
    this.#io = io;
    this.#table = new PageTable(poolPages);
    this.#words = this.frames.memory.words;
    this.translation = createTranslation(buffer, this.frames, this.#table);
    this.#freeFrames = Int32Array.from({ length: poolPages }, (_, index) => poolPages - 1 - index);
    this.#freeCount = poolPages;
    this.#attempts = new Uint8Array(poolPages);
    const lowWater = Math.min(Math.ceil(poolPages * LOW_WATER), poolPages - 1);
    this.#lowWater = buffer === "mmap" ? 0 : lowWater;
    this.writeBack = new WriteBack(this, io, log, evictionBatch);
  }

  get memory(): PageMemory {
    return this.frames.memory;
  }

  /** Pages written so far, by the pool, by the system, or by the update protocol. */
  get writes(): number {
    const { region, protocol } = this.file ?? {};
    return this.writeBack.writes + (region?.stores?.written ?? 0) + (protocol?.written ?? 0);
  }

  get freeFrames(): number {
    return this.#freeCount;
  }

  /** The frame of a page that no other page refers to, such as a root. */
  tryFix(pageId: number): number {
    if (this.adversary?.strikes() === true) return NO_FRAME;
    const frame = this.#table.get(pageId);
    if (frame === NO_FRAME || this.frames.latches.isLocked(frame)) return NO_FRAME;
    this.frames.referenced[frame] = 1;
    return frame;
  }

  /** The frame of a child of the node in `parent`; position −1 is its first child. */
  tryFixChild(parent: number, position: number): number {
    if (this.adversary?.strikes() === true) return NO_FRAME;
    const word = childWord(this.frames.memory, this.frames.base(parent), position);
    const frame = this.translation.childFrame(parent, word);
    return frame === NO_FRAME || this.frames.latches.isLocked(frame) ? NO_FRAME : frame;
  }

  /** The number of a child of the node in `parent`. */
  childPageId(parent: number, position: number): number {
    const word = childWord(this.frames.memory, this.frames.base(parent), position);
    return this.translation.pageIdOf(this.#words[word]!);
  }

  /** One access to the page in `frame`; false: it faults, `bring` it and begin again. */
  touch(frame: number, worker: Worker): boolean {
    if (this.mapping !== undefined) this.mapping.touch(this.frames.pageIds[frame]!, worker);
    return this.file === undefined || this.file.touch(frame, worker);
  }

  *bring(frame: number, worker: Worker): EngineTask<void> {
    this.misses += 1;
    if (this.file !== undefined) yield* this.file.bring(frame, worker);
  }

  /** Whether a store to the page in `frame` does not fault; else `makeReady` and begin again. */
  isReady(frame: number, worker: Worker): boolean {
    return this.file === undefined || this.file.protocol.isReady(frame, worker);
  }

  /** A store to the page in `frame` faults, at the time of the store. */
  *makeReady(frame: number, worker: Worker): EngineTask<void> {
    yield* worker.catchUp();
    while (!this.touch(frame, worker)) yield* this.bring(frame, worker);
    this.beforeStore(frame, worker);
    yield* worker.catchUp();
  }

  /**
   * Announces stores to the page in `frame`, which follow before anybody suspends. What faults only
   * here does so ahead of the clock, if its core is: structure changes, which are rare.
   */
  beforeStore(frame: number, worker: Worker | undefined): void {
    this.file?.protocol.beforeStore(frame, worker);
  }

  /** Of a mapped file: where a page lies in the address space. */
  placeOf(pageId: number): number {
    const frame = this.#table.get(pageId);
    if (frame !== NO_FRAME) return frame;
    assert(this.#freeCount > 0, "I2: the address space has a place for every page of the file");
    const place = this.#takeFree(pageId);
    this.frames.state[place] = RESIDENT;
    this.file?.doubt(place);
    return place;
  }

  /** The page's frame, unlocked; reads it, or waits for whoever reads or changes it. */
  *fix(pageId: number, worker: Worker): EngineTask<number> {
    if (this.adversary !== undefined) yield* this.adversary.interfere(worker);
    while (true) {
      const { file } = this;
      const frame = file === undefined ? this.#table.get(pageId) : this.placeOf(pageId);
      if (frame === NO_FRAME) yield* this.#load(pageId, worker);
      else if (file?.touch(frame, worker) === false) yield* this.bring(frame, worker);
      else if (this.frames.latches.isLocked(frame)) {
        yield* this.frames.latches.awaitUnlock(frame, worker);
      } else {
        this.frames.referenced[frame] = 1;
        return frame;
      }
    }
  }

  /** Begins to read pages that will be needed, as far as there is room; nobody waits. */
  prefetch(pageIds: readonly number[], worker: Worker): void {
    let started = 0;
    if (this.mapping !== undefined || this.file !== undefined) return;
    for (const pageId of pageIds) {
      if (this.#freeCount <= this.#lowWater || worker.room === 0) break;
      if (this.#table.get(pageId) !== NO_FRAME) continue;
      this.#startRead(pageId, worker);
      started += 1;
    }
    if (started > 0) worker.submit();
  }

  /** A free frame for a new page, or `NO_FRAME`; the caller builds the page and marks it dirty. */
  tryCreate(pageId: number): number {
    const frame = this.#newFrame(pageId);
    if (frame === NO_FRAME) return NO_FRAME;
    this.frames.state[frame] = RESIDENT;
    this.frames.referenced[frame] = 1;
    this.frames.latches.changed(frame);
    return frame;
  }

  #newFrame(pageId: number): number {
    const known = this.#table.get(pageId);
    if (known !== NO_FRAME) {
      assert(this.file !== undefined, "I1: a new page is in no frame");
      this.file.renew(known);
      return known;
    }
    return this.#freeCount === 0 ? NO_FRAME : this.#takeFree(pageId);
  }

  /** The page's frame, resident or new, whatever the adversary wants: while nobody works yet. */
  tryResidentOrCreate(pageId: number): number {
    const frame = this.#table.get(pageId);
    return frame === NO_FRAME ? this.tryCreate(pageId) : frame;
  }

  /** The frame that a page would be in if it were resident, locked or not. */
  residentFrame(pageId: number): number {
    return this.#table.get(pageId);
  }

  /** Evicts until at least `frames` are free. */
  *makeRoom(frames: number, worker: Worker): EngineTask<void> {
    while (this.#freeCount < frames) yield* this.writeBack.evictBatch(worker);
  }

  /** Gives up an unlocked resident page, without writing it. */
  discard(frame: number): void {
    const { frames } = this;
    assert(frames.state[frame] === RESIDENT, "only a resident page can be thrown away");
    frames.latches.changed(frame);
    this.#release(frame);
  }

  ioCompleted(worker: Worker, frame: number, status: number): void {
    const { frames } = this;
    const pageId = frames.pageIds[frame]!;
    const wrong = this.#io.verify(frames.memory, frames.base(frame), pageId, status);
    if (wrong !== 0) {
      this.#attempts[frame]! += 1;
      if (this.#attempts[frame]! < READ_ATTEMPTS) {
        this.#io.startRead(worker, pageId, frames.view(frame), this, frame);
        worker.submit();
        return;
      }
      this.#failures.set(frame, new IoFailure(pageId, "read", wrong));
      this.#release(frame);
    } else {
      frames.state[frame] = RESIDENT;
      frames.referenced[frame] = 1;
    }
    frames.latches.unlock(frame, worker);
  }

  /** Reads a page that is in no frame; returns when it is there, or somebody else reads it. */
  *#load(pageId: number, worker: Worker): EngineTask<void> {
    this.misses += 1;
    if (this.#freeCount <= this.#lowWater) {
      yield* this.writeBack.evictBatch(worker);
      if (this.#freeCount === 0 || this.#table.get(pageId) !== NO_FRAME) return;
    }
    while (worker.room === 0) yield* worker.pause();
    if (this.#freeCount === 0 || this.#table.get(pageId) !== NO_FRAME) return;
    worker.charge(this.times.loadPage);
    const frame = this.#reserve(pageId);
    const version = this.frames.latches.version(frame);
    if (this.mapping !== undefined) {
      yield* this.mapping.populate(pageId, worker);
      while (worker.room === 0) yield* worker.pause();
    }
    this.#io.startRead(worker, pageId, this.frames.view(frame), this, frame);
    worker.submit();
    while (this.frames.latches.version(frame) === version) yield* worker.pause();
    const failure = this.#failures.get(frame);
    if (failure === undefined || failure.pageId !== pageId) return;
    this.#failures.delete(frame);
    throw failure;
  }

  #startRead(pageId: number, worker: Worker): void {
    const frame = this.#reserve(pageId);
    this.#io.startRead(worker, pageId, this.frames.view(frame), this, frame);
  }

  /** A locked frame into which the page will be read. */
  #reserve(pageId: number): number {
    const frame = this.#takeFree(pageId);
    const { latches, state } = this.frames;
    state[frame] = LOADING;
    this.#attempts[frame] = 0;
    this.#failures.delete(frame);
    assert(latches.tryLock(frame), "a free frame is locked by nobody");
    this.reads += 1;
    return frame;
  }

  #takeFree(pageId: number): number {
    this.#freeCount -= 1;
    const frame = this.#freeFrames[this.#freeCount]!;
    this.#table.add(pageId, frame);
    this.frames.pageIds[frame] = pageId;
    return frame;
  }

  #release(frame: number): void {
    const { frames } = this;
    this.#table.remove(frames.pageIds[frame]!);
    this.translation.forget(frame);
    frames.pageIds[frame] = NO_PAGE;
    frames.state[frame] = FREE;
    frames.dirty[frame] = 0;
    frames.referenced[frame] = 0;
    frames.pinned[frame] = 0;
    this.#freeFrames[this.#freeCount] = frame;
    this.#freeCount += 1;
  }
}
