/**
 * A four-level page table as x86-64 has it: a radix tree of 512-entry tables in physical frames.
 *
 * Interface: pages are numbers (virtual address ÷ 4 KiB). `map` writes a 4 KiB entry, `mapLarge` a
 * 2 MiB one (512 pages, aligned), `unmap` clears one and returns what it was. An entry is a word:
 * flags in the low bits, the frame above. Tables are allocated when first needed, each in a frame.
 *
 * I1  An entry without PRESENT is 0: nothing else is kept in it.
 * I2  An upper entry is PRESENT exactly when its lower table has been allocated; tables are kept.
 *
 * Not modelled: 1 GiB entries, five levels, freeing tables that have become empty, execute
 * permission.
 */
import { assert } from "../../base/assert.ts";

/** Size of a page. */
export const PAGE_BYTES = 4_096;
/** Pages of a 2 MiB entry, and entries of one table. */
export const TABLE_ENTRIES = 512;

/** Bits of an entry; the frame begins at `FRAME_SHIFT`. */
export const PRESENT = 1;
export const WRITABLE = 2;
export const ACCESSED = 4;
export const DIRTY = 8;
export const LARGE = 16;
const FRAME_SHIFT = 5;

/** The frame that an entry points to. */
export const frameOf = (entry: number): number => entry >>> FRAME_SHIFT;

/** Levels of the tree; level 0 holds the entries of 4 KiB pages. */
export const LEVELS = 4;
/** Pages that fit: 4 TiB. */
export const PAGES_MAX = 0x4000_0000;
/** Frames that an entry can name: 512 GiB. */
export const FRAMES_MAX = 1 << (32 - FRAME_SHIFT);

/** Where a page table gets its frames from, and gives them back. */
export interface FrameSource {
  /** A free frame, or a negative number if there is none. */
  allocate(): number;
}

export class PageTable {
  /** Tables in use at each level: what a walk's loads are spread over. */
  readonly tablesAt = new Int32Array(LEVELS);
  /** Counts changes of `tablesAt`, so that whoever derived something from it can tell. */
  growth = 0;

  readonly #frames: FrameSource | undefined;
  /** All tables one after the other; entries of upper tables hold a table's number as frame. */
  #words = new Uint32Array(TABLE_ENTRIES * 16);
  #tableCount = 0;
  #lastPrefix = -1;
  #lastBase = 0;

  /** @param frames where tables get their frames; none: tables cost no simulated memory. */
  constructor(frames?: FrameSource) {
    this.#frames = frames;
    this.#addTable(LEVELS - 1);
  }

  /**
   * Tables for `pages` more pages will be added: there is room for them at once, so that nothing is
   * copied as they come. The host gives memory to what is touched.
   */
  reserve(pages: number): void {
    let tables = LEVELS + this.#tableCount;
    let entries = pages;
    for (let level = 0; level < LEVELS - 1; level++) {
      entries = Math.ceil(entries / TABLE_ENTRIES);
      tables += entries;
    }
    this.#growTo(tables);
  }

  /** The entry of `page`, 0 if there is none; of a 2 MiB entry, that one. */
  entryOf(page: number): number {
    const position = this.positionOf(page);
    return position < 0 ? 0 : this.#words[position]!;
  }

  /** Where the entry that translates `page` is kept, or −1 if its table does not exist. */
  positionOf(page: number): number {
    const prefix = page >>> 9;
    if (prefix === this.#lastPrefix) return this.#lastBase + (page & 511);
    const words = this.#words;
    let base = 0;
    for (let level = LEVELS - 1; level > 0; level--) {
      const position = base + indexAt(page, level);
      const entry = words[position]!;
      if ((entry & PRESENT) === 0) return -1;
      if ((entry & LARGE) !== 0) return position;
      base = frameOf(entry) * TABLE_ENTRIES;
    }
    this.#lastPrefix = prefix;
    this.#lastBase = base;
    return base + (page & 511);
  }

  /** The entry at a position that `positionOf` returned. */
  entryAt(position: number): number {
    return this.#words[position]!;
  }

  /** Sets flags of a present entry, as the hardware does with ACCESSED and DIRTY. */
  setFlags(position: number, flags: number): void {
    this.#words[position]! |= flags;
  }

  /** Lets `page` lead to `frame`; an entry that was there is overwritten. */
  map(page: number, frame: number, flags: number): void {
    const position = this.#reach(page, 0);
    this.#words[position] = ((frame << FRAME_SHIFT) | flags | PRESENT) >>> 0;
  }

  /** Lets the 512 pages from `page` lead to the 512 frames from `frame`. */
  mapLarge(page: number, frame: number, flags: number): void {
    assert(page % TABLE_ENTRIES === 0 && frame % TABLE_ENTRIES === 0, "2 MiB entries are aligned");
    const position = this.#reach(page, 1);
    const old = this.#words[position]!;
    assert((old & PRESENT) === 0 || (old & LARGE) !== 0, "a table of 4 KiB entries is in the way");
    this.#words[position] = ((frame << FRAME_SHIFT) | flags | PRESENT | LARGE) >>> 0;
  }

  /** Clears the entry that translates `page`; returns what it was, 0 if there was none. */
  unmap(page: number): number {
    const position = this.positionOf(page);
    if (position < 0) return 0;
    const entry = this.#words[position]!;
    this.#words[position] = 0;
    return entry;
  }

  /** Clears flags of the entry of `page`, as software does with WRITABLE, ACCESSED and DIRTY. */
  clearFlags(page: number, flags: number): void {
    const position = this.positionOf(page);
    if (position >= 0) this.#words[position]! &= ~flags >>> 0;
  }

  /** Position of the entry of `page` in its table of `level`; adds the tables above it. */
  #reach(page: number, level: number): number {
    assert(page >= 0 && page < PAGES_MAX, "a page is outside the address space");
    if (level === 0 && page >>> 9 === this.#lastPrefix) return this.#lastBase + (page & 511);
    let base = 0;
    for (let upper = LEVELS - 1; upper > level; upper--) {
      const position = base + indexAt(page, upper);
      let entry = this.#words[position]!;
      if ((entry & PRESENT) === 0) {
        entry = ((this.#addTable(upper - 1) << FRAME_SHIFT) | PRESENT | WRITABLE) >>> 0;
        this.#words[position] = entry;
      }
      assert((entry & LARGE) === 0, "a 2 MiB entry is in the way");
      base = frameOf(entry) * TABLE_ENTRIES;
    }
    return base + indexAt(page, level);
  }

  #addTable(level: number): number {
    if (this.#frames !== undefined) {
      assert(this.#frames.allocate() >= 0, "no frame is left for a page table");
    }
    const number = this.#tableCount++;
    if (this.#tableCount * TABLE_ENTRIES > this.#words.length) this.#growTo(this.#tableCount * 2);
    this.tablesAt[level]! += 1;
    this.growth += 1;
    return number;
  }

  #growTo(tables: number): void {
    if (tables * TABLE_ENTRIES <= this.#words.length) return;
    const larger = new Uint32Array(tables * TABLE_ENTRIES);
    larger.set(this.#words.subarray(0, this.#tableCount * TABLE_ENTRIES));
    this.#words = larger;
  }
}

/** Index of the entry for `page` in a table of `level`. */
const indexAt = (page: number, level: number): number => (page >>> (9 * level)) & 511;
