/**
 * The children of an inner node: position −1 is the first child, position i the child of slot i.
 *
 * A reference is a page number, or, while the child is swizzled, `~frame`, which is negative.
 */
import { FIRST_CHILD, slotCount } from "./page-header.ts";
import type { PageMemory } from "./page-memory.ts";
import { search } from "./search.ts";
import { valueStart } from "./slotted-page.ts";

export const FIRST_POSITION = -1;

/** Index, in `memory.words`, of the reference to a child. */
export function childWord(memory: PageMemory, base: number, position: number): number {
  if (position < 0) return (base >> 2) + FIRST_CHILD;
  return valueStart(memory, base, position) >> 2;
}

/** Position of the child whose keys include `key`. */
export function childPosition(memory: PageMemory, base: number, key: Uint8Array): number {
  const found = search(memory, base, key);
  return found >= 0 ? found : ~found - 1;
}

/** Position of the child that holds the keys right below `key`. */
export function childPositionBefore(memory: PageMemory, base: number, key: Uint8Array): number {
  const found = search(memory, base, key);
  return (found >= 0 ? found : ~found) - 1;
}

/** Position of the child with this reference. */
export function positionOfReference(
  memory: PageMemory,
  base: number,
  reference: number,
): number | undefined {
  const count = slotCount(memory, base);
  for (let position = FIRST_POSITION; position < count; position++) {
    if (memory.words[childWord(memory, base, position)] === reference) return position;
  }
  return undefined;
}
