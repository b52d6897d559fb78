/**
 * Group commit: one write and one flush of the log for everybody who waits at that moment.
 *
 * Who comes first becomes the leader: it seals what has gathered, writes it, flushes the drives it
 * wrote to (unless they say that they protect their caches, see `Volume.needsFlushes`), and wakes
 * everybody who is durable by then. Who comes meanwhile waits; the first of them to run, or who
 * commits before one that was woken runs, leads next with everything that has gathered since.
 * (D. DeWitt et al.: Implementation techniques for main memory database systems, SIGMOD 1984;
 * overtaking as with PostgreSQL's LWLockAcquireOrWait. MySQL's and RocksDB's write groups instead
 * hand the lead over.)
 *
 * A log write or flush that fails ends the log: everybody gets `LogFailure`, and the database has
 * to be recovered. It is never tried again: after a failed flush nobody knows what the drives hold.
 *
 * I1  `durableLsn` moves only after every drive that was written has completed a flush, if
 *     flushes are needed.
 * I2  What recovery needs is never overwritten.
 * I3  There is at most one leader; whoever waits is in the list until it is woken.
 */

import { assert } from "../../base/assert.ts";

import { FLUSH, WRITE } from "../../os/model.ts";
import type { EngineTask } from "../model.ts";
import type { IoOwner, Worker } from "../worker.ts";
import { bytesInStripe, driveOf, type LogArea, offsetOf } from "./log-area.ts";
import type { LogBuffer } from "./log-buffer.ts";

const NO_BYTES = new Uint8Array(0);

/** Status of a log whose area is full: what recovery needs may not be overwritten. */
const LOG_FULL = -1;

/** The log could not be made durable; nothing that was not durable before may be acknowledged. */
export class LogFailure extends Error {
  readonly status: number;

  constructor(status: number) {
    const reason = status === LOG_FULL ? "its area is full" : `status ${status}`;
    super(`the log could not be written (${reason}): the database must be recovered`);
    this.name = "LogFailure";
    this.status = status;
  }
}

export class GroupCommit implements IoOwner {
  /** Everything before this LSN survives a crash. */
  durableLsn: number;
  /** Recovery needs the log from here on; moves with checkpoints. */
  tailLsn: number;
  /** Flushes of the log so far; each made one batch durable. */
  batches = 0;
  /** Batches on which somebody waited beside the leader. */
  shared = 0;
  /** Bytes written so far, padding included. */
  writtenBytes = 0;

  readonly #buffer: LogBuffer;
  readonly #area: LogArea;
  readonly #waiting: Worker[] = [];
  readonly #waitingFor: number[] = [];
  /** Whether each drive was written to since its last flush. */
  readonly #touched: Uint8Array;
  #isLed = false;
  /** Who waits to be alone; nobody leads before him. */
  #next: Worker | undefined;
  #outstanding = 0;
  #failure = 0;

  constructor(buffer: LogBuffer, area: LogArea, tailLsn: number) {
    this.#buffer = buffer;
    this.#area = area;
    this.durableLsn = buffer.endLsn;
    this.tailLsn = tailLsn;
    this.#touched = new Uint8Array(area.drives);
  }

  /** Returns when everything before `lsn` is durable. */
  *flushUpTo(lsn: number, worker: Worker): EngineTask<void> {
    while (this.durableLsn < lsn) {
      this.assertAlive();
      if (this.#isLed || this.#next !== undefined) yield* this.#follow(lsn, worker);
      else yield* this.#lead(worker);
    }
  }

  /** @throws LogFailure when the log has ended. */
  assertAlive(): void {
    if (this.#failure !== 0) throw new LogFailure(this.#failure);
  }

  /** The drives failed elsewhere in a way that makes what they hold unknown. */
  fail(status: number): void {
    this.#failure = status;
  }

  /**
   * Runs `work` while nobody flushes. A flush that fails takes with it what others wrote, and only
   * who sent it is told: so a checkpoint must not flush beside somebody else. It has the next turn:
   * among many who commit, one whose thread is woken first would never find that nobody leads.
   */
  *alone(work: () => EngineTask<void>, worker: Worker): EngineTask<void> {
    assert(this.#next === undefined, "one worker at a time wants to be alone");
    this.#next = worker;
    while (this.#isLed) yield* worker.pause();
    this.#next = undefined;
    this.#isLed = true;
    try {
      this.assertAlive();
      yield* work();
    } finally {
      this.#isLed = false;
      this.#wakeFollowers(worker);
    }
  }

  ioCompleted(_worker: Worker, _argument: number, status: number): void {
    this.#outstanding -= 1;
    if (status !== 0) this.#failure = status;
  }

  *#follow(lsn: number, worker: Worker): EngineTask<void> {
    this.#waiting.push(worker);
    this.#waitingFor.push(lsn);
    while (this.#waiting.includes(worker)) yield* worker.pause();
  }

  *#lead(worker: Worker): EngineTask<void> {
    this.#isLed = true;
    const from = this.durableLsn;
    const to = this.#buffer.seal();
    if (to - this.tailLsn > this.#area.bytes) this.#failure = LOG_FULL;
    else yield* this.#write(worker, from, to);
    if (this.#failure === 0 && this.#area.needsFlushes) yield* this.#flushDrives(worker);
    this.#isLed = false;
    if (this.#failure === 0) {
      assert(this.#outstanding === 0, "I1: nothing of the log is under way");
      this.durableLsn = to;
      this.batches += 1;
      this.writtenBytes += to - from;
      this.#buffer.release(to);
    }
    this.#wakeFollowers(worker);
  }

  *#write(worker: Worker, from: number, to: number): EngineTask<void> {
    let lsn = from;
    while (lsn < to || this.#outstanding > 0) {
      while (lsn < to && worker.room > 0) {
        const bytes = bytesInStripe(lsn, to - lsn);
        const drive = driveOf(this.#area, lsn);
        const content = this.#buffer.sealed(lsn, bytes);
        worker.start(WRITE, drive, offsetOf(this.#area, lsn), content, this, 0);
        this.#outstanding += 1;
        this.#touched[drive] = 1;
        lsn += bytes;
      }
      yield* worker.submitMany();
      yield* worker.pause();
    }
  }

  *#flushDrives(worker: Worker): EngineTask<void> {
    const { drives } = this.#area;
    let drive = 0;
    while (drive < drives || this.#outstanding > 0) {
      for (; drive < drives && worker.room > 0; drive++) {
        if (this.#touched[drive] === 0) continue;
        this.#touched[drive] = 0;
        worker.start(FLUSH, drive, 0, NO_BYTES, this, 0);
        this.#outstanding += 1;
      }
      yield* worker.submitMany();
      if (drive < drives || this.#outstanding > 0) yield* worker.pause();
    }
  }

  /** Wakes who is durable now, and who leads next: who wants to be alone, or the first other. */
  #wakeFollowers(leader: Worker): void {
    const waiting = this.#waiting;
    const waitingFor = this.#waitingFor;
    let kept = 0;
    let hasLeader = this.#next !== undefined;
    if (this.#next !== undefined) leader.unpark(this.#next);
    if (waitingFor.some((lsn) => lsn <= this.durableLsn)) this.shared += 1;
    for (let index = 0; index < waiting.length; index++) {
      const worker = waiting[index]!;
      const isServed = waitingFor[index]! <= this.durableLsn || this.#failure !== 0;
      if (isServed || !hasLeader) {
        if (!isServed) hasLeader = true;
        leader.unpark(worker);
      } else {
        waiting[kept] = worker;
        waitingFor[kept] = waitingFor[index]!;
        kept += 1;
      }
    }
    waiting.length = kept;
    waitingFor.length = kept;
  }
}
