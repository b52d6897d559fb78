/**
 * Repeating logged changes on a page, during recovery.
 *
 * Redo is exact: a page that has missed some records gets them in log order, so slot positions are
 * those of the moment when the record was written. The caller compares page LSNs first and sets the
 * new one afterwards.
 */
import { assert } from "../../base/assert.ts";
import { CELL_START, FREE_LIST, HEADER_BYTES, NEXT_PAGE_ID, slotCount } from "./page-header.ts";
import type { PageMemory } from "./page-memory.ts";
import { search } from "./search.ts";
import { insertAt, removeAt, replaceValueAt, SLOT_BYTES, truncate } from "./slotted-page.ts";

export function redoInsert(
  memory: PageMemory,
  base: number,
  slot: number,
  key: Uint8Array,
  value: Uint8Array,
): void {
  assert(insertAt(memory, base, slot, key, value), "redo: a record that once fitted does not");
}

export function redoRemove(memory: PageMemory, base: number, slot: number): void {
  assert(slot < slotCount(memory, base), "redo: a record to remove is not there");
  removeAt(memory, base, slot);
}

export function redoReplace(
  memory: PageMemory,
  base: number,
  slot: number,
  value: Uint8Array,
): void {
  assert(replaceValueAt(memory, base, slot, value), "redo: a value that once fitted does not");
}

/** A separator and its child join an inner node; payload: child reference (4 bytes), key. */
export const INSERT_SEPARATOR = 0;
/** A separator and its child leave an inner node; payload: key. */
export const REMOVE_SEPARATOR = 1;
/** Everything at or above a key leaves a node, which then ends there; payload: key. */
export const TRUNCATE = 2;

/** The allocation state of the meta page; payload: next page number, free list. */
export const SET_ALLOCATION = 3;

/** Applies a structure change of the kinds above to one page. */
export function redoStructure(
  memory: PageMemory,
  base: number,
  kind: number,
  payload: Uint8Array,
): void {
  switch (kind) {
    case INSERT_SEPARATOR: {
      const key = payload.subarray(4);
      const position = ~search(memory, base, key);
      redoInsert(memory, base, position, key, payload.subarray(0, 4));
      break;
    }
    case REMOVE_SEPARATOR:
      redoRemove(memory, base, search(memory, base, payload));
      break;
    case TRUNCATE: {
      const position = search(memory, base, payload);
      truncate(memory, base, position < 0 ? ~position : position, payload);
      break;
    }
    case SET_ALLOCATION: {
      const [nextPageId, freeList] = new Int32Array(payload.slice(0, 8).buffer);
      memory.words[(base >> 2) + NEXT_PAGE_ID] = nextPageId!;
      memory.words[(base >> 2) + FREE_LIST] = freeList!;
      break;
    }
    default:
      throw new RangeError(`structure change of unknown kind ${kind}`);
  }
}

/** The bytes `[from, to)` of a page that mean nothing: between its slots and its cells. */
export function freeGap(memory: PageMemory, base: number): [from: number, to: number] {
  return [
    HEADER_BYTES + SLOT_BYTES * slotCount(memory, base),
    memory.words[(base >> 2) + CELL_START]!,
  ];
}
