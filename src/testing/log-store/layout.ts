/** Where the small store keeps what, and which of its rules can be broken. */
import { hashBytes } from "../../experiment/crash/digest.ts";
import { SECTOR } from "./log-stream.ts";

/** Rules that can be broken. */
export const PLANTED_FAULTS = [
  "missing log flush",
  "page before log",
  "missing checksum",
  "wrong redo order",
  "forgotten undo",
  "flush retry",
] as const;
export type PlantedFault = (typeof PLANTED_FAULTS)[number] | "none";

export const PAGES = 6;
export const PAGE_BYTES = 4_096;
export const SLOT_BYTES = 32;
export const SLOTS = 16;
export const DATA_OFFSET = 1 << 18;
/** A page: its checksum, then its slots. */
const SLOTS_AT = 64;

export interface Master {
  readonly epoch: number;
  readonly start: number;
}

export const keyOf = (slot: number): Uint8Array => Uint8Array.of(slot >>> 8, slot & 255);
export const slotBytes = (page: Uint8Array, slot: number): Uint8Array => {
  const at = SLOTS_AT + slot * SLOT_BYTES;
  return page.subarray(at, at + SLOT_BYTES);
};
export const pageChecksum = (page: Uint8Array): number => hashBytes(page.subarray(4), 7) >>> 0;

/** Two sectors that are written in turn, the epoch decides which one. */
export function masterBytes({ epoch, start }: Master): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, epoch, true);
  view.setUint32(8, start, true);
  view.setUint32(0, hashBytes(bytes.subarray(4), 3) >>> 0, true);
  return bytes;
}
export const masterOffset = (epoch: number): number => (epoch % 2) * SECTOR;
