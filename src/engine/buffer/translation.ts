/**
 * From a child reference in an inner node to the frame that holds the child.
 *
 * *Hash table*: references are page numbers, each is looked up. *Pointer swizzling*: the first
 * access replaces the reference by the frame itself, later ones just follow it; the pool takes it
 * back (unswizzles) before the child may leave. That doubles as the clock's reference bit: what the
 * hand unswizzles and nobody swizzles again is cold. (V. Leis, M. Haubenschild, A. Kemper,
 * T. Neumann: LeanStore, ICDE 2018, with its cooling stage replaced by the clock.) *vmcache*
 * and *mmap*: references are page numbers that the MMU resolves, see `page-mapping.ts`, `mapped/`.
 *
 * I1  A swizzled reference is in exactly one node, its child's parent; a node with swizzled
 *     children does not leave the pool.
 * I2  No swizzled reference reaches a drive or the log.
 */
import { assert } from "../../base/assert.ts";
import { childWord, FIRST_POSITION, positionOfReference } from "../page/child-references.ts";
import { INNER_PAGE, pageKind, slotCount } from "../page/page-header.ts";
import type { PageMemory } from "../page/page-memory.ts";
import { type Frames, RESIDENT } from "./frames.ts";
import { NO_FRAME, type PageTable } from "./page-table.ts";

export const BUFFER_KINDS = ["hash-table", "swizzling", "vmcache", "mmap"] as const;
export type BufferKind = (typeof BUFFER_KINDS)[number];

export interface Translation {
  /** Whether following a reference to a resident child is just an indirection. */
  readonly isDirect: boolean;
  /** The frame behind the reference in word `word` of the node in frame `parent`, or `NO_FRAME`. */
  childFrame(parent: number, word: number): number;
  /** The page number that a reference means. */
  pageIdOf(reference: number): number;
  /** Lets go of a frame that nobody has used lately; false: it may not leave now. */
  release(frame: number): boolean;
  /** Whether nobody has used the frame since `release`. */
  isReleased(frame: number): boolean;
  /** The frame's page is no longer anybody's child. */
  forget(frame: number): void;
  /** Makes all references of a resident node page numbers, before it is logged or they move. */
  unswizzleChildren(parent: number): void;
  /** Replaces the references in a copy of a node by page numbers. */
  plainCopy(copy: PageMemory, base: number): void;
}

export function createTranslation(kind: BufferKind, frames: Frames, table: PageTable): Translation {
  return kind === "swizzling"
    ? new SwizzledTranslation(frames, table)
    : new HashTranslation(frames, table, kind !== "hash-table");
}

/** References are page numbers; with vmcache the MMU resolves them, without a look-up of ours. */
class HashTranslation implements Translation {
  readonly isDirect: boolean;
  readonly #words: Int32Array;
  readonly #referenced: Uint8Array;
  readonly #table: PageTable;

  constructor(frames: Frames, table: PageTable, isDirect: boolean) {
    this.isDirect = isDirect;
    this.#words = frames.memory.words;
    this.#referenced = frames.referenced;
    this.#table = table;
  }

  childFrame(_parent: number, word: number): number {
    const frame = this.#table.get(this.#words[word]!);
    if (frame !== NO_FRAME) this.#referenced[frame] = 1;
    return frame;
  }

  pageIdOf(reference: number): number {
    return reference;
  }

  release(): boolean {
    return true;
  }

  isReleased(frame: number): boolean {
    return this.#referenced[frame] === 0;
  }

  forget(): void {
    // Nothing was remembered.
  }

  unswizzleChildren(): void {
    // References are page numbers at all times.
  }

  plainCopy(): void {
    // References are page numbers at all times.
  }
}

class SwizzledTranslation implements Translation {
  readonly isDirect = true;
  readonly #frames: Frames;
  readonly #words: Int32Array;
  readonly #table: PageTable;
  /** The frame of the node that has a swizzled reference to this one. */
  readonly #parents: Int32Array;

  constructor(frames: Frames, table: PageTable) {
    this.#frames = frames;
    this.#words = frames.memory.words;
    this.#table = table;
    this.#parents = new Int32Array(frames.count).fill(NO_FRAME);
  }

  childFrame(parent: number, word: number): number {
    const reference = this.#words[word]!;
    if (reference < 0) return ~reference;
    const frame = this.#table.get(reference);
    if (frame === NO_FRAME) return NO_FRAME;
    // A page on its way in cannot be followed yet.
    if (this.#frames.state[frame] !== RESIDENT) return NO_FRAME;
    this.#words[word] = ~frame;
    this.#parents[frame] = parent;
    return frame;
  }

  pageIdOf(reference: number): number {
    return reference < 0 ? this.#frames.pageIds[~reference]! : reference;
  }

  release(frame: number): boolean {
    if (this.#hasSwizzledChild(frame)) return false;
    if (this.#parents[frame] === NO_FRAME) return true;
    this.#unswizzle(frame);
    return false;
  }

  isReleased(frame: number): boolean {
    const { referenced } = this.#frames;
    return (
      this.#parents[frame] === NO_FRAME && referenced[frame] === 0 && !this.#hasSwizzledChild(frame)
    );
  }

  forget(frame: number): void {
    this.#parents[frame] = NO_FRAME;
  }

  unswizzleChildren(parent: number): void {
    this.#eachSwizzled(parent, (word) => {
      const child = ~this.#words[word]!;
      this.#words[word] = this.#frames.pageIds[child]!;
      this.#parents[child] = NO_FRAME;
      // It was in use: the clock must not take it for cold.
      this.#frames.referenced[child] = 1;
    });
  }

  plainCopy(copy: PageMemory, base: number): void {
    if (pageKind(copy, base) !== INNER_PAGE) return;
    const count = slotCount(copy, base);
    for (let position = FIRST_POSITION; position < count; position++) {
      const word = childWord(copy, base, position);
      copy.words[word] = this.pageIdOf(copy.words[word]!);
    }
  }

  #unswizzle(frame: number): void {
    const { memory, pageIds } = this.#frames;
    const parent = this.#parents[frame]!;
    const base = this.#frames.base(parent);
    const position = positionOfReference(memory, base, ~frame);
    assert(position !== undefined, "I1: a swizzled frame's parent refers to it");
    this.#words[childWord(memory, base, position)] = pageIds[frame]!;
    this.#parents[frame] = NO_FRAME;
  }

  #hasSwizzledChild(frame: number): boolean {
    let found = false;
    this.#eachSwizzled(frame, () => {
      found = true;
    });
    return found;
  }

  #eachSwizzled(frame: number, visit: (word: number) => void): void {
    const { memory } = this.#frames;
    const base = this.#frames.base(frame);
    if (pageKind(memory, base) !== INNER_PAGE) return;
    const count = slotCount(memory, base);
    for (let position = FIRST_POSITION; position < count; position++) {
      const word = childWord(memory, base, position);
      if (memory.words[word]! < 0) visit(word);
    }
  }
}
