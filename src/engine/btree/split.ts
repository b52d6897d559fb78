/**
 * Splits: a full node gives its upper half to a new one, and its parent a separator.
 *
 * One split touches one level: the parent is split first if it has no room, and a root that is full
 * first gets a level above it. Between two such steps the tree is in order and unlatched, so a
 * split holds two latches at most, taken without waiting: what cannot be had means beginning again.
 *
 * I1  All changes of one split are one group of the log.
 */
import { NO_FRAME } from "../buffer/buffer-pool.ts";
import type { EngineTask } from "../model.ts";
import { childPosition, childWord } from "../page/child-references.ts";
import {
  FIRST_CHILD,
  INNER_PAGE,
  PAGE_ID,
  pageIdOf,
  pageKind,
  pageLevel,
  slotCount,
} from "../page/page-header.ts";
import type { PageMemory } from "../page/page-memory.ts";
import { INSERT_SEPARATOR, TRUNCATE } from "../page/redo.ts";
import {
  appendRange,
  formatNode,
  freeBytes,
  insertAt,
  keyAt,
  lowerFence,
  recordSize,
  SLOT_BYTES,
  truncate,
  upperFence,
  usedBytes,
} from "../page/slotted-page.ts";
import type { Worker } from "../worker.ts";
import type { TreeParts } from "./tree-parts.ts";

const REFERENCE_BYTES = 4;
/** Cell header, padding and slot of a separator, whatever its key. */
const SEPARATOR_OVERHEAD = SLOT_BYTES + 4 + REFERENCE_BYTES + 3;

/**
 * Splits the node of `level` that `key` belongs to, if it is still in the way; the caller tries its
 * own change again afterwards.
 * @param isFull whether the node has to be split, asked when everything is latched.
 */
export function* splitNode(
  parts: TreeParts,
  key: Uint8Array,
  level: number,
  isFull: (base: number) => boolean,
  worker: Worker,
): EngineTask<void> {
  const { pool, descent } = parts;
  const { memory, frames } = pool;
  const { latches } = frames;
  while (true) {
    const place = yield* descent.node(key, level, worker);
    if (place === undefined || !isFull(frames.base(place.frame))) return;
    const { frame, version, parent, parentVersion } = place;
    if (parent === NO_FRAME) {
      yield* growRoot(parts, frame, version, worker);
      continue;
    }
    const middle = splitPosition(memory, frames.base(frame), key);
    const separator = separatorAt(memory, frames.base(frame), middle);
    const needed = separator.length + SEPARATOR_OVERHEAD;
    const lacksRoom = (base: number): boolean => freeBytes(memory, base) < needed;
    if (lacksRoom(frames.base(parent))) {
      yield* splitNode(parts, key, level + 1, lacksRoom, worker);
      continue;
    }
    if (!latches.tryHold(parent, parentVersion, worker)) continue;
    if (!latches.tryHold(frame, version, worker)) {
      latches.release(parent, worker);
      continue;
    }
    if (pool.adversary !== undefined) yield* pool.adversary.interfere(worker);
    const isDone = splitLatched(parts, frame, parent, middle, separator, worker);
    latches.release(frame, worker);
    latches.release(parent, worker);
    if (isDone) return;
    yield* parts.allocator.prepare(worker);
  }
}

/** Both nodes are latched; returns false, and changes nothing, when no page could be had. */
function splitLatched(
  parts: TreeParts,
  frame: number,
  parent: number,
  middle: number,
  separator: Uint8Array,
  worker: Worker,
): boolean {
  const { pool, log, allocator, treeId } = parts;
  const { memory, frames, translation } = pool;
  const base = frames.base(frame);
  const isInner = pageKind(memory, base) === INNER_PAGE;
  log.beginGroup();
  const newFrame = allocator.tryAllocate(worker);
  if (newFrame === NO_FRAME) {
    log.endGroup();
    return false;
  }
  // References are about to move; those of the parent stay, but the log may want all of it.
  if (isInner) translation.unswizzleChildren(frame);
  if (log.durableLsn < Number.POSITIVE_INFINITY) translation.unswizzleChildren(parent);
  pool.beforeStore(frame, worker);
  pool.beforeStore(parent, worker);
  const newPageId = allocator.newPageId;
  const newBase = frames.base(newFrame);
  const level = pageLevel(memory, base);
  const kind = pageKind(memory, base);
  formatNode(memory, newBase, newPageId, kind, level, treeId, separator, upperFence(memory, base));
  if (isInner) {
    memory.words[(newBase >> 2) + FIRST_CHILD] = memory.words[childWord(memory, base, middle)]!;
  }
  appendRange(
    memory,
    newBase,
    memory,
    base,
    isInner ? middle + 1 : middle,
    slotCount(memory, base),
  );
  frames.markDirty(newFrame, log.image(memory, newBase));
  frames.latches.changed(newFrame);
  const truncated = log.structure(memory, base, TRUNCATE, separator);
  truncate(memory, base, middle, separator);
  frames.markDirty(frame, truncated);
  insertSeparator(parts, parent, separator, newPageId);
  log.endGroup();
  parts.counts.splits += 1;
  return true;
}

function insertSeparator(
  { pool, log }: TreeParts,
  parent: number,
  separator: Uint8Array,
  child: number,
): void {
  const { memory, frames } = pool;
  const base = frames.base(parent);
  const reference = new Uint8Array(Int32Array.of(child).buffer);
  const payload = new Uint8Array(REFERENCE_BYTES + separator.length);
  payload.set(reference);
  payload.set(separator, REFERENCE_BYTES);
  const lsn = log.structure(memory, base, INSERT_SEPARATOR, payload);
  insertAt(memory, base, childPosition(memory, base, separator) + 1, separator, reference);
  frames.markDirty(parent, lsn);
}

/** Puts a level between a root and what it holds: the root keeps its page and one child. */
function* growRoot(
  parts: TreeParts,
  frame: number,
  version: number,
  worker: Worker,
): EngineTask<void> {
  const { pool, log, allocator, treeId } = parts;
  const { memory, frames, translation } = pool;
  if (!frames.latches.tryHold(frame, version, worker)) return;
  if (pool.adversary !== undefined) yield* pool.adversary.interfere(worker);
  log.beginGroup();
  const newFrame = allocator.tryAllocate(worker);
  if (newFrame !== NO_FRAME) {
    translation.unswizzleChildren(frame);
    pool.beforeStore(frame, worker);
    const base = frames.base(frame);
    const newBase = frames.base(newFrame);
    const rootPageId = pageIdOf(memory, base);
    const level = pageLevel(memory, base);
    memory.bytes.copyWithin(newBase, base, base + memory.pageBytes);
    memory.words[(newBase >> 2) + PAGE_ID] = allocator.newPageId;
    frames.markDirty(newFrame, log.image(memory, newBase));
    frames.latches.changed(newFrame);
    const lower = lowerFence(memory, base);
    const upper = upperFence(memory, base);
    formatNode(memory, base, rootPageId, INNER_PAGE, level + 1, treeId, lower, upper);
    memory.words[(base >> 2) + FIRST_CHILD] = allocator.newPageId;
    frames.markDirty(frame, log.image(memory, base));
    parts.counts.grown += 1;
  }
  log.endGroup();
  frames.latches.release(frame, worker);
  if (newFrame === NO_FRAME) yield* allocator.prepare(worker);
}

/**
 * Position of the first record that moves. Half of the bytes move; only a key above all others of
 * the tree's last leaf leaves everything behind, so that ascending insertion fills pages.
 */
function splitPosition(memory: PageMemory, base: number, key: Uint8Array): number {
  const count = slotCount(memory, base);
  const isInner = pageKind(memory, base) === INNER_PAGE;
  const isLast = upperFence(memory, base) === undefined;
  if (isLast && childPosition(memory, base, key) === count - 1) return count - 1;
  const half = usedBytes(memory, base) / 2;
  let bytes = 0;
  let position = 0;
  while (position < count - 1 && bytes < half) {
    bytes += recordSize(memory, base, position);
    position += 1;
  }
  // Something must stay, and in an inner node something must remain behind the separator.
  return Math.max(1, Math.min(position, isInner ? count - 2 : count - 1));
}

/** The lowest key of the new node: of a leaf, as short as tells the two sides apart. */
function separatorAt(memory: PageMemory, base: number, position: number): Uint8Array {
  const key = keyAt(memory, base, position);
  if (pageKind(memory, base) === INNER_PAGE) return key;
  const below = keyAt(memory, base, position - 1);
  let common = 0;
  while (common < below.length && below[common] === key[common]) common += 1;
  return key.slice(0, common + 1);
}
