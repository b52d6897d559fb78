/**
 * After a crash: analysis, redo, undo (ARIES: Mohan et al., TODS 1992), restartable at any point.
 *
 *  1. Read the master record; write one with a higher epoch, so that records of the life that ended
 *     can be told from those of the one that begins.
 *  2. Read the log up to its last whole batch.
 *  3. Analysis: who had not ended.
 *  4. Redo: bring every page up to date on the drives, flush them, and say so in the master record.
 *  5. The database opens. Undo: roll back who had not ended, as at run time.
 *
 * A crash in 1 to 4 repeats them from the old redo point, in 5 only what was not undone yet, for
 * every step of undo is logged.
 */
import type { PageIo } from "../buffer/page-io.ts";
import type { EngineTask } from "../model.ts";
import type { RecordAccess } from "../transaction/record-access.ts";
import { undoLast } from "../transaction/rollback.ts";
import type { LogOwner, TransactionLog } from "../wal/change-log.ts";
import type { LogArea } from "../wal/log-area.ts";
import { encodeMaster, type MasterRecord, masterPlace } from "../wal/master-record.ts";
import { WriteAheadLog } from "../wal/write-ahead-log.ts";
import type { Worker } from "../worker.ts";
import { Analysis } from "./analysis.ts";
import { DriveIo } from "./drive-io.ts";
import { LogReader, readMaster } from "./log-reader.ts";
import { Redo, RedoPlan } from "./redo.ts";

/** What the log said, once all pages are as it says. */
export interface Replayed {
  readonly log: WriteAheadLog;
  readonly losers: readonly LogOwner[];
  readonly nextTransactionId: number;
  /** Changes that were made again. */
  readonly redone: number;
}

/** Steps 1 to 4: afterwards the drives hold every change that the log holds. */
export function* replayLog(
  worker: Worker,
  area: LogArea,
  pages: PageIo,
  pageBytes: number,
  fullPageImages: boolean,
): EngineTask<Replayed> {
  const found = yield* readMaster(worker, area);
  const renewed = { ...found, number: found.number + 1, epoch: found.epoch + 1 };
  yield* writeMaster(worker, area, renewed);
  const reader = new LogReader(area);
  yield* reader.load(worker, renewed);
  const analysis = new Analysis(reader, renewed.scanLsn);
  const plan = new RedoPlan(reader, renewed.redoLsn);
  const redo = new Redo(worker, reader, plan, pages, pageBytes);
  yield* redo.run();
  yield* new DriveIo(worker).flush(area.drives);
  const losers = analysis.losers();
  const master = masterAfter(renewed, reader.endLsn, losers);
  yield* writeMaster(worker, area, master);
  const log = new WriteAheadLog({ area, master, endLsn: reader.endLsn, fullPageImages });
  return { log, losers, nextTransactionId: analysis.nextTransactionId, redone: redo.redone };
}

/** Step 5: rolls back every transaction that had not ended; returns how many steps that took. */
export function* undoLosers(
  worker: Worker,
  log: TransactionLog,
  losers: readonly LogOwner[],
  treeOf: (treeId: number) => RecordAccess,
): EngineTask<number> {
  let undone = 0;
  for (const loser of losers.toReversed()) {
    for (; loser.undo.length > 0; undone++) yield* undoLast(loser, worker, treeOf);
    log.aborted(loser);
  }
  return undone;
}

/** Writes a master record, durably. */
export function* writeMaster(
  worker: Worker,
  area: LogArea,
  master: MasterRecord,
): EngineTask<void> {
  const io = new DriveIo(worker);
  const { drive, offset } = masterPlace(area, master.number);
  yield* io.write(drive, offset, encodeMaster(master), "the master record could not be written");
  yield* io.flush(area.drives);
}

function masterAfter(
  { number, epoch, scanEpoch }: MasterRecord,
  endLsn: number,
  losers: readonly LogOwner[],
): MasterRecord {
  const redoLsn = endLsn;
  const scanLsn = losers.reduce((least, { firstLsn }) => Math.min(least, firstLsn), endLsn);
  // Records of losers are of an earlier epoch than what comes now.
  return {
    number: number + 1,
    epoch,
    redoLsn,
    scanLsn,
    scanEpoch: losers.length > 0 ? scanEpoch : epoch,
  };
}
