/**
 * Where the log lies on the array: a circular area, striped over the drives, and two master blocks.
 *
 * The area takes the same bytes of every drive, from `baseBytes` on: first a block for the master
 * record, then stripes of 64 KiB that go round the drives. A flush of a few blocks meets one drive.
 *
 * I1  A segment begins at a stripe, and whole segments fill the area: a record never wraps.
 */
import { assert } from "../../base/assert.ts";
import { LOG_SEGMENT_BYTES } from "./log-record.ts";

export const STRIPE_BYTES = 65_536;

export interface LogArea {
  readonly drives: number;
  /** Where the area begins on each drive. */
  readonly baseBytes: number;
  /** Bytes of circular log, over all drives. */
  readonly bytes: number;
  /** Whether what is written there is durable only after a flush. */
  readonly needsFlushes: boolean;
}

/** An area with room for at least `bytes` of log. */
export function logArea(
  drives: number,
  baseBytes: number,
  bytes: number,
  needsFlushes: boolean,
): LogArea {
  // A whole number of segments that is a whole number of rounds over the drives.
  const round = LOG_SEGMENT_BYTES * drives;
  const rounds = Math.max(2, Math.ceil(bytes / round));
  return { drives, baseBytes, bytes: rounds * round, needsFlushes };
}

/** Bytes that the area takes of each drive, the master block's stripe included. */
export const areaBytesPerDrive = (area: LogArea): number => STRIPE_BYTES + area.bytes / area.drives;

export const driveOf = ({ drives, bytes }: LogArea, lsn: number): number =>
  Math.floor((lsn % bytes) / STRIPE_BYTES) % drives;

/** Byte offset of `lsn` on its drive. */
export function offsetOf({ drives, baseBytes, bytes }: LogArea, lsn: number): number {
  const at = lsn % bytes;
  const round = Math.floor(at / (STRIPE_BYTES * drives));
  return baseBytes + STRIPE_BYTES * (1 + round) + (at % STRIPE_BYTES);
}

/** Bytes from `lsn` to the end of its stripe, at most `bytes`. */
export function bytesInStripe(lsn: number, bytes: number): number {
  assert(bytes > 0, "a write has bytes");
  return Math.min(bytes, STRIPE_BYTES - (lsn % STRIPE_BYTES));
}
