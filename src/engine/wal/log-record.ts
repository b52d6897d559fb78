/**
 * The format of one log record, on real bytes.
 *
 * ```
 *  word 0  checksum of the rest, mixed with the record's LSN
 *       1  length in bytes, a multiple of 8
 *       2  kind (8 bits), flags (8), epoch (16)
 *       3  transaction, 0: nobody's
 *       4  distance in bytes back to the same transaction's previous record, 0: none
 *       5  page, 0: none
 *       6… body
 * ```
 *
 * Word 4 is ARIES's, whose undo reads the log backwards. Nobody here does: analysis gathers what a
 * loser has done on its way forwards.
 *
 * An LSN is a byte offset in an endless log; a record's LSN is the offset of its first byte. Every
 * flush ends a *batch* with a SEAL record that fills its last block, so that a block is written
 * once per lap and a committed record never lies in a block that is being written again.
 *
 * I1  A record lies in one segment, begins at a multiple of 8, and not in a block's last 16 bytes.
 * I2  A record that is not whole is noticed by its checksum.
 * I3  A record of an earlier lap or another place is noticed: its LSN is part of the checksum.
 * I4  A record of the time before a crash that was cut off is noticed: its epoch is too low.
 */
import { mixBits } from "../../base/random.ts";
import { wordChecksum } from "../page/checksum.ts";

/** What a flush writes is a multiple of this; also the alignment of a batch. */
export const LOG_BLOCK_BYTES = 4_096;
/** The log is written to memory and to the array in segments of this many bytes. */
export const LOG_SEGMENT_BYTES = 1 << 20;
/** The first LSN of a new log; an LSN of 0 means: before any logged change. */
export const FIRST_LSN = LOG_BLOCK_BYTES;

export const HEADER_BYTES = 24;

/** Fills the rest of a segment. */
export const PAD = 1;
/** Ends a batch and fills the rest of its last block. */
export const SEAL = 2;
export const COMMIT = 3;
/** Ends a transaction that was rolled back. */
export const ABORTED = 4;
/** Whole page; the unused middle is left out. */
export const IMAGE = 5;
/** A change in the tree's own format, redo only. */
export const STRUCTURE = 6;
/** Changes of a leaf: redone by page and slot, undone by tree and key. */
export const INSERT = 7;
export const REMOVE = 8;
/** Another value under the same key. */
export const REPLACE = 9;
/** Some bytes of a value. */
export const PATCH = 10;
export type RecordKind =
  | typeof PAD
  | typeof SEAL
  | typeof COMMIT
  | typeof ABORTED
  | typeof IMAGE
  | typeof STRUCTURE
  | typeof INSERT
  | typeof REMOVE
  | typeof REPLACE
  | typeof PATCH;

/** Flag of a record that undoes another one and is itself never undone (a CLR). */
export const COMPENSATION = 1;

/** Whether records of this kind change a leaf on behalf of a transaction. */
export const isLeafChange = (kind: number): boolean => kind >= INSERT && kind <= PATCH;

/** The LSN at or after `lsn` at which a record may begin. */
export function recordStart(lsn: number): number {
  const left = LOG_BLOCK_BYTES - (lsn % LOG_BLOCK_BYTES);
  return left < HEADER_BYTES ? lsn + left : lsn;
}

export const roundUp8 = (bytes: number): number => (bytes + 7) & ~7;

/** Checksum of the record of `bytes` bytes whose word 0 is `words[first]`. */
export function checksumOf(words: Int32Array, first: number, bytes: number, lsn: number): number {
  const place = mixBits((lsn | 0) ^ mixBits(Math.floor(lsn / 4_294_967_296)));
  return wordChecksum(words, first + 1, first + (bytes >>> 2)) ^ place;
}

/** The fields of a record's header, decoded in place. */
export class RecordView {
  words: Int32Array = new Int32Array(0);
  bytes: Uint8Array = new Uint8Array(0);
  lsn = 0;
  /** Index of word 0. */
  first = 0;

  /** Looks at the record at byte `at` of a segment. */
  look(words: Int32Array, bytes: Uint8Array, at: number, lsn: number): this {
    this.words = words;
    this.bytes = bytes;
    this.first = at >>> 2;
    this.lsn = lsn;
    return this;
  }

  /** Whether there is a whole record of at least `epoch` here, as it was written. */
  isValid(epoch: number): boolean {
    const { words, first, length } = this;
    const room = this.bytes.length - first * 4;
    if (length < HEADER_BYTES || length > room || (length & 7) !== 0) return false;
    return this.epoch >= epoch && words[first] === checksumOf(words, first, length, this.lsn);
  }

  get length(): number {
    return this.words[this.first + 1]!;
  }
  /** LSN of the byte after the record: what a page carries that the record has changed. */
  get endLsn(): number {
    return this.lsn + this.length;
  }
  get kind(): number {
    return this.words[this.first + 2]! & 0xff;
  }
  get isCompensation(): boolean {
    return ((this.words[this.first + 2]! >>> 8) & COMPENSATION) !== 0;
  }
  get epoch(): number {
    return this.words[this.first + 2]! >>> 16;
  }
  get transaction(): number {
    return this.words[this.first + 3]!;
  }
  get page(): number {
    return this.words[this.first + 5]!;
  }
}
