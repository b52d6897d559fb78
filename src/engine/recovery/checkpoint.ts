/**
 * Fuzzy checkpoints, spread over the distance between them: afterwards the log before one is free.
 *
 *  1. The redo point is the end of the log now. From here on the first change of a page logs its
 *     image.
 *  2. Write every page that was changed before the redo point and is still dirty. Nobody does it
 *     alone: whoever begins to write and finds fewer pages written than the log has grown since the
 *     redo point writes what is missing and goes on. Steady work therefore pays for its checkpoints
 *     steadily, and all is written when nine tenths of the distance are over.
 *  3. Whoever has written the last page flushes the drives and writes the master record: redo
 *     begins at the redo point, the scan at the first record of the oldest transaction that was
 *     under way in 1.
 *
 * Only when the log area is nearly full does everybody stop: they write all that is left and sleep
 * until it is over. A checkpoint whose write fails is given up; the next one begins anew.
 *
 * A flush that fails ends the log, and so does an msync: the pages written before may be lost
 * although nobody will write them again, and only recovery from the previous checkpoint brings them
 * back. That holds for a flush of the log as well, so nobody else flushes during 3.
 */
import { EVICTION_BATCH, giveWay } from "../buffer/write-back.ts";
import type { EngineTask } from "../model.ts";
import type { WriteGate } from "../transaction/transaction-context.ts";
import type { WriteAheadLog } from "../wal/write-ahead-log.ts";
import type { Worker } from "../worker.ts";
import { DriveFailure, DriveIo } from "./drive-io.ts";
import { writeMaster } from "./recover.ts";

/**
 * Share of the distance by whose end all pages are written: checkpoint_completion_target, which
 * spreads them over almost all of it and leaves some room. [postgresql14 §20.5.2]
 */
const COMPLETION_TARGET = 0.9;

/** Pages that a checkpoint has to write. */
export interface OwedPages {
  readonly pages: number;
  /** Those that nobody has begun to write. */
  readonly left: number;
  /** Whether all are written. */
  readonly isWritten: boolean;
  /** Writes up to `most` of them, if they can be written now. */
  write(most: number, worker: Worker): EngineTask<void>;
}

/** What a checkpoint needs of the buffer pool. */
export interface DirtyPages {
  /** All pages that were first changed before `lsn` and are still dirty. */
  owedBefore(lsn: number): OwedPages;
  /** Whether there is so much to be written that a checkpoint is due. */
  isFull?(): boolean;
}

/** What a checkpoint needs of the transactions. */
export interface OpenTransactions {
  /** LSN of the first record of any transaction under way. */
  oldestLsn(): number;
}

/** One that has begun. */
interface Checkpoint {
  readonly redoLsn: number;
  readonly scanLsn: number;
  readonly owed: OwedPages;
  /** Whether somebody flushes the drives and writes the master record. */
  isEnding: boolean;
}

export class Checkpoints implements WriteGate {
  /** Checkpoints taken. */
  count = 0;
  readonly #log: WriteAheadLog;
  readonly #pages: DirtyPages;
  readonly #transactions: OpenTransactions;
  readonly #everyBytes: number;
  readonly #roomBytes: number;
  readonly #waiting: Worker[] = [];
  #underWay: Checkpoint | undefined;

  /**
   * @param everyBytes bytes of log between two checkpoints.
   * @param roomBytes bytes of the log's area that may be in use.
   */
  constructor(
    log: WriteAheadLog,
    pages: DirtyPages,
    transactions: OpenTransactions,
    everyBytes: number,
    roomBytes: number = log.area.bytes,
  ) {
    this.#log = log;
    this.#pages = pages;
    this.#transactions = transactions;
    this.#everyBytes = everyBytes;
    this.#roomBytes = Math.min(roomBytes, log.area.bytes);
  }

  isDue(worker: Worker): boolean {
    const checkpoint = this.#underWay;
    if (checkpoint !== undefined) {
      return this.#isNearlyFull() || this.#isBehind(checkpoint, worker);
    }
    if (this.#pages.isFull?.() === true) return true;
    return this.#log.endLsn - this.#log.master.redoLsn >= this.#everyBytes;
  }

  /** Begins a checkpoint, or writes a share of the pages of the one that is under way. */
  *run(worker: Worker): EngineTask<void> {
    this.#underWay ??= this.#begin();
    const checkpoint = this.#underWay;
    const { owed } = checkpoint;
    try {
      if (this.#isNearlyFull()) yield* this.#writeRest(checkpoint, worker);
      else yield* this.#orEnd(owed.write(this.#shareOf(checkpoint, worker), worker));
      if (this.#underWay === checkpoint && owed.isWritten && !checkpoint.isEnding) {
        checkpoint.isEnding = true;
        yield* this.#publish(checkpoint, worker);
        this.#end(checkpoint, worker);
      }
    } catch (error) {
      this.#end(checkpoint, worker);
      throw error;
    }
    if (this.#underWay === checkpoint && this.#isNearlyFull()) yield* this.#sleep(worker);
  }

  #begin(): Checkpoint {
    const log = this.#log;
    const redoLsn = log.buffer.seal();
    log.redoLsn = redoLsn;
    const scanLsn = Math.min(redoLsn, this.#transactions.oldestLsn());
    return { redoLsn, scanLsn, owed: this.#pages.owedBefore(redoLsn), isEnding: false };
  }

  /** Pages by which the writing is behind the log; one more than none at its beginning. */
  #lagOf({ redoLsn, owed }: Checkpoint): number {
    const distance = this.#everyBytes * COMPLETION_TARGET;
    const due = Math.floor((owed.pages * (this.#log.endLsn - redoLsn)) / distance) + 1;
    return Math.min(owed.left, due - (owed.pages - owed.left));
  }

  /** He writes as many as his channel takes at once, or he would wait for each of them alone. */
  #isBehind(checkpoint: Checkpoint, worker: Worker): boolean {
    const { left } = checkpoint.owed;
    return left > 0 && this.#lagOf(checkpoint) >= Math.min(left, EVICTION_BATCH, worker.room);
  }

  #shareOf(checkpoint: Checkpoint, worker: Worker): number {
    return Math.min(EVICTION_BATCH, Math.max(worker.room, this.#lagOf(checkpoint)));
  }

  *#writeRest(checkpoint: Checkpoint, worker: Worker): EngineTask<void> {
    const { owed } = checkpoint;
    while (this.#underWay === checkpoint && owed.left > 0) {
      const { left } = owed;
      yield* this.#orEnd(owed.write(EVICTION_BATCH, worker));
      // Whoever holds the latch is about to release it, and a write is about to end.
      if (owed.left >= left) yield* giveWay(worker);
    }
  }

  /** Until the checkpoint that is under way is over. */
  *#sleep(worker: Worker): EngineTask<void> {
    this.#waiting.push(worker);
    while (this.#waiting.includes(worker)) yield* worker.pause();
  }

  *#publish({ redoLsn, scanLsn }: Checkpoint, worker: Worker): EngineTask<void> {
    const log = this.#log;
    yield* log.flushUpTo(redoLsn, worker);
    const { number, epoch } = log.master;
    const master = { number: number + 1, epoch, redoLsn, scanLsn, scanEpoch: epoch };
    const publish = function* (): EngineTask<void> {
      yield* new DriveIo(worker).flush(log.area.drives);
      yield* writeMaster(worker, log.area, master);
    };
    yield* log.groupCommit.alone(() => this.#orEnd(publish()), worker);
    log.master = master;
    log.groupCommit.tailLsn = scanLsn;
    this.count += 1;
  }

  /** It is over, or has failed. */
  #end(checkpoint: Checkpoint, worker: Worker): void {
    if (this.#underWay !== checkpoint) return;
    this.#underWay = undefined;
    for (const other of this.#waiting) worker.unpark(other);
    this.#waiting.length = 0;
  }

  /** Does `work`, whose failure ends the log: the next checkpoint would free what is needed. */
  *#orEnd(work: EngineTask<void>): EngineTask<void> {
    try {
      yield* work;
    } catch (error) {
      if (error instanceof DriveFailure) this.#log.groupCommit.fail(error.status);
      throw error;
    }
  }

  #isNearlyFull(): boolean {
    const { endLsn, master } = this.#log;
    return endLsn - master.scanLsn > (this.#roomBytes * 3) / 4;
  }
}
