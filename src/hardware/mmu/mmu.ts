/**
 * Address translation on every core: TLBs, page walks and what they take.
 *
 * Interface: `translate` is what a load or store does: it returns the frame or `NOT_MAPPED` and
 * charges the core for a second-level TLB hit or a walk. A walk loads one entry per level that the
 * walker's cache does not have; how long a load takes follows from how many tables the level has
 * and which cache can hold them. Under nested paging each of those loads, and the page itself, has
 * to be translated by the host's tables first: up to 24 loads instead of 4.
 *
 * I1  Translation uses a TLB entry as long as it is there, whatever the page table says now.
 * I2  The hardware sets ACCESSED on every walk and DIRTY before the first store through an entry.
 * I3  A store through a TLB entry that is not WRITABLE walks again and then faults.
 */
import type { Core } from "../cpu/core.ts";
import { CAUSE } from "../cpu/ledger.ts";
import type { NumberTable } from "../numbers.ts";
import type { MMU_NUMBERS } from "./mmu-numbers.ts";
import {
  ACCESSED,
  DIRTY,
  frameOf,
  LARGE,
  LEVELS,
  PAGE_BYTES,
  type PageTable,
  PRESENT,
  TABLE_ENTRIES,
  WRITABLE,
} from "./page-table.ts";
import { Tlb, type TlbGeometry } from "./tlb.ts";

export type MmuNumbers = NumberTable<keyof typeof MMU_NUMBERS>;

/** `translate` found no usable entry: the access faults. */
export const NOT_MAPPED = -1;

/** What the memory management unit takes, in picoseconds, and its geometry. */
export interface MmuPlan extends TlbGeometry {
  readonly l2HitPs: number;
  /** Caches and memory, nearest first: bytes (Infinity for memory) and load latency. */
  readonly caches: readonly { readonly bytes: number; readonly latencyPs: number }[];
  readonly invalidatePagePs: number;
  readonly invalidateAllPs: number;
  readonly ipiDeliveryPs: number;
  /** Pages that one broadcast invalidation names; 0: the processor has none. */
  readonly broadcastPages: number;
  readonly broadcastPs: number;
}

/** How a virtual machine's second dimension is walked. */
export interface NestedPaging {
  /** Share of the second dimension's loads that is charged: 1, or 0 as a counterfactual. */
  readonly share: number;
}

/** Bytes of a cache line. */
const LINE_BYTES = 64;
/** An access to a page that walks brings so many lines: data, its entry, the directory above. */
const LINES_PER_ACCESS = 3;

/**
 * Mean latency of a load from `bytes` of memory that are used evenly.
 *
 * Between two uses of a line every other one is used, and `linesPerAccess` new lines come per
 * access; the share that a cache can hold of that hits it.
 */
export function loadLatencyPs(
  plan: MmuPlan,
  bytes: number,
  linesPerAccess: number = LINES_PER_ACCESS,
): number {
  const needed = Math.max(LINE_BYTES, bytes) * linesPerAccess;
  let latencyPs = 0;
  let covered = 0;
  for (const cache of plan.caches) {
    const share = Math.min(1, cache.bytes / needed);
    if (share <= covered) continue;
    latencyPs += (share - covered) * cache.latencyPs;
    covered = share;
  }
  return Math.round(latencyPs);
}

/**
 * `core` waits for a load from caches or memory: it comes no later because a sibling works, too, or
 * waits for loads of its own.
 */
export function waitForLoad(core: Core, latencyPs: number, cause: number): void {
  core.passUntil(core.cursorPs + latencyPs, cause);
}

export class Mmu {
  readonly plan: MmuPlan;
  /** Page walks so far, on all cores. */
  walks = 0;
  /** Loads from page tables so far, both dimensions. */
  walkLoads = 0;
  /** Set before anything is translated: a guest's translation has a second dimension. */
  nested: NestedPaging | undefined;
  /** The simulated machine's memory is this many times what is simulated. */
  scale = 1;

  readonly #tlbs: (Tlb | undefined)[] = [];
  readonly #loadPs = new Float64Array(LEVELS);
  /** Stays zero on bare metal. */
  readonly #nestedPs = new Float64Array(LEVELS + 1);
  #timesOf: PageTable | undefined;
  #timesGrowth = -1;

  constructor(plan: MmuPlan) {
    this.plan = plan;
  }

  /** The TLB of `core`. */
  tlbOf(core: Core): Tlb {
    let tlb = this.#tlbs[core.index];
    if (tlb === undefined) {
      tlb = new Tlb(this.plan);
      this.#tlbs[core.index] = tlb;
    }
    return tlb;
  }

  /** One load from or store to `page` by `core`: the frame, or `NOT_MAPPED`. */
  translate(core: Core, table: PageTable, page: number, isWrite: boolean): number {
    const tlb = this.tlbOf(core);
    const word = tlb.lookUp(page);
    if (word !== 0 && (!isWrite || (word & (WRITABLE | DIRTY)) === (WRITABLE | DIRTY))) {
      if (tlb.level === 2) waitForLoad(core, this.plan.l2HitPs, CAUSE.addressTranslation);
      return frameIn(word, page);
    }
    return this.#walk(core, tlb, table, page, isWrite);
  }

  #walk(core: Core, tlb: Tlb, table: PageTable, page: number, isWrite: boolean): number {
    if (table !== this.#timesOf || table.growth !== this.#timesGrowth) this.#timeLoads(table);
    this.walks += 1;
    const position = table.positionOf(page);
    const entry = position < 0 ? 0 : table.entryAt(position);
    const lowest = (entry & LARGE) !== 0 ? 1 : 0;
    let elapsedPs = this.plan.l2HitPs;
    for (let level = LEVELS - 1; level >= lowest; level--) {
      if (level > lowest && tlb.keepUpper(page, level)) continue;
      elapsedPs += this.#loadPs[level]! + this.#nestedPs[level]!;
      this.walkLoads += 1;
      if (this.nested !== undefined) this.walkLoads += LEVELS;
    }
    if (this.nested !== undefined) {
      elapsedPs += this.#nestedPs[LEVELS]!;
      this.walkLoads += LEVELS;
    }
    waitForLoad(core, Math.round(elapsedPs), CAUSE.addressTranslation);
    if ((entry & PRESENT) === 0) return NOT_MAPPED;
    if (isWrite && (entry & WRITABLE) === 0) {
      tlb.invalidatePage(page);
      return NOT_MAPPED;
    }
    const flags = isWrite ? ACCESSED | DIRTY : ACCESSED;
    table.setFlags(position, flags);
    const word = table.entryAt(position);
    tlb.insert(page, word);
    return frameIn(word, page);
  }

  /** How long a load from each level takes, from how many tables it has. */
  #timeLoads(table: PageTable): void {
    this.#timesOf = table;
    this.#timesGrowth = table.growth;
    for (let level = 0; level < LEVELS; level++) {
      this.#loadPs[level] = loadLatencyPs(this.plan, this.#tablesAt(table, level) * PAGE_BYTES);
    }
    if (this.nested !== undefined) this.#timeNested(table, this.nested.share);
  }

  #timeNested(table: PageTable, share: number): void {
    const topPs = loadLatencyPs(this.plan, LINE_BYTES);
    for (let level = 0; level < LEVELS; level++) {
      // The host's entry of each of these tables takes 8 bytes; the host's upper levels are hot.
      const lowestPs = loadLatencyPs(this.plan, this.#tablesAt(table, level) * 8);
      this.#nestedPs[level] = share * ((LEVELS - 1) * topPs + lowestPs);
    }
    const pages = this.#tablesAt(table, 0) * TABLE_ENTRIES;
    this.#nestedPs[LEVELS] = share * ((LEVELS - 1) * topPs + loadLatencyPs(this.plan, pages * 8));
  }

  /** Tables of a level that the simulated machine has, ≥ 1. */
  #tablesAt(table: PageTable, level: number): number {
    return Math.max(1, table.tablesAt[level]! * (level === LEVELS - 1 ? 1 : this.scale));
  }
}

function frameIn(word: number, page: number): number {
  return (word & LARGE) === 0 ? frameOf(word) : frameOf(word) + (page & 511);
}
