/**
 * Whether a database is in order: for tests, the crash explorer, and after runs; in host time only.
 *
 * C1  Every page in use is intact, is what its reference says, and is reached exactly once.
 * C2  A node's fences are its separators in the parent; levels descend by one, leaves have level 0.
 * C3  Keys ascend strictly, lie between the fences, and begin with the prefix of the fences.
 * C4  Slots, cells, fences and dead bytes add up to the page.
 * C5  Every page is in a tree or on the free list, or is the meta page; nothing is lost.
 */
import { assert } from "../base/assert.ts";
import { childWord, FIRST_POSITION } from "./page/child-references.ts";
import {
  FIRST_CHILD,
  FREE_LIST,
  FREE_PAGE,
  GARBAGE,
  HEADER_BYTES,
  INNER_PAGE,
  LEAF_PAGE,
  NEXT_PAGE_ID,
  PREFIX,
  pageIdOf,
  pageKind,
  pageLevel,
  slotCount,
  treeIdOf,
} from "./page/page-header.ts";
import type { PageMemory } from "./page/page-memory.ts";
import {
  freeBytes,
  keyAt,
  lowerFence,
  recordSize,
  SLOT_BYTES,
  upperFence,
} from "./page/slotted-page.ts";

/** A page as it is now, wherever it is. */
export interface PageView {
  readonly memory: PageMemory;
  readonly base: number;
}

export interface PageSource {
  /** @throws InvariantError when the page is not intact. */
  page(pageId: number): PageView;
  /** The page number that a reference means. */
  pageIdOf(reference: number): number;
}

/** What a tree consists of. */
export interface TreeShape {
  records: number;
  leaves: number;
  innerNodes: number;
  height: number;
}

/** Checks all trees and the free list; returns the shape of each tree. */
export function checkPages(source: PageSource, rootPageIds: readonly number[]): TreeShape[] {
  const seen = new Set<number>([0]);
  const shapes = rootPageIds.map((root, treeId) => checkTree(source, treeId, root, seen));
  const meta = source.page(0);
  const word = meta.base >> 2;
  let free = meta.memory.words[word + FREE_LIST]!;
  while (free !== 0) {
    assert(!seen.has(free), "C5: a page is free and in use", free);
    seen.add(free);
    const { memory, base } = source.page(free);
    assert(pageKind(memory, base) === FREE_PAGE, "C5: a page on the free list is not free", free);
    free = memory.words[(base >> 2) + FIRST_CHILD]!;
  }
  const pages = meta.memory.words[word + NEXT_PAGE_ID]!;
  assert(
    seen.size === pages,
    "C5: a page is in no tree and not free; pages accounted for",
    seen.size,
  );
  return shapes;
}

function checkTree(source: PageSource, treeId: number, root: number, seen: Set<number>): TreeShape {
  const { memory, base } = source.page(root);
  const shape = { records: 0, leaves: 0, innerNodes: 0, height: pageLevel(memory, base) + 1 };
  const visit = (
    pageId: number,
    level: number,
    lower: Uint8Array,
    upper: Uint8Array | undefined,
  ): void => {
    assert(!seen.has(pageId), "C1: a page is reached twice", pageId);
    seen.add(pageId);
    const node = source.page(pageId);
    checkNode(node, pageId, treeId, level, lower, upper);
    const count = slotCount(node.memory, node.base);
    if (level === 0) {
      shape.leaves += 1;
      shape.records += count;
      return;
    }
    shape.innerNodes += 1;
    for (let position = FIRST_POSITION; position < count; position++) {
      const reference = node.memory.words[childWord(node.memory, node.base, position)]!;
      const from = position < 0 ? lower : keyAt(node.memory, node.base, position);
      const to = position + 1 < count ? keyAt(node.memory, node.base, position + 1) : upper;
      visit(source.pageIdOf(reference), level - 1, from, to);
    }
  };
  visit(root, pageLevel(memory, base), new Uint8Array(0), undefined);
  return shape;
}

function checkNode(
  { memory, base }: PageView,
  pageId: number,
  treeId: number,
  level: number,
  lower: Uint8Array,
  upper: Uint8Array | undefined,
): void {
  const place = `page ${pageId} of tree ${treeId}`;
  const kind = level === 0 ? LEAF_PAGE : INNER_PAGE;
  assert(pageIdOf(memory, base) === pageId, "C1: another page", place);
  assert(treeIdOf(memory, base) === treeId, "C1: belongs to another tree", place);
  assert(pageKind(memory, base) === kind, "C2: wrong kind", place);
  assert(pageLevel(memory, base) === level, "C2: wrong level", place);
  assert(isSame(lowerFence(memory, base), lower), "C2: wrong lower fence", place);
  const fence = upperFence(memory, base);
  const isUpperRight =
    fence === undefined || upper === undefined ? fence === upper : isSame(fence, upper);
  assert(isUpperRight, "C2: wrong upper fence", place);
  const prefix = upper === undefined ? 0 : commonPrefix(lower, upper);
  assert(memory.words[(base >> 2) + PREFIX] === prefix, "C3: wrong prefix", place);
  let previous: Uint8Array | undefined;
  let records = 0;
  const count = slotCount(memory, base);
  for (let position = 0; position < count; position++) {
    const key = keyAt(memory, base, position);
    if (previous !== undefined) {
      assert(compare(previous, key) < 0, "C3: keys do not ascend", place);
    }
    assert(compare(lower, key) <= 0, "C3: a key below its fence", place);
    assert(upper === undefined || compare(key, upper) < 0, "C3: a key above its fence", place);
    records += recordSize(memory, base, position);
    previous = key;
  }
  const fences = padded(lower.length) + padded(upper?.length ?? 0);
  const used = HEADER_BYTES + records + fences;
  assert(used + freeBytes(memory, base) === memory.pageBytes, "C4: its bytes do not add up", place);
  const gap = freeBytes(memory, base) - memory.words[(base >> 2) + GARBAGE]!;
  assert(gap >= 0 && count * SLOT_BYTES <= memory.pageBytes, "C4: overlaps itself", place);
}

const padded = (bytes: number): number => (bytes + 3) & ~3;

function commonPrefix(one: Uint8Array, other: Uint8Array): number {
  let common = 0;
  const most = Math.min(one.length, other.length);
  while (common < most && one[common] === other[common]) common += 1;
  return common;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return compare(one, other) === 0;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const common = commonPrefix(one, other);
  if (common < one.length && common < other.length) return one[common]! - other[common]!;
  return one.length - other.length;
}
