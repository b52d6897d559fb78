/**
 * What all threads of a Linux process write when they get anonymous pages and give them back: lines
 * of mm_struct, the counters of their memory cgroup, and the LRU list with its lock.
 *
 * Pages are charged to the cgroup 32 at a time per core, but uncharged as they are released: one
 * atomic update of its counter and of each of its ancestors' per call, however few pages it frees.
 * [linux-5.x mm/memcontrol.c try_charge_memcg, uncharge_batch; mm/page_counter.c
 * page_counter_uncharge]
 *
 * New pages gather per core and go onto the list together. One that is given back while it waits
 * there leaves with the others, under one lock more; any other leaves at once. Until Linux 6.14
 * every release put the core's new pages on the list first, so that nearly each of them took the
 * lock twice by itself. [linux-5.x mm/swap.c lru_add_drain, __pagevec_lru_add, release_pages]
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { PAGEVEC } from "./memory/lru-list.ts";
import { QueuedLock } from "./queued-lock.ts";

/**
 * Lines that whoever adds pages to the LRU list, or takes them off, finds in another core's cache
 * if that core did so last: the list's head, which is not in the lock's line, and the page before;
 * the pages on both sides. [linux-5.x include/linux/mmzone.h struct lruvec, include/linux/list.h]
 */
const LRU_LINES = 2;
/** Pages that leave it under one lock. [linux-5.x mm/swap.c release_pages: SWAP_CLUSTER_MAX] */
const LRU_REMOVE_BATCH = 32;
/** Pages that a core charges ahead. [linux-5.x mm/memcontrol.c MEMCG_CHARGE_BATCH] */
const CHARGE_BATCH = 32;

export interface LruPlan {
  /** Time under the LRU list's lock: for a page, and for each further one. */
  readonly lruHoldPs: number;
  readonly lruPagePs: number;
  /** Whether a release begins by putting the core's new pages on the list. */
  readonly isDrainedFirst: boolean;
  /** Counters that a page is charged to: those of its memory cgroup and of all above it. */
  readonly cgroupLevels: number;
}

export class ProcessLines {
  /** mmap_lock, taken for reading. */
  readonly mmap: SharedLine;
  /** mm->tlb_flush_pending. */
  readonly pendingFlushes: SharedLine;
  /** mm->rss_stat. */
  readonly residentPages: SharedLine;
  readonly lru: QueuedLock;
  readonly #plan: LruPlan;
  /** Counters of the process's memory cgroup and of its ancestors. */
  readonly #charged: readonly SharedLine[];
  /** Pages that each core may still take without charging more. */
  readonly #stock: Uint8Array;
  /** New pages of each core that are not on the LRU list yet: which, and how many. */
  readonly #gathered: Int32Array;
  readonly #gatheredCount: Uint8Array;
  /** How many of them have been given back meanwhile. */
  readonly #leaving: Uint8Array;

  constructor({ lineTransfer, cores }: HostMachine, plan: LruPlan) {
    this.#plan = plan;
    this.#gathered = new Int32Array(cores.length * PAGEVEC);
    this.#gatheredCount = new Uint8Array(cores.length);
    this.#leaving = new Uint8Array(cores.length);
    this.#charged = Array.from({ length: plan.cgroupLevels }, () => new SharedLine(lineTransfer));
    this.#stock = new Uint8Array(cores.length);
    this.mmap = new SharedLine(lineTransfer);
    this.pendingFlushes = new SharedLine(lineTransfer);
    this.residentPages = new SharedLine(lineTransfer);
    this.lru = new QueuedLock(lineTransfer);
  }

  /** `core` has a new page. */
  addPage(core: Core, page: number): void {
    const { index } = core;
    if (this.#stock[index] === 0) {
      this.#stock[index] = CHARGE_BATCH;
      this.#charge(core);
    }
    this.#stock[index]! -= 1;
    const count = this.#gatheredCount[index]!;
    this.#gathered[index * PAGEVEC + count] = page;
    this.#gatheredCount[index] = count + 1;
    if (count + 1 === PAGEVEC) this.#drain(core);
  }

  /** `core` is about to give pages back. */
  beforeRelease(core: Core): void {
    if (this.#plan.isDrainedFirst) this.#drain(core);
  }

  /** The first `count` of `pages` (plus `base`) have lost their user: they leave the LRU list. */
  removePages(core: Core, pages: Int32Array, count: number, base: number): void {
    const left = this.#plan.isDrainedFirst ? count : this.#listed(core, pages, count, base);
    this.#removeListed(core, left);
  }

  /** How many of these pages are on the list; the others leave when they would get there. */
  #listed(core: Core, pages: Int32Array, count: number, base: number): number {
    const first = core.index * PAGEVEC;
    const gathered = this.#gathered.subarray(first, first + this.#gatheredCount[core.index]!);
    let listed = count;
    for (let i = 0; i < count; i++) {
      if (!gathered.includes(base + pages[i]!)) continue;
      this.#leaving[core.index]! += 1;
      listed -= 1;
    }
    return listed;
  }

  /** The new pages of `core`, if there are any, go onto the LRU list. [lru_add_drain] */
  #drain(core: Core): void {
    const count = this.#gatheredCount[core.index]!;
    const leaving = this.#leaving[core.index]!;
    this.#gatheredCount[core.index] = 0;
    this.#leaving[core.index] = 0;
    if (count > 0) this.#changeLru(core, count);
    this.#removeListed(core, leaving);
  }

  /** Updates the counter of every level. */
  #charge(core: Core): void {
    for (const counter of this.#charged) counter.update(core);
  }

  #removeListed(core: Core, count: number): void {
    if (count > 0) this.#charge(core);
    for (let left = count; left > 0; left -= LRU_REMOVE_BATCH) {
      this.#changeLru(core, Math.min(left, LRU_REMOVE_BATCH));
    }
  }

  #changeLru(core: Core, count: number): void {
    const { lruHoldPs, lruPagePs } = this.#plan;
    const lines = this.lru.wasTakenLastBy(core) ? 0 : LRU_LINES;
    this.lru.hold(core, CAUSE.pageTable, lruHoldPs + (count - 1) * lruPagePs, lines);
  }
}
