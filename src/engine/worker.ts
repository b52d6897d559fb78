/**
 * One thread or task at work inside the engine: its core, its I/O channel, its waits.
 *
 * Interface: `start` begins an I/O; its owner is told by `ioCompleted` when this worker finds the
 * completion, which happens in `pause`. `pause` waits until something may have happened: whoever
 * waits loops over its own condition. Engine work is charged by `charge`, plain, in picoseconds.
 *
 * I1  While a worker has I/O outstanding, `pause` looks for completions instead of sleeping, so
 *     that pages it has asked for arrive even when it waits for somebody else.
 */
import { assert } from "../base/assert.ts";
import { CATCH_UP, CAUSE, type IoChannel, type Opcode, PARK, type Thread } from "../os/model.ts";
import type { EngineTask } from "./model.ts";

/** Somebody who is told that an I/O has ended. */
export interface IoOwner {
  /**
   * @param argument what was given to `start`.
   * @param status 0, or why it failed.
   */
  ioCompleted(worker: Worker, argument: number, status: number): void;
}

const REAP_LIMIT = 64;

export class Worker {
  readonly thread: Thread;
  readonly #channel: IoChannel;
  readonly #owners: (IoOwner | undefined)[];
  readonly #arguments: Float64Array;
  readonly #freeTags: Int32Array;
  #freeCount: number;
  /** Whether something was prepared and not yet submitted. */
  #isPrepared = false;
  #masks = 0;

  constructor(thread: Thread, channel: IoChannel) {
    const { depth } = channel;
    this.thread = thread;
    this.#channel = channel;
    this.#owners = new Array<undefined>(depth).fill(undefined);
    this.#arguments = new Float64Array(depth);
    this.#freeTags = Int32Array.from({ length: depth }, (_, tag) => depth - 1 - tag);
    this.#freeCount = depth;
  }

  /** I/Os that may be started now. */
  get room(): number {
    return this.#freeCount;
  }

  get outstanding(): number {
    return this.#freeTags.length - this.#freeCount;
  }

  /** From now on nothing preempts this worker, until as many calls of `unmask`. */
  mask(): void {
    this.#masks += 1;
    this.thread.maskPreemption();
  }

  unmask(): void {
    this.#masks -= 1;
    this.thread.unmaskPreemption();
  }

  get isMasked(): boolean {
    return this.#masks > 0;
  }

  charge(workPs: number): void {
    this.thread.core.charge(CAUSE.database, workPs);
  }

  /** The core's units are free meanwhile: a busy sibling does not stretch it. */
  waitForMemory(waitPs: number): void {
    const { core } = this.thread;
    core.passUntil(core.cursorPs + waitPs, CAUSE.database);
  }

  /** Prepares an I/O; call `submit` when the batch is complete, and only start within `room`. */
  start(
    opcode: Opcode,
    drive: number,
    offset: number,
    buffer: Uint8Array,
    owner: IoOwner,
    argument: number,
  ): void {
    const tag = this.#takeTag(owner, argument);
    this.#channel.prepare(opcode, drive, offset, buffer.length, tag, buffer);
  }

  #takeTag(owner: IoOwner, argument: number): number {
    assert(this.#freeCount > 0, "a worker started more I/O than its channel takes");
    this.#freeCount -= 1;
    const tag = this.#freeTags[this.#freeCount]!;
    this.#owners[tag] = owner;
    this.#arguments[tag] = argument;
    this.#isPrepared = true;
    return tag;
  }

  submit(): void {
    this.#isPrepared = false;
    this.#channel.submit();
  }

  /** As `submit`, of many requests: others who use the same lines take their turns in between. */
  *submitMany(): EngineTask<void> {
    const channel = this.#channel;
    this.#isPrepared = false;
    channel.submit(true);
    while (channel.isSubmitting === true) {
      yield CATCH_UP;
      channel.submit(true);
    }
  }

  /** Tells owners of completed I/Os; returns how many there were. */
  reap(): number {
    const channel = this.#channel;
    const found = channel.reap(REAP_LIMIT);
    for (let index = 0; index < found; index++) {
      const tag = channel.completed[index]!;
      const status = channel.completedStatus[index]!;
      const owner = this.#owners[tag]!;
      this.#owners[tag] = undefined;
      this.#freeTags[this.#freeCount] = tag;
      this.#freeCount += 1;
      owner.ioCompleted(this, this.#arguments[tag]!, status);
    }
    return found;
  }

  /** Wakes `other`, who pauses or is about to, and pays what its system takes for that. */
  unpark(other: Worker): void {
    this.thread.unpark(other.thread);
  }

  /** Waits until something may have happened: a completion, or another worker's `unpark`. */
  *pause(): EngineTask<void> {
    if (this.#isPrepared) this.submit();
    if (this.outstanding === 0) yield PARK;
    else if (this.reap() === 0) yield this.#channel.completionWait;
    if (this.thread.isAhead()) yield CATCH_UP;
  }

  /** Returns when no I/O of this worker is outstanding. */
  *finish(): EngineTask<void> {
    while (this.outstanding > 0) yield* this.pause();
  }

  /** Lets the rest of the simulation catch up with this worker's core. */
  *catchUp(): EngineTask<void> {
    if (this.thread.isAhead()) yield CATCH_UP;
  }
}
