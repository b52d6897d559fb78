/**
 * The end of the log, in memory: records are appended here and leave in batches.
 *
 * Interface: `start` makes room for a record and writes its header; the caller fills the body in
 * `bytes` from the returned position on; `finish` closes it. Nothing suspends in between. `seal`
 * ends a batch; what lies before it never changes again and may be written. `release` gives memory
 * back.
 *
 * I1  A segment is reused only after all of it is durable: a drive may still read it before.
 * I2  Nothing is appended to a block that was sealed.
 *
 * Not modelled: the latch of the buffer's end between cores.
 */
import { assert } from "../../base/assert.ts";
import {
  checksumOf,
  FIRST_LSN,
  HEADER_BYTES,
  LOG_BLOCK_BYTES,
  LOG_SEGMENT_BYTES,
  PAD,
  type RecordKind,
  recordStart,
  roundUp8,
  SEAL,
} from "./log-record.ts";

interface Segment {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

export class LogBuffer {
  /** Bytes of the segment that the record being written lies in. */
  bytes: Uint8Array;
  words: Int32Array;
  /** LSN of the byte after the last record. */
  endLsn: number;
  /** Where the last batch ended. */
  sealedLsn: number;
  /** LSN of the record that was started last. */
  recordLsn = 0;
  readonly epoch: number;

  readonly #segments = new Map<number, Segment>();
  readonly #free: Segment[] = [];
  #length = 0;
  #inGroup = false;

  /** @param startLsn a multiple of the block size. */
  constructor(epoch: number, startLsn = FIRST_LSN) {
    assert(startLsn % LOG_BLOCK_BYTES === 0, "a batch begins at a block");
    this.epoch = epoch;
    this.endLsn = startLsn;
    this.sealedLsn = startLsn;
    const { bytes, words } = this.#segmentAt(startLsn);
    this.bytes = bytes;
    this.words = words;
  }

  /**
   * Makes room for a record; returns the position of its body in `bytes`.
   * @param previousLsn LSN of the same transaction's previous record, 0: none.
   */
  start(
    kind: RecordKind,
    flags: number,
    transaction: number,
    previousLsn: number,
    page: number,
    bodyBytes: number,
  ): number {
    const length = roundUp8(HEADER_BYTES + bodyBytes);
    let lsn = recordStart(this.endLsn);
    let at = lsn % LOG_SEGMENT_BYTES;
    if (at + length > LOG_SEGMENT_BYTES || (at === 0 && lsn !== this.endLsn)) {
      if (at !== 0) {
        this.#fill(PAD, lsn, LOG_SEGMENT_BYTES - at);
        lsn += LOG_SEGMENT_BYTES - at;
        at = 0;
      }
      this.#useSegmentOf(lsn);
    } else if (at === 0) this.#useSegmentOf(lsn);
    const { words } = this;
    const first = at >>> 2;
    words[first + (length >>> 2) - 1] = 0;
    words[first + (length >>> 2) - 2] = 0;
    words[first + 1] = length;
    words[first + 2] = kind | (flags << 8) | (this.epoch << 16);
    words[first + 3] = transaction;
    words[first + 4] = previousLsn === 0 ? 0 : lsn - previousLsn;
    words[first + 5] = page;
    this.recordLsn = lsn;
    this.#length = length;
    return at + HEADER_BYTES;
  }

  /** Closes the record that was started; returns the LSN after it. */
  finish(): number {
    const { words, recordLsn } = this;
    const first = (recordLsn % LOG_SEGMENT_BYTES) >>> 2;
    words[first] = checksumOf(words, first, this.#length, recordLsn);
    this.endLsn = recordLsn + this.#length;
    return this.endLsn;
  }

  /** From now until `endGroup` no batch may end: recovery sees all of the group or nothing. */
  beginGroup(): void {
    assert(!this.#inGroup, "groups of log records do not nest");
    this.#inGroup = true;
  }

  endGroup(): void {
    assert(this.#inGroup, "a group of log records has begun");
    this.#inGroup = false;
  }

  /** Ends the batch if there is anything in it; returns the LSN up to which all is sealed. */
  seal(): number {
    assert(!this.#inGroup, "a group of log records lies in one batch");
    if (this.endLsn === this.sealedLsn) return this.sealedLsn;
    const lsn = recordStart(this.endLsn);
    if (lsn % LOG_SEGMENT_BYTES === 0) this.#useSegmentOf(lsn);
    const end = (Math.floor(lsn / LOG_BLOCK_BYTES) + 1) * LOG_BLOCK_BYTES;
    this.#fill(SEAL, lsn, end - lsn);
    this.endLsn = end;
    this.sealedLsn = end;
    return end;
  }

  /** The bytes of one stretch of sealed log, which must lie in one segment. */
  sealed(fromLsn: number, bytes: number): Uint8Array {
    assert(fromLsn + bytes <= this.sealedLsn, "only what is sealed may be written");
    const at = fromLsn % LOG_SEGMENT_BYTES;
    return this.#segmentAt(fromLsn).bytes.subarray(at, at + bytes);
  }

  /** Everything before `durableLsn` is on the drives; its memory may be used again. */
  release(durableLsn: number): void {
    const keepFrom = Math.floor(durableLsn / LOG_SEGMENT_BYTES);
    const current = Math.floor(this.endLsn / LOG_SEGMENT_BYTES);
    for (const [number, segment] of this.#segments) {
      if (number >= keepFrom || number >= current) break;
      this.#segments.delete(number);
      if (segment.bytes !== this.bytes) this.#free.push(segment);
    }
  }

  /** Writes a record of `length` bytes that says nothing. */
  #fill(kind: RecordKind, lsn: number, length: number): void {
    const { words } = this;
    const first = (lsn % LOG_SEGMENT_BYTES) >>> 2;
    words.fill(0, first, first + (length >>> 2));
    words[first + 1] = length;
    words[first + 2] = kind | (this.epoch << 16);
    words[first] = checksumOf(words, first, length, lsn);
  }

  #useSegmentOf(lsn: number): void {
    const { bytes, words } = this.#segmentAt(lsn);
    this.bytes = bytes;
    this.words = words;
  }

  #segmentAt(lsn: number): Segment {
    const number = Math.floor(lsn / LOG_SEGMENT_BYTES);
    const found = this.#segments.get(number);
    if (found !== undefined) return found;
    const segment = this.#free.pop() ?? newSegment();
    this.#segments.set(number, segment);
    return segment;
  }
}

function newSegment(): Segment {
  const bytes = new Uint8Array(LOG_SEGMENT_BYTES);
  return { bytes, words: new Int32Array(bytes.buffer) };
}
