/**
 * The master record: where recovery begins, in two blocks that are written in turn.
 *
 * The one with the higher number that is whole counts, so that a torn write of one leaves the
 * other. A database whose master record was never written begins at the first LSN.
 *
 * `epoch` counts lives of the database: every recovery writes a higher one, durably, before it
 * appends to the log. Records of a life that ended in a crash lie behind the end that recovery
 * found and may look valid; their lower epoch gives them away.
 */
import type { Media } from "../../os/model.ts";
import { wordChecksum } from "../page/checksum.ts";
import type { LogArea } from "./log-area.ts";
import { FIRST_LSN, LOG_BLOCK_BYTES } from "./log-record.ts";

export interface MasterRecord {
  /** Counts writes of the master record. */
  readonly number: number;
  readonly epoch: number;
  /** Redo begins here: every change before it is on the drives. */
  readonly redoLsn: number;
  /** The scan begins here: no transaction that is still to be undone began earlier. */
  readonly scanLsn: number;
  /** The lowest epoch that a record at `scanLsn` may have. */
  readonly scanEpoch: number;
}

export const FIRST_MASTER: MasterRecord = {
  number: 0,
  epoch: 1,
  redoLsn: FIRST_LSN,
  scanLsn: FIRST_LSN,
  scanEpoch: 1,
};

const MAGIC = 0x6b74_6c67;
const WORDS = 16;
const TWO_32 = 4_294_967_296;

/** Drive and offset of the block in which record `number` lies. */
export function masterPlace(area: LogArea, number: number): { drive: number; offset: number } {
  const slot = number & 1;
  const drive = slot % area.drives;
  return { drive, offset: area.baseBytes + (area.drives === 1 ? slot * LOG_BLOCK_BYTES : 0) };
}

export function encodeMaster(record: MasterRecord): Uint8Array {
  const block = new Uint8Array(LOG_BLOCK_BYTES);
  const words = new Int32Array(block.buffer);
  words[1] = MAGIC;
  words[2] = record.number;
  words[3] = record.epoch;
  words[4] = record.redoLsn | 0;
  words[5] = Math.floor(record.redoLsn / TWO_32);
  words[6] = record.scanLsn | 0;
  words[7] = Math.floor(record.scanLsn / TWO_32);
  words[8] = record.scanEpoch;
  words[0] = wordChecksum(words, 1, WORDS);
  return block;
}

/** Undefined when the block does not hold a whole master record. */
export function decodeMaster(block: Uint8Array): MasterRecord | undefined {
  const words = new Int32Array(block.slice(0, WORDS * 4).buffer);
  if (words[1] !== MAGIC || words[0] !== wordChecksum(words, 1, WORDS)) return undefined;
  const lsn = (at: number): number => words[at + 1]! * TWO_32 + (words[at]! >>> 0);
  return {
    number: words[2]!,
    epoch: words[3]!,
    redoLsn: lsn(4),
    scanLsn: lsn(6),
    scanEpoch: words[8]!,
  };
}

/** Makes a new database of what is on the drives: there is no master record any more. */
export function eraseMaster(area: LogArea, media: Media | undefined): void {
  if (media === undefined) return;
  for (const number of [0, 1]) {
    const { drive, offset } = masterPlace(area, number);
    media.write(drive, offset, LOG_BLOCK_BYTES, new Uint8Array(LOG_BLOCK_BYTES));
    media.flush(drive, media.acceptedSoFar(drive));
  }
}

/** The one that counts, of what the two blocks hold. */
export function latestMaster(blocks: readonly Uint8Array[]): MasterRecord {
  let latest = FIRST_MASTER;
  for (const block of blocks) {
    const found = decodeMaster(block);
    if (found !== undefined && found.number > latest.number) latest = found;
  }
  return latest;
}
