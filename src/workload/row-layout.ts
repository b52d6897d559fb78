/**
 * Fixed-size rows on bytes: where each column is, and how numbers are written.
 *
 * Keys are big-endian, so that byte order is number order; columns of rows as well, for one set of
 * functions. Money is in cents, signed, in 6 bytes.
 */

/** Column name → width in bytes. */
export interface RowLayout<Column extends string> {
  readonly bytes: number;
  /** Offset of each column. */
  readonly at: Readonly<Record<Column, number>>;
  readonly width: Readonly<Record<Column, number>>;
}

export function rowLayout<Column extends string>(
  width: Readonly<Record<Column, number>>,
): RowLayout<Column> {
  const at = {} as Record<Column, number>;
  let bytes = 0;
  for (const [column, columnBytes] of Object.entries(width) as [Column, number][]) {
    at[column] = bytes;
    bytes += columnBytes;
  }
  return { bytes, at, width };
}

export function readU16(row: Uint8Array, at: number): number {
  return (row[at]! << 8) | row[at + 1]!;
}

export function writeU16(row: Uint8Array, at: number, value: number): void {
  row[at] = value >>> 8;
  row[at + 1] = value;
}

export function readU32(row: Uint8Array, at: number): number {
  return ((row[at]! << 24) | (row[at + 1]! << 16) | (row[at + 2]! << 8) | row[at + 3]!) >>> 0;
}

export function writeU32(row: Uint8Array, at: number, value: number): void {
  row[at] = value >>> 24;
  row[at + 1] = value >>> 16;
  row[at + 2] = value >>> 8;
  row[at + 3] = value;
}

const TWO_32 = 4_294_967_296;

/** Signed, 48 bits. */
export function readI48(row: Uint8Array, at: number): number {
  return (((row[at]! << 24) >> 16) | row[at + 1]!) * TWO_32 + readU32(row, at + 2);
}

export function writeI48(row: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  row[at] = high >> 8;
  row[at + 1] = high;
  writeU32(row, at + 2, value - high * TWO_32);
}

/** Whether `key` begins with the first `length` bytes of `prefix`. */
export function startsWith(key: Uint8Array, prefix: Uint8Array, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (key[index] !== prefix[index]) return false;
  }
  return true;
}
