/**
 * The address space of the database's process: its page table, and the cores that may have copies
 * of its entries in their TLBs.
 *
 * Interface: `attach` a core where threads of the process begin; `translate` is one load or
 * store; whoever clears or restricts entries calls `flush` before it reuses the frames. A flush
 * does what Linux does [linux-5.x arch/x86/mm/tlb.c flush_tlb_mm_range]: counts the generation up,
 * drops the pages from this core's TLB, up to 33 of them one by one, else everything; sends a
 * request to every other core that runs the process (`remote-calls.ts`); waits, with interrupts
 * enabled, for the last acknowledgement; nobody takes the thread off its core meanwhile (`get_cpu`
 * to `put_cpu`). A core in lazy mode (nothing of the process runs there now) is not interrupted: it
 * flushes when it comes back.
 *
 * I1  After a flush no core translates with an entry that was cached before it.
 * I2  One request per flush and core that runs the process, and as many acknowledgements.
 */
import { assert } from "../../base/assert.ts";
import { badValue } from "../../base/usage-error.ts";
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import { type FrameSource, PageTable } from "../../hardware/mmu/page-table.ts";
import type { MemoryCounters } from "../memory-model.ts";
import { CATCH_UP, type Sleep, type Spin, type SystemTask, type Thread } from "../model.ts";
import { type CallStyle, type CallTimes, type RemoteCall, RemoteCalls } from "./remote-calls.ts";

const NO_PAGES = new Int32Array(0);
const EVERYTHING = Number.MAX_SAFE_INTEGER;
/** How often a core looks whether those have been interrupted that somebody else interrupts. */
const LOOK_PS = 500_000;

/** What invalidation on other cores takes, in picoseconds, and how it is done. */
export interface ShootdownPlan extends CallTimes {
  readonly style: CallStyle;
  /**
   * `interrupt`: IPIs; `broadcast`: INVLPGB; `miracle`: every TLB forgets in no time; `none`:
   * nobody else is told, which is a fault (for tests).
   */
  readonly by: "interrupt" | "broadcast" | "miracle" | "none";
  /** Whether cores on which the process does not run now are spared the interrupt. */
  readonly isLazy: boolean;
  /** What the last to answer pays to wake the sender, which sleeps; absent: the sender spins. */
  readonly wakePs?: number;
}

/** One flush under way: which pages, and which of the address space's flushes it is. */
interface Flush {
  readonly pages: Int32Array;
  readonly count: number;
  readonly base: number;
  readonly generation: number;
  readonly call: RemoteCall;
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
  readonly counters = newCounters();
  readonly #machine: HostMachine;
  readonly #plan: ShootdownPlan;
  readonly #cores: Core[] = [];
  readonly #isMember: Uint8Array;
  /** Cores that must drop everything before they translate again. */
  readonly #isBehind: Uint8Array;
  /** Flushes begun so far, and up to which of them each core has followed. */
  #generations = 0;
  readonly #seen: Float64Array;
  /** The process's flush generation, counted up by every flush. */
  readonly #generation: SharedLine;
  readonly #calls: RemoteCalls;

  constructor(machine: HostMachine, plan: ShootdownPlan, frames?: FrameSource) {
    if (plan.by === "broadcast" && machine.mmu.plan.broadcastPages === 0) {
      throw badValue("tlb_flush", plan.by, "this machine's processor has no INVLPGB");
    }
    this.#machine = machine;
    this.#plan = plan;
    this.table = new PageTable(frames);
    this.#isMember = new Uint8Array(machine.cores.length);
    this.#isBehind = new Uint8Array(machine.cores.length);
    this.#seen = new Float64Array(machine.cores.length);
    this.#generation = new SharedLine(machine.lineTransfer);
    this.#calls = new RemoteCalls(machine, plan.style, plan);
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
    // A thread has moved here: its process comes along. [linux-5.x arch/x86/mm/tlb.c switch_mm]
    if (this.#isMember[core.index] !== 1) this.attach(core);
    if (this.#isBehind[core.index] === 1) {
      this.#isBehind[core.index] = 0;
      mmu.tlbOf(core).invalidateAll();
      core.charge(CAUSE.addressTranslation, mmu.plan.invalidateAllPs);
    }
    return mmu.translate(core, this.table, page, isWrite);
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
    // It must not go on from another core, and others' requests may wait for an interrupt that it
    // has still to send. [linux-5.x arch/x86/mm/tlb.c get_cpu]
    // [osv-source arch/x64/mmu.cc flush_tlb_all, migration_lock]
    thread.maskPreemption();
    const flush = this.#begin(thread.core, pages, count, base);
    if (flush !== undefined) yield* this.#tellOthers(thread, flush);
    yield* this.#returnToHost(thread);
    thread.unmaskPreemption();
  }

  /** Every other core that may have the pages drops them; waits for the last. */
  *#tellOthers(thread: Thread, flush: Flush): SystemTask {
    const { core } = thread;
    const { call } = flush;
    const { isQueueing } = this.#calls;
    // By number: an iterator that lives across a yield is called once per core.
    for (let number = 0; number < this.#cores.length; number++) {
      const other = this.#cores[number]!;
      if (!this.#isTold(core, other)) continue;
      this.#tell(core, other, flush);
      if (thread.isAhead()) yield CATCH_UP;
    }
    if (isQueueing) {
      for (let place = 0; place < call.toInterrupt.length; place++) {
        this.#calls.interrupt(core, call, place);
        if (thread.isAhead()) yield CATCH_UP;
      }
    }
    if (this.#plan.style.isOwnLast) this.#dropOwn(core, flush);
    yield* this.#awaitAnswers(thread, call);
  }

  /** Waits until everybody has answered, with interrupts enabled. */
  *#awaitAnswers(thread: Thread, call: RemoteCall): SystemTask {
    const { core } = thread;
    const spin: Spin = { kind: "spin", atPs: 0, cause: CAUSE.shootdownWait };
    // Others have still to interrupt cores for which requests of this call wait, too.
    while (call.outstanding > 0) {
      spin.atPs = core.cursorPs + LOOK_PS;
      yield spin;
    }
    if (call.answeredPs <= core.cursorPs) return;
    const { wakePs } = this.#plan;
    if (wakePs !== undefined) {
      yield* this.#sleepUntilAnswered(thread, call, wakePs);
      return;
    }
    spin.atPs = call.answeredPs + this.#machine.lineTransfer.farPs;
    yield spin;
  }

  /**
   * The handler that counts down to nothing wakes the sender, as any thread wakes another. OSv
   * locks its migration meanwhile; here it may wake on another core where all share a queue.
   */
  *#sleepUntilAnswered(
    thread: Thread,
    { answeredPs, last }: RemoteCall,
    wakePs: number,
  ): SystemTask {
    assert(last !== undefined, "somebody has answered");
    const wokenPs = this.#machine.ipis.prolong(last, answeredPs, wakePs, CAUSE.wakeUp);
    const nap: Sleep = { kind: "sleep", earliestPs: () => wokenPs, wokenBy: () => last };
    while (thread.core.cursorPs < wokenPs) yield nap;
  }

  /**
   * As `flush` of one page that the guest keeps, for whoever cannot suspend: the wait for the
   * acknowledgements is charged at once, so its core may run ahead of the clock by that much. Cores
   * that somebody else is about to interrupt anyway are not waited for.
   */
  flushInStep(core: Core, page: number): void {
    const flush = this.#begin(core, Int32Array.of(page), 1, 0);
    if (flush === undefined) return;
    const { call } = flush;
    for (const other of this.#cores) {
      if (this.#isTold(core, other)) this.#tell(core, other, flush);
    }
    for (let place = 0; place < call.toInterrupt.length; place++) {
      this.#calls.interrupt(core, call, place);
    }
    if (this.#plan.style.isOwnLast) this.#dropOwn(core, flush);
    const waitPs = call.answeredPs + this.#machine.lineTransfer.farPs - core.cursorPs;
    if (waitPs > 0) core.charge(CAUSE.shootdownWait, waitPs);
  }

  /** Drops pages on this core, and on all where it can; undefined: no other core must be asked. */
  #begin(core: Core, pages: Int32Array, count: number, base: number): Flush | undefined {
    const by = this.#by();
    this.#generations += 1;
    const isSpared = (other: Core): boolean => other !== core && this.#isSpared(other);
    const isReached = (other: Core): boolean => other !== core && !this.#isSpared(other);
    if (this.#cores.some(isReached)) this.counters.shootdowns += 1;
    const call = this.#calls.begin(!this.#cores.some(isSpared));
    const flush: Flush = { pages, count, base, generation: this.#generations, call };
    if (by === "miracle") {
      for (const other of this.#cores) this.#drop(other, flush);
      return undefined;
    }
    if (by !== "interrupt" || !this.#plan.style.isOwnLast) this.#dropOwn(core, flush);
    if (by === "none") return undefined;
    this.#generation.update(core);
    if (by === "broadcast") {
      for (const other of this.#cores) this.#drop(other, flush);
      // More pages than one instruction can name: everything is dropped, in one instruction.
      core.charge(CAUSE.shootdownSend, this.#machine.mmu.plan.broadcastPs);
      return undefined;
    }
    return flush;
  }

  /** How it is done now: where there are few cores, they are interrupted instead of INVLPGB. */
  #by(): ShootdownPlan["by"] {
    const { by, style } = this.#plan;
    if (by !== "broadcast" || this.#cores.length >= style.broadcastFrom) return by;
    return "interrupt";
  }

  #dropOwn(core: Core, flush: Flush): void {
    if (this.#isMember[core.index] === 0) return;
    core.charge(CAUSE.pageTable, this.#drop(core, flush));
  }

  /**
   * The pages go back to the host: every core that runs the guest leaves it and drops what it
   * translates by; one that has halted does so as it enters. The host waits for all.
   * [linux-5.x virt/kvm/kvm_main.c kvm_flush_remote_tlbs, kvm_make_all_cpus_request]
   */
  *#returnToHost(thread: Thread): SystemTask {
    const { guest, mmu, ipis } = this.#machine;
    if (guest?.memoryReturn === undefined) return;
    const { askPs, sendPs, receivePs } = guest.memoryReturn;
    const { core } = thread;
    const { invalidateAllPs, ipiDeliveryPs } = mmu.plan;
    let donePs = 0;
    core.charge(CAUSE.hypervisor, askPs);
    for (let number = 0; number < this.#cores.length; number++) {
      const other = this.#cores[number]!;
      mmu.tlbOf(other).invalidateAll();
      if (other === core || !other.isOccupied) continue;
      core.charge(CAUSE.hypervisor, sendPs);
      const arrivalPs = core.cursorPs + ipiDeliveryPs;
      const endPs = ipis.request(other, arrivalPs, receivePs, invalidateAllPs, CAUSE.hypervisor);
      donePs = Math.max(donePs, endPs);
      if (thread.isAhead()) yield CATCH_UP;
    }
    if (donePs > core.cursorPs) yield { kind: "spin", atPs: donePs, cause: CAUSE.hypervisor };
  }

  #isSpared(other: Core): boolean {
    return this.#plan.isLazy && !other.isOccupied;
  }

  /** Whether `other` has to be interrupted; one that is spared flushes when it comes back. */
  #isTold(core: Core, other: Core): boolean {
    if (other === core) return false;
    if (!this.#isSpared(other)) return true;
    this.#isBehind[other.index] = 1;
    return false;
  }

  #tell(core: Core, other: Core, flush: Flush): void {
    this.counters.shootdownRequests += 1;
    this.#calls.ask(core, other, this.#drop(other, flush), flush.call);
  }

  /**
   * Drops pages from one core's TLB and returns what that takes there. Where there are generations,
   * a core that is up to date has nothing to do, and one drops single pages only if it has followed
   * every flush but this one, the last. [linux-5.x arch/x86/mm/tlb.c flush_tlb_func]
   */
  #drop(core: Core, { pages, count, base, generation }: Flush): number {
    const { mmu } = this.#machine;
    const { singlePagesMax, hasGenerations } = this.#plan.style;
    const seen = this.#seen[core.index]!;
    const latest = this.#generations;
    this.#seen[core.index] = latest;
    if (hasGenerations && seen === latest) return 0;
    const hasMissed = generation !== latest || seen + 1 !== latest;
    const tlb = mmu.tlbOf(core);
    if (count > singlePagesMax || (hasGenerations && hasMissed)) {
      tlb.invalidateAll();
      return mmu.plan.invalidateAllPs;
    }
    for (let i = 0; i < count; i++) tlb.invalidatePage(base + pages[i]!);
    return count * mmu.plan.invalidatePagePs;
  }
}
