/**
 * Merges: a node that has become almost empty joins a sibling under the same parent.
 *
 * The left of the two takes everything, the right one's page becomes free, the parent loses a
 * separator, and may then be almost empty itself. A root with a single child takes its content. As
 * with splits, latches are taken without waiting. A merge is a courtesy: when another worker is in
 * the way, or the two do not fit, the tree stays as it is, in order.
 *
 * I1  All changes of one merge are one group of the log.
 */
import { NO_FRAME } from "../buffer/buffer-pool.ts";
import type { EngineTask } from "../model.ts";
import { FIRST_POSITION } from "../page/child-references.ts";
import {
  FIRST_CHILD,
  INNER_PAGE,
  PAGE_ID,
  PREFIX,
  pageIdOf,
  pageKind,
  pageLevel,
  pageLsn,
  setPageLsn,
  slotCount,
  treeIdOf,
} from "../page/page-header.ts";
import { allocatePages, type PageMemory } from "../page/page-memory.ts";
import { REMOVE_SEPARATOR } from "../page/redo.ts";
import {
  append,
  appendRange,
  formatNode,
  freeBytes,
  keyAt,
  lowerFence,
  removeAt,
  upperFence,
  usedBytes,
} from "../page/slotted-page.ts";
import type { Worker } from "../worker.ts";
import type { Place } from "./descent.ts";
import type { TreeParts } from "./tree-parts.ts";

/** Whether so little is left in a node that it should join another. [vmcache23 §3.4] */
export function isUnderfull(memory: PageMemory, base: number): boolean {
  return freeBytes(memory, base) > 0.75 * memory.pageBytes;
}

/**
 * Merges the node of `level` that `key` belongs to, if it is almost empty, and upwards from there.
 */
export function* mergeUpwards(parts: TreeParts, key: Uint8Array, worker: Worker): EngineTask<void> {
  for (let level = 0; ; level++) {
    const place = yield* parts.descent.node(key, level, worker);
    if (place === undefined) return;
    const { memory, frames } = parts.pool;
    const base = frames.base(place.frame);
    if (place.parent === NO_FRAME) {
      if (level > 0 && slotCount(memory, base) === 0) yield* shrinkRoot(parts, place, worker);
      return;
    }
    if (!isUnderfull(memory, base)) return;
    if (!(yield* mergeWithSibling(parts, place, worker))) return;
  }
}

function* mergeWithSibling(parts: TreeParts, place: Place, worker: Worker): EngineTask<boolean> {
  const { pool } = parts;
  const { latches } = pool.frames;
  const { frame, version, parent, parentVersion, position } = place;
  const parentBase = pool.frames.base(parent);
  const isLast = position === slotCount(pool.memory, parentBase) - 1;
  if (isLast && position === FIRST_POSITION) return false;
  const leftPosition = isLast ? position - 1 : position;
  const siblingId = pool.childPageId(parent, isLast ? leftPosition : leftPosition + 1);
  const sibling = yield* pool.fix(siblingId, worker);
  const siblingVersion = latches.version(sibling);
  if (!latches.tryHold(parent, parentVersion, worker)) return false;
  let isMerged = false;
  if (latches.tryHold(frame, version, worker)) {
    if (latches.tryHold(sibling, siblingVersion, worker)) {
      if (pool.adversary !== undefined) yield* pool.adversary.interfere(worker);
      const left = isLast ? sibling : frame;
      const right = isLast ? frame : sibling;
      isMerged = mergeLatched(parts, parent, leftPosition, left, right, worker);
      latches.release(sibling, worker);
    }
    latches.release(frame, worker);
  }
  latches.release(parent, worker);
  return isMerged;
}

/** All three nodes are latched; returns false, and changes nothing, when the two do not fit. */
function mergeLatched(
  parts: TreeParts,
  parent: number,
  leftPosition: number,
  left: number,
  right: number,
  worker: Worker,
): boolean {
  const { pool, log, allocator } = parts;
  const { memory, frames, translation } = pool;
  const leftBase = frames.base(left);
  const parentBase = frames.base(parent);
  const isInner = pageKind(memory, leftBase) === INNER_PAGE;
  if (isInner) {
    translation.unswizzleChildren(left);
    translation.unswizzleChildren(right);
  }
  const separator = keyAt(memory, parentBase, leftPosition + 1);
  const merged = joined(memory, leftBase, frames.base(right), separator);
  if (merged === undefined) return false;
  translation.unswizzleChildren(parent);
  log.beginGroup();
  pool.beforeStore(left, worker);
  pool.beforeStore(parent, worker);
  memory.bytes.set(merged.bytes, leftBase);
  frames.markDirty(left, log.image(memory, leftBase));
  const lsn = log.structure(memory, parentBase, REMOVE_SEPARATOR, separator);
  removeAt(memory, parentBase, leftPosition + 1);
  frames.markDirty(parent, lsn);
  allocator.free(right, worker);
  log.endGroup();
  parts.counts.merges += 1;
  return true;
}

/** A node with the records of two neighbours; undefined when one page does not hold them. */
function joined(
  memory: PageMemory,
  left: number,
  right: number,
  separator: Uint8Array,
): PageMemory | undefined {
  const node = allocatePages(memory.pageBytes, 1);
  const kind = pageKind(memory, left);
  const level = pageLevel(memory, left);
  const lower = lowerFence(memory, left);
  const upper = upperFence(memory, right);
  formatNode(node, 0, pageIdOf(memory, left), kind, level, treeIdOf(memory, left), lower, upper);
  // What the two lose of their prefix, every record gains; half-empty nodes have room for it.
  const gained =
    (memory.words[(left >> 2) + PREFIX]! - node.words[PREFIX]!) * slotCount(memory, left) +
    (memory.words[(right >> 2) + PREFIX]! - node.words[PREFIX]!) * slotCount(memory, right);
  const padding = 3 * (slotCount(memory, left) + slotCount(memory, right));
  const records = usedBytes(memory, left) + usedBytes(memory, right) + separator.length + 20;
  if (records + gained + padding > freeBytes(node, 0)) return undefined;
  node.words[FIRST_CHILD] = memory.words[(left >> 2) + FIRST_CHILD]!;
  appendRange(node, 0, memory, left, 0, slotCount(memory, left));
  if (kind === INNER_PAGE) {
    const first = memory.words[(right >> 2) + FIRST_CHILD]!;
    append(node, 0, separator, new Uint8Array(Int32Array.of(first).buffer));
  }
  appendRange(node, 0, memory, right, 0, slotCount(memory, right));
  setPageLsn(node, 0, pageLsn(memory, left));
  return node;
}

/** A root with one child takes the child's content; the tree loses a level. */
function* shrinkRoot(
  parts: TreeParts,
  { frame, version }: Place,
  worker: Worker,
): EngineTask<void> {
  const { pool, log, allocator } = parts;
  const { memory, frames, translation } = pool;
  const { latches } = frames;
  const child = yield* pool.fix(pool.childPageId(frame, FIRST_POSITION), worker);
  if (!latches.tryHold(frame, version, worker)) return;
  if (latches.tryHold(child, latches.version(child), worker)) {
    const base = frames.base(frame);
    const childBase = frames.base(child);
    const pageId = pageIdOf(memory, base);
    translation.unswizzleChildren(child);
    translation.unswizzleChildren(frame);
    log.beginGroup();
    pool.beforeStore(frame, worker);
    const lsn = pageLsn(memory, base);
    memory.bytes.copyWithin(base, childBase, childBase + memory.pageBytes);
    memory.words[(base >> 2) + PAGE_ID] = pageId;
    setPageLsn(memory, base, lsn);
    frames.markDirty(frame, log.image(memory, base));
    allocator.free(child, worker);
    log.endGroup();
    latches.release(child, worker);
  }
  latches.release(frame, worker);
}
