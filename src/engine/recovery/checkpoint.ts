/**
 * Fuzzy checkpoints: transactions go on while one is taken; afterwards the log before it is free.
 *
 *  1. The redo point is the end of the log now. From here on the first change of a page logs its
 *     image.
 *  2. Write every page that was changed before the redo point and is still dirty; flush the drives.
 *  3. Write the master record: redo begins at the redo point, the scan at the first record of the
 *     oldest transaction that was under way in 1.
 *
 * Whoever begins to write when the distance between checkpoints is exceeded takes it first; others
 * go on, and only when the log area is nearly full do they wait: they write a share of the pages
 * and sleep until it is over.
 *
 * A flush that fails ends the log, and so does an msync: the pages written before may be lost
 * although nobody will write them again, and only recovery from the previous checkpoint brings them
 * back. That holds for a flush of the log as well, so nobody else flushes during 3.
 */
import type { EngineTask } from "../model.ts";
import type { WriteGate } from "../transaction/transaction-context.ts";
import type { WriteAheadLog } from "../wal/write-ahead-log.ts";
import type { Worker } from "../worker.ts";
import { DriveFailure, DriveIo } from "./drive-io.ts";
import { writeMaster } from "./recover.ts";

/** What a checkpoint needs of the buffer pool. */
export interface DirtyPages {
  /** Writes every page that was first changed before `lsn` and is still dirty. */
  writeOlderThan(lsn: number, worker: Worker): EngineTask<void>;
  /** Takes part in the writing that is under way. */
  help?(worker: Worker): EngineTask<void>;
  /** Whether there is so much to be written that a checkpoint is due. */
  isFull?(): boolean;
}

/** What a checkpoint needs of the transactions. */
export interface OpenTransactions {
  /** LSN of the first record of any transaction under way. */
  oldestLsn(): number;
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
  #isRunning = false;

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

  isDue(): boolean {
    if (this.#isRunning) return this.#isNearlyFull();
    if (this.#pages.isFull?.() === true) return true;
    return this.#log.endLsn - this.#log.master.redoLsn >= this.#everyBytes;
  }

  /** Takes a checkpoint, or waits for the one that is being taken. */
  *run(worker: Worker): EngineTask<void> {
    if (this.#isRunning) {
      if (this.#pages.help !== undefined) yield* this.#pages.help(worker);
      if (!this.#isRunning) return;
      this.#waiting.push(worker);
      while (this.#waiting.includes(worker)) yield* worker.pause();
      return;
    }
    this.#isRunning = true;
    try {
      yield* this.#take(worker);
    } finally {
      this.#isRunning = false;
      for (const other of this.#waiting) worker.unpark(other);
      this.#waiting.length = 0;
    }
  }

  *#take(worker: Worker): EngineTask<void> {
    const log = this.#log;
    const redoLsn = log.buffer.seal();
    log.redoLsn = redoLsn;
    const scanLsn = Math.min(redoLsn, this.#transactions.oldestLsn());
    yield* log.flushUpTo(redoLsn, worker);
    yield* this.#orEnd(this.#pages.writeOlderThan(redoLsn, worker));
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
