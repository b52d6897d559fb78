/**
 * The log of the small store: a stream of bytes in sectors, each record with its own checksum, so
 * that a torn rewrite of the last sector cannot hurt what was durable before.
 */
import { hashBytes } from "../../experiment/crash/digest.ts";

export const LOG_OFFSET = 1 << 20;
export const SECTOR = 512;
const HEADER = 20;

export const UPDATE = 1;
export const IMAGE = 2;
export const COMMIT = 3;
export const END = 4;

export interface LogRecord {
  readonly lsn: number;
  readonly type: number;
  readonly transaction: number;
  readonly body: Uint8Array;
}

const checksumOf = (bytes: Uint8Array): number => hashBytes(bytes, 0x1234) >>> 0;

/** Appends to a buffer that holds the whole log of one epoch. */
export class LogStream {
  readonly epoch: number;
  /** LSN of the first byte, a sector's beginning. */
  readonly start: number;
  #bytes = new Uint8Array(1 << 16);
  end: number;

  constructor(epoch: number, start: number) {
    this.epoch = epoch;
    this.start = start;
    this.end = start;
  }

  /** Returns the LSN behind the record. */
  append(type: number, transaction: number, body: Uint8Array): number {
    const at = this.end - this.start;
    while (at + HEADER + body.length + SECTOR > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const view = new DataView(this.#bytes.buffer, at);
    view.setUint16(0, body.length, true);
    view.setUint16(2, type, true);
    view.setUint32(4, this.end, true);
    view.setUint32(8, this.epoch, true);
    view.setUint32(12, transaction, true);
    this.#bytes.set(body, at + HEADER);
    view.setUint32(16, 0, true);
    const record = this.#bytes.subarray(at, at + HEADER + body.length);
    view.setUint32(16, checksumOf(record), true);
    this.end += HEADER + body.length;
    return this.end;
  }

  /** The whole sectors that hold the bytes from `lsn` to the end, and where they begin. */
  sectorsFrom(lsn: number): { readonly at: number; readonly bytes: Uint8Array } {
    const at = lsn - (lsn % SECTOR);
    const to = Math.ceil(this.end / SECTOR) * SECTOR;
    return { at, bytes: this.#bytes.slice(at - this.start, to - this.start) };
  }
}

/** Records from `start` on, as far as they are whole and of `epoch`. */
export function recordsIn(
  bytes: Uint8Array,
  start: number,
  epoch: number,
  checksChecksum: boolean,
): LogRecord[] {
  const records: LogRecord[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const length = view.getUint16(0, true);
    const lsn = view.getUint32(4, true);
    if (lsn !== start + at || view.getUint32(8, true) !== epoch) break;
    if (at + HEADER + length > bytes.length) break;
    const record = bytes.slice(at, at + HEADER + length);
    new DataView(record.buffer).setUint32(16, 0, true);
    if (checksChecksum && checksumOf(record) !== view.getUint32(16, true)) break;
    records.push({
      lsn,
      type: view.getUint16(2, true),
      transaction: view.getUint32(12, true),
      body: record.subarray(HEADER),
    });
    at += HEADER + length;
  }
  return records;
}
