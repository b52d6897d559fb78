/**
 * Builds a tree from sorted records, bottom up, without simulated time and without a log.
 *
 * Each level collects records until its node is as full as wished, then closes it: only then is its
 * upper fence known, and with it the prefix of its keys. The closed node becomes a record of the
 * level above. The last node that closes without a sibling is the root and takes the root's page.
 */
import { assert } from "../../base/assert.ts";
import { badValue } from "../../base/usage-error.ts";
import {
  FIRST_CHILD,
  HEADER_BYTES,
  INNER_PAGE,
  LEAF_PAGE,
  slotCount,
} from "../page/page-header.ts";
import { allocatePages, type PageMemory } from "../page/page-memory.ts";
import { search } from "../page/search.ts";
import {
  append,
  appendRange,
  formatNode,
  keyAt,
  recordBytes,
  usedBytes,
} from "../page/slotted-page.ts";

const NO_BYTES = new Uint8Array(0);

export interface BulkLoadOptions {
  /** Share of the leaves that begin in the pool, as far as it has room; the default is 1. */
  readonly residentShare?: number;
  /** Share of those that begins dirty, as in a database that has been changed for long. */
  readonly dirtyShare?: number;
  /** Share of a leaf's bytes to fill, above 0, at most 1. */
  readonly leafFill?: number;
  /** Most children of an inner node. */
  readonly innerFanOut?: number;
  /** Levels by which the tree that this one stands for is higher: a descent is charged for them. */
  readonly missingLevels?: number;
  /** The tree that this one stands for fits into the cores' shared caches. */
  readonly staysInCache?: boolean;
}

/** Where finished pages go, and where their numbers come from. */
export interface PageSink {
  readonly pageBytes: number;
  newPageId(): number;
  /** @param page is reused for the next one. */
  write(pageId: number, page: PageMemory, isLeaf: boolean): void;
}

/** Builds the tree whose root is page `rootPageId` from ascending `entries`. */
export function bulkLoad(
  sink: PageSink,
  treeId: number,
  rootPageId: number,
  entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
  options: BulkLoadOptions = {},
): void {
  const leafFill = options.leafFill ?? 1;
  if (!(leafFill > 0 && leafFill <= 1)) {
    throw badValue("leafFill", leafFill, "give a share above 0 and at most 1");
  }
  const innerFanOut = options.innerFanOut ?? Number.POSITIVE_INFINITY;
  if (!(innerFanOut >= 2)) throw badValue("innerFanOut", innerFanOut, "give at least 2");
  const shape: LevelShape = { sink, treeId, rootPageId, leafFill, innerFanOut };
  const leaves = new LevelBuilder(shape, 0);
  for (const [key, value] of entries) leaves.add(key, value);
  leaves.finish();
}

interface LevelShape {
  readonly sink: PageSink;
  readonly treeId: number;
  readonly rootPageId: number;
  readonly leafFill: number;
  readonly innerFanOut: number;
}

class LevelBuilder {
  readonly #shape: LevelShape;
  readonly #level: number;
  /** Records of the open node, whose prefix is not known yet. */
  readonly #open: PageMemory;
  readonly #page: PageMemory;
  #lower: Uint8Array = NO_BYTES;
  #firstChild = 0;
  #isEmpty = true;
  #above: LevelBuilder | undefined;

  constructor(shape: LevelShape, level: number) {
    this.#shape = shape;
    this.#level = level;
    this.#open = allocatePages(shape.sink.pageBytes, 1);
    this.#page = allocatePages(shape.sink.pageBytes, 1);
    this.#reopen();
  }

  add(key: Uint8Array, value: Uint8Array): void {
    const count = slotCount(this.#open, 0);
    assert(search(this.#open, 0, key) === ~count, "bulk load: keys ascend");
    if (!this.#hasRoom(key, value)) this.#close(key);
    assert(append(this.#open, 0, key, value), "a record fits into an empty node");
    this.#isEmpty = false;
  }

  /** Adds a child of an inner node whose keys begin at `lower`. */
  addChild(lower: Uint8Array, pageId: number): void {
    if (this.#isEmpty) {
      this.#firstChild = pageId;
      this.#isEmpty = false;
      return;
    }
    const reference = new Uint8Array(Int32Array.of(pageId).buffer);
    if (!this.#hasRoom(lower, reference)) {
      this.#emitBelow(lower);
      this.#firstChild = pageId;
      this.#isEmpty = false;
      return;
    }
    append(this.#open, 0, lower, reference);
  }

  /** Closes the last node of this level and of all above. */
  finish(): void {
    if (this.#above === undefined) {
      this.#write(this.#shape.rootPageId, undefined);
      return;
    }
    const pageId = this.#shape.sink.newPageId();
    this.#write(pageId, undefined);
    this.#above.addChild(this.#lower, pageId);
    this.#above.finish();
  }

  #hasRoom(key: Uint8Array, value: Uint8Array): boolean {
    const { sink, leafFill, innerFanOut } = this.#shape;
    const count = slotCount(this.#open, 0);
    // Both fences lie in the page, padded.
    const fences = this.#lower.length + key.length + 8;
    const used = usedBytes(this.#open, 0) + fences;
    const bytes = used + recordBytes(this.#open, 0, key.length, value.length);
    const capacity = sink.pageBytes - HEADER_BYTES;
    if (this.#level === 0) return count === 0 || bytes <= capacity * leafFill;
    return bytes <= capacity && count + 2 <= innerFanOut;
  }

  /** Closes a leaf below `next`, the first key of its successor. */
  #close(next: Uint8Array): void {
    const last = keyAt(this.#open, 0, slotCount(this.#open, 0) - 1);
    let common = 0;
    while (common < last.length && last[common] === next[common]) common += 1;
    this.#emitBelow(next.slice(0, common + 1));
  }

  #emitBelow(upper: Uint8Array): void {
    const pageId = this.#shape.sink.newPageId();
    this.#write(pageId, upper);
    this.#above ??= new LevelBuilder(this.#shape, this.#level + 1);
    this.#above.addChild(this.#lower, pageId);
    this.#lower = upper;
    this.#reopen();
  }

  #write(pageId: number, upper: Uint8Array | undefined): void {
    const { sink, treeId } = this.#shape;
    const page = this.#page;
    const level = this.#level;
    const kind = level === 0 ? LEAF_PAGE : INNER_PAGE;
    formatNode(page, 0, pageId, kind, level, treeId, this.#lower, upper);
    if (level > 0) page.words[FIRST_CHILD] = this.#firstChild;
    appendRange(page, 0, this.#open, 0, 0, slotCount(this.#open, 0));
    sink.write(pageId, page, level === 0);
  }

  #reopen(): void {
    formatNode(this.#open, 0, 0, LEAF_PAGE, 0, 0, NO_BYTES, undefined);
    this.#isEmpty = true;
  }
}
