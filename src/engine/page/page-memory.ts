/**
 * Memory that holds pages, seen as bytes and as 32-bit words.
 *
 * A page is named by `base`, the offset of its first byte. All frames of a buffer pool share one
 * `PageMemory`: two typed arrays for any number of pages keep the host's caches for the data. Words
 * are signed, because those are what a JavaScript engine handles without boxing.
 *
 * I1  `base` is a multiple of 4 and below 2^31.
 */
import { badValue } from "../../base/usage-error.ts";

const PAGE_BYTES_MIN = 4_096;
export const PAGE_BYTES_MAX = 65_536;
/** A typed array's index must stay a small integer. */
const MEMORY_BYTES_MAX = 0x8000_0000;

export interface PageMemory {
  readonly pageBytes: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** What both are views of, and where in it they begin. */
  readonly buffer: ArrayBuffer;
  readonly origin: number;
}

/** Where memory comes from: a buffer that begins with so many zeroes, and may be larger. */
export type BufferSource = (bytes: number) => ArrayBuffer;

/** Memory for `pages` pages of `pageBytes` each, all zero. */
export function allocatePages(
  pageBytes: number,
  pages: number,
  source: BufferSource = (bytes) => new ArrayBuffer(bytes),
): PageMemory {
  checkPageBytes(pageBytes);
  const most = MEMORY_BYTES_MAX / pageBytes;
  if (!Number.isInteger(pages) || pages < 1 || pages > most) {
    throw badValue("poolPages", pages, `give a whole number from 1 to ${most}`);
  }
  const length = pageBytes * pages;
  const buffer = source(length);
  const bytes = new Uint8Array(buffer, 0, length);
  return { pageBytes, bytes, words: new Int32Array(buffer, 0, length >> 2), buffer, origin: 0 };
}

/** One page in bytes of its own, which begin at a multiple of 4; its base is 0. */
export function pageInBytes(bytes: Uint8Array<ArrayBuffer>): PageMemory {
  const { buffer, byteOffset: origin, length: pageBytes } = bytes;
  const words = new Int32Array(buffer, origin, pageBytes >> 2);
  return { pageBytes, bytes, words, buffer, origin };
}

/** @throws UsageError unless `pageBytes` is a power of two from 4 KiB to 64 KiB. */
export function checkPageBytes(pageBytes: number): void {
  const isPower = (pageBytes & (pageBytes - 1)) === 0;
  if (pageBytes >= PAGE_BYTES_MIN && pageBytes <= PAGE_BYTES_MAX && isPower) return;
  throw badValue("pageBytes", pageBytes, "give 4096, 8192, 16384, 32768 or 65536");
}
