/**
 * Where exmap's frames come from: a list per interface, with stealing in bundles when one is empty;
 * or, as the ablation of Fig 10 has it, the kernel's page allocator.
 *
 * I1  A frame is in one list, or in use by one page.
 *
 * Lists hold frame numbers; `FrameAllocator` stays the judge of what is free.
 */
import { assert } from "../../../base/assert.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { FrameAllocator } from "../../../hardware/mmu/frame-allocator.ts";
import type { ExmapCosts } from "./costs.ts";

/** Frames that move at a time from one list to another. [exmap-source driver/exmap.c] */
const BUNDLE = 512;
/** Frames that a CPU's list of the page allocator takes and gives at a time. */
const ZONE_BATCH = 63;
/**
 * Frames that such a list keeps at most: the zone's low watermark, a thousandth of its memory,
 * shared out among its CPUs; here of 512 GB among 128. A thread that frees what it has taken, 512
 * at a time, so never comes to the zone. [linux-5.x mm/page_alloc.c zone_highsize, since 5.14]
 */
const CPU_LIST_MAX = 1_024;

export type PoolKind = "lock-free" | "locked" | "system";

interface FrameList {
  frames: Int32Array;
  length: number;
  readonly head: SharedLine;
}

export class FramePool {
  readonly #kind: PoolKind;
  readonly #frames: FrameAllocator;
  readonly #costs: ExmapCosts;
  readonly #lists: FrameList[];
  readonly #zone: SharedLine;
  /** Frames on each CPU's list of the page allocator. */
  readonly #cpuLists: Int32Array;

  constructor(
    machine: HostMachine,
    kind: PoolKind,
    frames: FrameAllocator,
    interfaces: number,
    costs: ExmapCosts,
  ) {
    this.#kind = kind;
    this.#frames = frames;
    this.#costs = costs;
    this.#zone = new SharedLine(machine.lineTransfer, costs["exmap.zoneHold"]);
    this.#cpuLists = new Int32Array(machine.cores.length);
    const share = Math.ceil(frames.count / interfaces);
    this.#lists = Array.from({ length: interfaces }, () => ({
      frames: new Int32Array(Math.max(1, share)),
      length: 0,
      head: new SharedLine(machine.lineTransfer),
    }));
    if (kind === "system") return;
    // All of exmap's memory is taken when the region is created, and shared out evenly.
    for (let next = 0; frames.freeCount > 0; next++) {
      this.#push(this.#lists[next % interfaces]!, frames.allocate());
    }
  }

  /** A frame for a request of interface `from`, and what getting it takes. */
  take(core: Core, from: number): number {
    if (this.#kind === "system") {
      this.#systemStep(core, -1);
      return this.#frames.allocate();
    }
    this.#enter(core);
    const own = this.#lists[from]!;
    if (own.length === 0) this.#steal(core, from);
    assert(own.length > 0, "no frame is free: release pages before populating more");
    own.length -= 1;
    return own.frames[own.length]!;
  }

  /** A frame for a page that is resident before the run begins; −1: there is none. */
  takeBeforeRun(): number {
    if (this.#kind === "system") return this.#frames.allocate();
    const list = this.#lists.reduce((most, other) => (other.length > most.length ? other : most));
    if (list.length === 0) return -1;
    list.length -= 1;
    return list.frames[list.length]!;
  }

  /** Gives a frame back to interface `to`. */
  give(core: Core, to: number, frame: number): void {
    if (this.#kind === "system") {
      this.#systemStep(core, 1);
      this.#frames.free(frame);
      return;
    }
    this.#enter(core);
    this.#push(this.#lists[to]!, frame);
  }

  #enter(core: Core): void {
    if (this.#kind === "locked") core.charge(CAUSE.pageTable, this.#costs["exmap.listLock"]);
  }

  get freeCount(): number {
    if (this.#kind === "system") return this.#frames.freeCount;
    return this.#lists.reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * One frame to (`change` = 1) or from (−1) this CPU's list of the kernel's allocator; an empty
   * or full one gets or gives 63 under the zone's lock.
   */
  #systemStep(core: Core, change: 1 | -1): void {
    // Half of it when a frame is taken, half when it is given back.
    core.charge(CAUSE.pageTable, Math.round(this.#costs["exmap.pageAllocator"] / 2));
    const lists = this.#cpuLists;
    const isAtEnd = lists[core.index] === (change > 0 ? CPU_LIST_MAX : 0);
    if (isAtEnd) {
      this.#zone.hold(core, CAUSE.pageTable, this.#costs["exmap.zoneHold"]);
      lists[core.index]! -= change * ZONE_BATCH;
    }
    lists[core.index]! += change;
  }

  /** Takes a bundle from the next interface that has frames. */
  #steal(core: Core, from: number): void {
    const lists = this.#lists;
    const own = lists[from]!;
    for (let step = 1; step < lists.length; step++) {
      const victim = lists[(from + step) % lists.length]!;
      if (victim.length === 0) continue;
      core.charge(CAUSE.pageTable, this.#costs["exmap.steal"]);
      victim.head.update(core);
      const count = Math.min(BUNDLE, Math.ceil(victim.length / 2));
      for (let i = 0; i < count; i++) {
        victim.length -= 1;
        this.#push(own, victim.frames[victim.length]!);
      }
      return;
    }
  }

  #push(list: FrameList, frame: number): void {
    if (list.length === list.frames.length) {
      const larger = new Int32Array(2 * list.frames.length);
      larger.set(list.frames);
      list.frames = larger;
    }
    list.frames[list.length] = frame;
    list.length += 1;
  }
}
