/**
 * The address space of the database's process: its page table, and the cores that may have copies
 * of its entries in their TLBs.
 *
 * Interface: `attach` a core before a thread on it accesses anything; `translate` is one load or
 * store; whoever clears or restricts entries calls `flush` before it reuses the frames. A flush
 * does what Linux does [arch/x86/mm/tlb.c flush_tlb_mm_range]: drops the pages from this core's
 * TLB, up to 33 of them one by one, else everything; sends a request to every other core that runs
 * the process; waits, with interrupts enabled, for the last acknowledgement. A core in lazy mode
 * (nothing of the process runs there now) is not interrupted: it flushes when it comes back.
 *
 * I1  After a flush no core translates with an entry that was cached before it.
 * I2  One request per flush and core that runs the process, and as many acknowledgements.
 */
import { badValue } from "../../base/usage-error.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { type FrameSource, PageTable } from "../../hardware/mmu/page-table.ts";
import type { MemoryCounters } from "../memory-model.ts";
import { CATCH_UP, type Sleep, type Spin, type SystemTask, type Thread } from "../model.ts";

/** More pages than this are flushed by dropping everything: tlb_single_page_flush_ceiling. */
const SINGLE_PAGES_MAX = 33;
/**
 * Cache lines of the sender that a request moves to the receiver: the call's entry in its queue,
 * and what to flush. [linux-5.x kernel/smp.c flush_smp_call_function_queue]
 */
const REQUEST_LINES = 2;
const EVERYTHING = SINGLE_PAGES_MAX + 1;
const NO_PAGES = new Int32Array(0);

/** What invalidation on other cores takes, in picoseconds, and how it is done. */
export interface ShootdownPlan {
  readonly sendPs: number;
  /** Taking the interrupt and returning from it; once for all requests that it finds. */
  readonly entryPs: number;
  /**
   * `interrupt`: IPIs; `broadcast`: INVLPGB; `miracle`: every TLB forgets in no time; `none`:
   * nobody else is told, which is a fault (for tests).
   */
  readonly by: "interrupt" | "broadcast" | "miracle" | "none";
  /** Whether cores on which the process does not run now are spared the interrupt. */
  readonly isLazy: boolean;
  /** How the last acknowledgement is awaited. */
  readonly waitBy: "spinning" | "sleeping";
}

export function newCounters(): MemoryCounters {
  return {
    faults: 0,
    populated: 0,
    released: 0,
    shootdowns: 0,
    shootdownRequests: 0,
    scanned: 0,
    releasedDirectly: 0,
    backgroundPs: 0,
    flushPs: 0,
  };
}

export class AddressSpace {
  readonly table: PageTable;
  readonly counters: MemoryCounters;
  readonly #machine: HostMachine;
  readonly #plan: ShootdownPlan;
  readonly #cores: Core[] = [];
  readonly #isMember: Uint8Array;
  /** Cores that must drop everything before they translate again. */
  readonly #isBehind: Uint8Array;
  /** The process's flush generation, counted up by every flush. */
  readonly #generation: SharedLine;
  readonly #spin: Spin = { kind: "spin", atPs: 0, cause: CAUSE.shootdownWait };

  #confirmedPs = 0;
  readonly #nap: Sleep = { kind: "sleep", earliestPs: () => this.#confirmedPs };

  constructor(
    machine: HostMachine,
    plan: ShootdownPlan,
    counters: MemoryCounters,
    frames?: FrameSource,
  ) {
    if (plan.by === "broadcast" && machine.mmu.plan.broadcastPages === 0) {
      throw badValue("tlb_flush", plan.by, "this machine's processor has no INVLPGB");
    }
    this.#machine = machine;
    this.#plan = plan;
    this.counters = counters;
    this.table = new PageTable(frames);
    this.#isMember = new Uint8Array(machine.cores.length);
    this.#isBehind = new Uint8Array(machine.cores.length);
    this.#generation = new SharedLine(machine.lineTransfer);
  }

  /** From now on `core` may hold translations of this process. */
  attach(core: Core): void {
    if (this.#isMember[core.index] === 1) return;
    this.#isMember[core.index] = 1;
    this.#cores.push(core);
  }

  /** One load from or store to `page`: its frame, or `NOT_MAPPED`. */
  translate(core: Core, page: number, isWrite: boolean): number {
    const { mmu } = this.#machine;
    if (this.#isBehind[core.index] === 1) {
      this.#isBehind[core.index] = 0;
      mmu.tlbOf(core).invalidateAll();
      core.charge(CAUSE.addressTranslation, mmu.plan.invalidateAllPs);
    }
    return mmu.translate(core, this.table, page, isWrite);
  }

  /** Drops `pages` from this core's TLB alone: for entries that no other core can have. */
  flushOwn(core: Core, pages: Int32Array, count: number, base = 0): void {
    const { mmu } = this.#machine;
    this.#drop(core, pages, count, base);
    const { invalidatePagePs, invalidateAllPs } = mmu.plan;
    const isSingle = count <= SINGLE_PAGES_MAX;
    core.charge(CAUSE.pageTable, isSingle ? count * invalidatePagePs : invalidateAllPs);
  }

  /** No core translates anything by what it has cached. */
  flushAll(thread: Thread): SystemTask {
    return this.flush(thread, NO_PAGES, EVERYTHING);
  }

  /**
   * No core translates the first `count` of `pages` (plus `base`) by what it has cached.
   *
   * @param pages what to drop; more than `count` says so may be dropped.
   */
  *flush(thread: Thread, pages: Int32Array, count: number, base = 0): SystemTask {
    const { core } = thread;
    const { ipis, mmu, guest } = this.#machine;
    const { by, isLazy, sendPs, entryPs } = this.#plan;
    this.counters.shootdowns += 1;
    if (by === "miracle") {
      for (const other of this.#cores) this.#drop(other, pages, count, base);
      return;
    }
    if (this.#isMember[core.index] === 1) this.flushOwn(core, pages, count, base);
    if (by === "none") return;
    this.#generation.update(core);
    if (by === "broadcast") {
      for (const other of this.#cores) this.#drop(other, pages, count, base);
      // More pages than one instruction can name: everything is dropped, in one instruction.
      core.charge(CAUSE.shootdownSend, mmu.plan.broadcastPs);
      return;
    }
    const { invalidatePagePs, invalidateAllPs, ipiDeliveryPs } = mmu.plan;
    const dropPs = count <= SINGLE_PAGES_MAX ? count * invalidatePagePs : invalidateAllPs;
    const requestPs = REQUEST_LINES * this.#machine.lineTransfer.farPs + dropPs;
    const exitPs = guest?.ipiReceivePs ?? 0;
    // The host drops its own entries of memory that it gets back, on every core, in turn.
    if (guest !== undefined && guest.returnPs > 0) {
      core.charge(CAUSE.hypervisor, guest.ipiSendPs + this.#cores.length * guest.returnPs);
    }
    let lastPs = 0;
    for (const other of this.#cores) {
      if (other === core) continue;
      if (isLazy && !other.isOccupied) {
        this.#isBehind[other.index] = 1;
        continue;
      }
      core.charge(CAUSE.shootdownSend, sendPs);
      if (guest !== undefined) core.charge(CAUSE.hypervisor, guest.ipiSendPs);
      this.#drop(other, pages, count, base);
      const arrivalPs = core.cursorPs + ipiDeliveryPs;
      const ackPs = ipis.request(other, arrivalPs, entryPs + exitPs, requestPs);
      if (ackPs > lastPs) lastPs = ackPs;
      this.counters.shootdownRequests += 1;
      if (thread.isAhead()) yield CATCH_UP;
    }
    if (lastPs <= core.cursorPs) return;
    const seenPs = lastPs + this.#machine.lineTransfer.farPs;
    if (this.#plan.waitBy === "spinning") {
      this.#spin.atPs = seenPs;
      yield this.#spin;
      return;
    }
    while (core.cursorPs < seenPs) {
      this.#confirmedPs = seenPs;
      yield this.#nap;
    }
  }

  /**
   * As `flush` of one page, for whoever cannot suspend: the wait for the acknowledgements is
   * charged at once, so its core may run ahead of the clock by that much.
   */
  flushInStep(core: Core, page: number): void {
    const { ipis, mmu, guest, lineTransfer } = this.#machine;
    const { by, isLazy, sendPs, entryPs } = this.#plan;
    this.counters.shootdowns += 1;
    mmu.tlbOf(core).invalidatePage(page);
    if (by === "none") return;
    for (const other of this.#cores) mmu.tlbOf(other).invalidatePage(page);
    if (by === "miracle") return;
    this.#generation.update(core);
    if (by === "broadcast") {
      core.charge(CAUSE.shootdownSend, mmu.plan.broadcastPs);
      return;
    }
    const requestPs = REQUEST_LINES * lineTransfer.farPs + mmu.plan.invalidatePagePs;
    let lastPs = 0;
    for (const other of this.#cores) {
      if (other === core || (isLazy && !other.isOccupied)) continue;
      core.charge(CAUSE.shootdownSend, sendPs);
      if (guest !== undefined) core.charge(CAUSE.hypervisor, guest.ipiSendPs);
      const arrivalPs = core.cursorPs + mmu.plan.ipiDeliveryPs;
      const handlerPs = entryPs + (guest?.ipiReceivePs ?? 0);
      lastPs = Math.max(lastPs, ipis.request(other, arrivalPs, handlerPs, requestPs));
      this.counters.shootdownRequests += 1;
    }
    const waitPs = lastPs + lineTransfer.farPs - core.cursorPs;
    if (waitPs > 0) core.charge(CAUSE.shootdownWait, waitPs);
  }

  #drop(core: Core, pages: Int32Array, count: number, base: number): void {
    const tlb = this.#machine.mmu.tlbOf(core);
    if (count > SINGLE_PAGES_MAX) tlb.invalidateAll();
    else for (let i = 0; i < count; i++) tlb.invalidatePage(base + pages[i]!);
  }
}
