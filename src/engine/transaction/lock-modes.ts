/**
 * What a lock protects: the record under a key, and the gap between it and the key before.
 *
 * A mode is a set of bits, so that record and gap are one lock. Next-key locking as in ARIES/KVL
 * (Mohan, VLDB 1990), with record and gap apart as in G. Graefe, A survey of B-tree locking
 * techniques, 2010:
 *
 * | who | record | gap before it | gap before the next key |
 * |---|---|---|---|
 * | reads a key, present or not | shared | | |
 * | scans over a key, or ends a scan there | shared | shared | |
 * | inserts a key | exclusive | | insertion, checked only |
 * | removes a key | exclusive | exclusive | exclusive, once the next key is committed |
 * | changes a value | exclusive | | |
 *
 * Locks are on key values, present or not; so reading a key that is missing already keeps it away.
 */

export const SHARED = 1;
/** Held as `SHARED | EXCLUSIVE`. */
const EXCLUSIVE = 2;
export const GAP_SHARED = 4;
/** Held as `GAP_SHARED | GAP_EXCLUSIVE`. */
const GAP_EXCLUSIVE = 8;
/** A wish to insert into the gap: it waits for both gap modes; only ever asked for as `INSTANT`. */
export const GAP_INSERT = 16;
/** Beside other bits: wait until they could be granted, and do not hold them. */
export const INSTANT = 32;

export const WRITE_RECORD = SHARED | EXCLUSIVE;
export const SCAN_KEY = SHARED | GAP_SHARED;
export const REMOVE_GAP = GAP_SHARED | GAP_EXCLUSIVE;
export const REMOVE_KEY = WRITE_RECORD | REMOVE_GAP;

/** Modes of others that a mode cannot stand beside, by its bits. */
const CONFLICTS = Uint8Array.from({ length: 64 }, (_, mode) => {
  let others = 0;
  if (mode & SHARED) others |= EXCLUSIVE;
  if (mode & EXCLUSIVE) others |= WRITE_RECORD;
  if (mode & GAP_SHARED) others |= GAP_EXCLUSIVE;
  if (mode & GAP_EXCLUSIVE) others |= REMOVE_GAP;
  if (mode & GAP_INSERT) others |= REMOVE_GAP;
  return others;
});

export const conflictsOf = (mode: number): number => CONFLICTS[mode]!;
