/**
 * The log after a crash, read from the array into memory, up to the end of its last whole batch.
 *
 * The end is where no record of this place and epoch is whole. A batch counts only with its SEAL:
 * no commit in it was acknowledged before all of it was durable, and no page went out that depends
 * on it; so a batch is redone entirely or not at all, and groups of records with it.
 *
 * I1  Every record before `endLsn` is whole; `endLsn` is a multiple of the block size.
 */
import { assert } from "../../base/assert.ts";
import type { EngineTask } from "../model.ts";
import { driveOf, type LogArea, offsetOf, STRIPE_BYTES } from "../wal/log-area.ts";
import { LOG_SEGMENT_BYTES, RecordView, recordStart, SEAL } from "../wal/log-record.ts";
import { latestMaster, type MasterRecord, masterPlace } from "../wal/master-record.ts";
import type { Worker } from "../worker.ts";
import { DriveFailure, DriveIo } from "./drive-io.ts";

interface LoadedSegment {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Byte from which on something could not be read. */
  readableBytes: number;
  status: number;
}

export class LogReader {
  /** LSN after the last whole batch. */
  endLsn = 0;
  readonly #area: LogArea;
  readonly #segments = new Map<number, LoadedSegment>();
  readonly #view = new RecordView();

  constructor(area: LogArea) {
    this.#area = area;
  }

  /** Reads everything from where `master` says; afterwards `endLsn` is known. */
  *load(worker: Worker, master: MasterRecord): EngineTask<void> {
    const io = new DriveIo(worker);
    let lsn = master.scanLsn;
    let epoch = master.scanEpoch;
    this.endLsn = lsn;
    while (lsn - master.scanLsn < this.#area.bytes) {
      lsn = recordStart(lsn);
      const number = Math.floor(lsn / LOG_SEGMENT_BYTES);
      if (!this.#segments.has(number)) yield* this.#loadSegment(number, io);
      const record = this.at(lsn);
      if (!record.isValid(epoch)) break;
      epoch = record.epoch;
      lsn = record.endLsn;
      if (record.kind === SEAL) this.endLsn = lsn;
    }
    this.#refuseUnreadable(lsn);
    const isWhole = this.endLsn >= master.redoLsn;
    if (!isWhole) throw new DriveFailure(`the log is damaged at LSN ${lsn}`, 0);
  }

  /** The record at `lsn`; the view is reused by the next call. */
  at(lsn: number): RecordView {
    const segment = this.#segments.get(Math.floor(lsn / LOG_SEGMENT_BYTES));
    assert(segment !== undefined, "I1: what is looked at has been read");
    return this.#view.look(segment.words, segment.bytes, lsn % LOG_SEGMENT_BYTES, lsn);
  }

  /** Shows every record from `fromLsn` to the end, in order. */
  forEach(fromLsn: number, visit: (record: RecordView) => void): void {
    for (let lsn = recordStart(fromLsn); lsn < this.endLsn; ) {
      const record = this.at(lsn);
      const next = recordStart(record.endLsn);
      visit(record);
      lsn = next;
    }
  }

  *#loadSegment(number: number, io: DriveIo): EngineTask<void> {
    const bytes = new Uint8Array(LOG_SEGMENT_BYTES);
    const words = new Int32Array(bytes.buffer);
    const segment = { bytes, words, readableBytes: LOG_SEGMENT_BYTES, status: 0 };
    for (let at = 0; at < LOG_SEGMENT_BYTES; at += STRIPE_BYTES) {
      const lsn = number * LOG_SEGMENT_BYTES + at;
      const into = bytes.subarray(at, at + STRIPE_BYTES);
      const status = yield* io.read(driveOf(this.#area, lsn), offsetOf(this.#area, lsn), into);
      if (status === 0) continue;
      segment.status = status;
      segment.readableBytes = Math.min(segment.readableBytes, at);
    }
    this.#segments.set(number, segment);
  }

  /** What could not be read must not be taken for the end of the log. */
  #refuseUnreadable(lsn: number): void {
    const segment = this.#segments.get(Math.floor(lsn / LOG_SEGMENT_BYTES));
    if (segment === undefined || segment.status === 0) return;
    const stripeEnd = (Math.floor((lsn % LOG_SEGMENT_BYTES) / STRIPE_BYTES) + 2) * STRIPE_BYTES;
    if (stripeEnd <= segment.readableBytes) return;
    throw new DriveFailure(`the log could not be read at LSN ${lsn}`, segment.status);
  }
}

/** The master record that counts, of the two blocks on the array. */
export function* readMaster(worker: Worker, area: LogArea): EngineTask<MasterRecord> {
  const io = new DriveIo(worker);
  const blocks: Uint8Array[] = [];
  let status = 0;
  for (const number of [0, 1]) {
    const { drive, offset } = masterPlace(area, number);
    const block = new Uint8Array(4_096);
    const failed = yield* io.read(drive, offset, block);
    if (failed !== 0) status = failed;
    else blocks.push(block);
  }
  // The newer one may be the one that cannot be read: an older one would lose commits.
  if (status !== 0) throw new DriveFailure("the master record could not be read", status);
  return latestMaster(blocks);
}
