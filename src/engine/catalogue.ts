/**
 * The catalogue: which trees there are, as records of the meta page.
 *
 * The key is the tree's name, the value its number and its root page, which never changes.
 */

import { slotCount } from "./page/page-header.ts";
import type { PageMemory } from "./page/page-memory.ts";
import { search } from "./page/search.ts";
import { freeBytes, insertAt, keyAt, recordBytes, valueView } from "./page/slotted-page.ts";

/** A tree's number and its root page. */
const VALUE_BYTES = 8;

export interface CatalogueEntry {
  readonly name: string;
  readonly treeId: number;
  readonly rootPageId: number;
}

export function catalogueEntries(memory: PageMemory, base: number): CatalogueEntry[] {
  return Array.from({ length: slotCount(memory, base) }, (_, position) => {
    const words = new Int32Array(valueView(memory, base, position).slice().buffer);
    const name = decodeName(keyAt(memory, base, position));
    return { name, treeId: words[0]!, rootPageId: words[1]! };
  });
}

/** Whether the meta page takes one more tree of that name. */
export function hasRoomInCatalogue(memory: PageMemory, base: number, name: string): boolean {
  return recordBytes(memory, base, name.length, VALUE_BYTES) <= freeBytes(memory, base);
}

/** Adds a tree; returns false when there is no room, or one of that name. */
export function addCatalogueEntry(
  memory: PageMemory,
  base: number,
  { name, treeId, rootPageId }: CatalogueEntry,
): boolean {
  const key = encodeName(name);
  const position = search(memory, base, key);
  if (position >= 0) return false;
  const value = new Uint8Array(Int32Array.of(treeId, rootPageId).buffer);
  return insertAt(memory, base, ~position, key, value);
}

/** Names are printable ASCII. */
export const TREE_NAME = /^[!-~]{1,63}$/;

function encodeName(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}

function decodeName(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
