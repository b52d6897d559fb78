/**
 * Optimistic latches: one version per frame.
 *
 * A reader notes the version, reads, and, if it has suspended since, validates that the version is
 * still the same; otherwise what it read may be gone and it begins again. A writer locks: the
 * version becomes odd, and its unlocking gives a new even one. A frame that gets another page gets
 * a new version too, so one validation covers content and identity. Readers write nothing.
 * (V. Leis, F. Scheibner, A. Kemper, T. Neumann: The ART of Practical Synchronization, DaMoN 2016.)
 *
 * Between two suspensions a worker is alone, so only what crosses a suspension validates.
 *
 * A *held* latch is locked for some steps in which nothing is waited for. Its holder masks
 * preemption meanwhile, since whoever wants the latch spins: if a spinner got the core of a
 * preempted holder, neither would go on. Whoever locks for the time of an I/O does not hold, and is
 * waited for in sleep.
 *
 * I1  A version never returns to an earlier value (2^30 changes of one frame wrap it around).
 * I2  Whoever waits for a latch is woken when it is released, and looks again.
 *
 * That the cache line of a leaf's latch travels between cores is kept in `leaf-lines.ts`.
 */
import { assert } from "../base/assert.ts";
import { CATCH_UP } from "../os/model.ts";
import type { EngineTask } from "./model.ts";
import { SpinWait } from "./spin-wait.ts";
import type { Worker } from "./worker.ts";

/** What a version is while the frame is locked. */
const LOCKED = 1;

export class Latches {
  readonly #versions: Int32Array;
  readonly #waiting = new Map<number, Worker[]>();
  readonly #isHeld: Uint8Array;
  readonly #spinning = new SpinWait();

  constructor(frames: number) {
    this.#versions = new Int32Array(frames);
    this.#isHeld = new Uint8Array(frames);
  }

  /** The version to validate against later; odd while the frame is locked. */
  version(frame: number): number {
    return this.#versions[frame]!;
  }

  isLocked(frame: number): boolean {
    return (this.#versions[frame]! & LOCKED) !== 0;
  }

  /** Whether the frame is unlocked and nothing has changed since `version` was read. */
  isUnchanged(frame: number, version: number): boolean {
    return this.#versions[frame] === version && (version & LOCKED) === 0;
  }

  /** Locks the frame if it is still what the reader of `version` saw. */
  tryUpgrade(frame: number, version: number): boolean {
    if (!this.isUnchanged(frame, version)) return false;
    this.#versions[frame]! += 1;
    return true;
  }

  tryLock(frame: number): boolean {
    return this.tryUpgrade(frame, this.#versions[frame]!);
  }

  /** As `tryUpgrade`, for a few steps that wait for nothing; `release` ends it. */
  tryHold(frame: number, version: number, holder: Worker): boolean {
    if (!this.tryUpgrade(frame, version)) return false;
    this.#isHeld[frame] = 1;
    holder.mask();
    return true;
  }

  release(frame: number, holder: Worker): void {
    this.#isHeld[frame] = 0;
    this.unlock(frame, holder);
    this.#spinning.ended(holder.thread.core.cursorPs);
    holder.unmask();
  }

  /** Releases the lock: readers from before begin again. */
  unlock(frame: number, holder: Worker): void {
    assert(this.isLocked(frame), "a latch was released that nobody held");
    this.#versions[frame]! += 1;
    const waiting = this.#waiting.get(frame);
    if (waiting === undefined) return;
    this.#waiting.delete(frame);
    for (const worker of waiting) holder.unpark(worker);
  }

  /** A change that began and ended between two suspensions; nobody may hold the lock. */
  changed(frame: number): void {
    assert(!this.isLocked(frame), "a locked frame was changed by somebody else");
    this.#versions[frame]! += 2;
  }

  /** Returns when the frame has been unlocked; it may be locked again by then. */
  *awaitUnlock(frame: number, worker: Worker): EngineTask<void> {
    if (!this.isLocked(frame)) return;
    const version = this.#versions[frame];
    if (this.#isHeld[frame] !== 0) {
      const isOver = (): boolean => this.#versions[frame] !== version;
      while (!isOver()) yield this.#spinning.wait(0, isOver);
      yield CATCH_UP;
      return;
    }
    const waiting = this.#waiting.get(frame);
    if (waiting === undefined) this.#waiting.set(frame, [worker]);
    else waiting.push(worker);
    while (this.#versions[frame] === version) yield* worker.pause();
  }
}
