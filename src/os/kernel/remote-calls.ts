/**
 * How one core asks others to drop translations, step by step: what it writes, which cache lines
 * move, whether an interrupt is needed at all, and what a hypervisor has to do with it.
 *
 * Interface: `begin` one call; `ask` each core that is meant; then `interrupt` those that were
 * found with nothing to do. `call.outstanding` says how many have not answered yet,
 * `call.answeredPs` when the last one of the others did. Where requests are queued, whoever finds
 * a queue that is not empty relies on the interrupt of whoever filled it first, and all queues are
 * filled before the first interrupt is written: so the more cores ask at a time, the fewer
 * interrupts it takes.
 *
 * Everything here waits: for cache lines, and for instructions that let nothing overtake them
 * (writing the interrupt command register, taking an interrupt, IRET). A busy sibling finds the
 * core's units free meanwhile, so it does not stretch any of it.
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";

/** What a system leaves where when it asks a core for something. */
export interface CallStyle {
  /**
   * Times that a line comes to the sender from each target: its call's entry, and the head of its
   * queue, which is read before it is swapped.
   */
  readonly queueLines: number;
  /** Lines that a handler has to fetch before it looks at any request: its queue's head. */
  readonly interruptLines: number;
  /** Lines that each request makes the receiver fetch from the sender. */
  readonly requestLines: number;
  /**
   * `each`: one write of the interrupt command register per core; in a guest one call of the host
   * for all. `all`: one write reaches everybody where nobody is spared; in a guest each write is
   * an exit of its own.
   */
  readonly writes: "each" | "all";
  /** Whether the sender drops its own translations while the others drop theirs, or before. */
  readonly isOwnLast: boolean;
  /** Whether confirmations are counted in one line: they take turns. */
  readonly isCounted: boolean;
  /** More pages than this are dropped by dropping everything. */
  readonly singlePagesMax: number;
  /** Whether a core that has seen a later generation of the address space has nothing to do. */
  readonly hasGenerations: boolean;
  /** Fewest cores of an address space for which INVLPGB is used, where it is used at all. */
  readonly broadcastFrom: number;
}

/**
 * [linux-5.x kernel/smp.c smp_call_function_many_cond: csd and llist_add per target, an interrupt
 * only if the target's queue was empty; include/linux/llist.h llist_add_batch: reads the head, then
 * swaps it; kernel/smp.c flush_smp_call_function_queue: llist_del_all, then per request its csd and
 * what to flush; arch/x86/mm/tlb.c: tlb_single_page_flush_ceiling, tlb_gen;
 * arch/x86/kernel/kvm.c kvm_send_ipi_mask] Since 6.14 [linux-6.x arch/x86/mm/tlb.c
 * consider_global_asid].
 */
export const LINUX_CALLS: CallStyle = {
  queueLines: 3,
  interruptLines: 1,
  requestLines: 2,
  writes: "each",
  isOwnLast: false,
  isCounted: false,
  singlePagesMax: 33,
  hasGenerations: true,
  broadcastFrom: 4,
};

/**
 * OSv: nothing is queued, one count of confirmations; always everything.
 * [osv-source arch/x64/mmu.cc flush_tlb_all; arch/x64/apic.cc ipi_allbutself]
 */
export const OSV_CALLS: CallStyle = {
  queueLines: 0,
  interruptLines: 0,
  requestLines: 1,
  writes: "all",
  isOwnLast: false,
  isCounted: true,
  singlePagesMax: 0,
  hasGenerations: false,
  broadcastFrom: 1,
};

/**
 * uCache: as OSv, but a list of pages, dropped one by one: where it lies, its beginning (the rest
 * is prefetched), the count. [ucache-source arch/x64/mmu.cc invlpg_tlb_all, invlpg_max_pages]
 */
export const UCACHE_CALLS: CallStyle = {
  ...OSV_CALLS,
  requestLines: 3,
  isOwnLast: true,
  singlePagesMax: 1_023,
};

/** Times of the steps, in picoseconds. */
export interface CallTimes {
  /** Writing the interrupt command register. */
  readonly sendPs: number;
  /** Taking the interrupt and returning from it. */
  readonly entryPs: number;
}

/** One core's requests to others, under way. */
export interface RemoteCall {
  /** Requests that nobody has interrupted the receiver for yet. */
  outstanding: number;
  /** When the last of the others is done. */
  answeredPs: number;
  /** Which one that is, and when it has done its work. */
  last: Core | undefined;
  lastPs: number;
  /** Whether nobody of the process is spared. */
  readonly isEverybody: boolean;
  /** Cores whose queue this call found empty, and what dropping takes there. */
  readonly toInterrupt: Core[];
  readonly dropPs: number[];
  /** Writes of the interrupt command register so far. */
  writes: number;
}

export class RemoteCalls {
  readonly #machine: HostMachine;
  readonly #style: CallStyle;
  readonly #times: CallTimes;
  /** Requests in each core's queue whose interrupt has not been written yet. */
  readonly #queues: RemoteCall[][];
  /** When the line with the head of each core's queue can move on. */
  readonly #headFreePs: Float64Array;

  constructor(machine: HostMachine, style: CallStyle, times: CallTimes) {
    this.#machine = machine;
    this.#style = style;
    this.#times = times;
    this.#queues = machine.cores.map(() => []);
    this.#headFreePs = new Float64Array(machine.cores.length);
  }

  begin(isEverybody: boolean): RemoteCall {
    return {
      outstanding: 0,
      answeredPs: 0,
      last: undefined,
      lastPs: 0,
      isEverybody,
      toInterrupt: [],
      dropPs: [],
      writes: 0,
    };
  }

  /** Whether `ask` only queues, so that `interrupt` has to follow. */
  get isQueueing(): boolean {
    return this.#style.queueLines > 0;
  }

  /** `core` asks `target` to drop something, which takes `dropPs` there if it comes to that. */
  ask(core: Core, target: Core, dropPs: number, call: RemoteCall): void {
    const { ipis } = this.#machine;
    call.outstanding += 1;
    if (!this.isQueueing) {
      this.#interrupt(core, target, dropPs, call);
      return;
    }
    this.#enqueue(core, target);
    const queue = this.#queues[target.index]!;
    // It looks at the generation once for all: nothing is left to drop for whoever joins.
    if (queue.length === 0 && ipis.isPending(target, core.cursorPs)) {
      this.#answer(core, target, core.cursorPs, call);
      return;
    }
    queue.push(call);
    if (queue.length > 1) return;
    call.toInterrupt.push(target);
    call.dropPs.push(dropPs);
  }

  /** Fills the call's entry, which the target released last, and puts it into the queue. */
  #enqueue(core: Core, target: Core): void {
    const linePs = this.#linePs(core, target);
    wait(core, CAUSE.shootdownSend, (this.#style.queueLines - 1) * linePs);
    // Everybody goes through the targets in the same order, and may have to wait for the line.
    const startPs = Math.max(core.cursorPs, this.#headFreePs[target.index]!);
    core.passUntil(startPs + linePs, CAUSE.shootdownSend);
    this.#headFreePs[target.index] = core.cursorPs;
  }

  /** Interrupts the core at `place` of `call.toInterrupt`: it deals with all of its queue. */
  interrupt(core: Core, call: RemoteCall, place: number): void {
    const target = call.toInterrupt[place]!;
    this.#interrupt(core, target, call.dropPs[place]!, call);
  }

  #interrupt(core: Core, target: Core, dropPs: number, call: RemoteCall): void {
    const { guest, mmu } = this.#machine;
    this.#write(core, call);
    const arrivalPs = core.cursorPs + mmu.plan.ipiDeliveryPs;
    const linePs = this.#linePs(core, target);
    const entryPs = this.#times.entryPs + (guest?.ipiReceivePs ?? 0) + dropPs;
    const firstPs = entryPs + this.#style.interruptLines * linePs;
    const queue = this.#queues[target.index]!;
    if (queue.length === 0) this.#answer(core, target, arrivalPs, call, firstPs);
    for (const one of queue) this.#answer(core, target, arrivalPs, one, firstPs);
    queue.length = 0;
  }

  /** `target` deals with one request; `entryPs` comes on top if it begins an interrupt. */
  #answer(core: Core, target: Core, arrivalPs: number, call: RemoteCall, entryPs = 0): void {
    const { requestLines, isCounted } = this.#style;
    const linePs = this.#linePs(core, target);
    const donePs = this.#machine.ipis.request(target, arrivalPs, entryPs, requestLines * linePs);
    // Confirmations that are counted in one line take turns.
    const turnPs = isCounted ? call.answeredPs + linePs : 0;
    call.answeredPs = Math.max(call.answeredPs, donePs, turnPs);
    if (donePs >= call.lastPs) {
      call.last = target;
      call.lastPs = donePs;
    }
    call.outstanding -= 1;
  }

  /** Writes the interrupt command register, unless an earlier write reaches this core as well. */
  #write(core: Core, call: RemoteCall): void {
    const { guest } = this.#machine;
    const isForAll = this.#style.writes === "all" && call.isEverybody;
    if (call.writes === 0 || !isForAll) {
      wait(core, CAUSE.shootdownSend, this.#times.sendPs);
      // A Linux guest tells its host of all of them in one call.
      const isExit = call.writes === 0 || this.#style.writes === "all";
      if (guest !== undefined && isExit) core.charge(CAUSE.hypervisor, guest.ipiSendPs);
      call.writes += 1;
    }
    // Whatever the guest wrote, the host delivers to one virtual core after the other.
    if (guest !== undefined) core.charge(CAUSE.hypervisor, guest.ipiKickPs);
  }

  #linePs(core: Core, target: Core): number {
    const { nearPs, farPs } = this.#machine.lineTransfer;
    return core.complex === target.complex ? nearPs : farPs;
  }
}

function wait(core: Core, cause: number, ps: number): void {
  core.passUntil(core.cursorPs + ps, cause);
}
