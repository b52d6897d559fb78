/** The body of a leaf change's record, decoded; byte fields are views. */
import type { RecordView } from "./log-record.ts";

/** Words of the body before its bytes: tree and lengths, slot and offset, undo next. */
export const LEAF_HEADER_BYTES = 16;

const BODY = 6;

export const treeOfRecord = (record: RecordView): number => word(record, 0) & 0xffff;
export const slotOfRecord = (record: RecordView): number => word(record, 2) & 0xffff;
/** Offset of the changed bytes inside the value. */
export const offsetOfRecord = (record: RecordView): number => word(record, 2) >>> 16;

/** LSN of the record that a compensation says to undo next; 0: none is left. */
export function undoNextOf(record: RecordView): number {
  const distance = word(record, 3) >>> 0;
  return distance === 0 ? 0 : record.lsn - distance;
}

export function keyOf(record: RecordView): Uint8Array {
  return part(record, 0, word(record, 0) >>> 16);
}

/** What was there before; empty in a compensation. */
export function beforeOf(record: RecordView): Uint8Array {
  return part(record, word(record, 0) >>> 16, word(record, 1) & 0xffff);
}

export function afterOf(record: RecordView): Uint8Array {
  const start = (word(record, 0) >>> 16) + (word(record, 1) & 0xffff);
  return part(record, start, word(record, 1) >>> 16);
}

function word(record: RecordView, index: number): number {
  return record.words[record.first + BODY + index]!;
}

function part({ bytes, first }: RecordView, from: number, length: number): Uint8Array {
  const start = (first + BODY) * 4 + LEAF_HEADER_BYTES + from;
  return bytes.subarray(start, start + length);
}
