/**
 * Where exmap's frames come from: a list per interface, with stealing when one has too few; or, as
 * the ablation of Fig 10 has it, the kernel's page allocator.
 *
 * I1  A frame is in one list, or in use by one page.
 *
 * Lists run through the frames' records (`struct page`), so that whoever takes or gives a frame
 * needs the record's line, and fetches it from the core that had it last, one after the other.
 * `FrameAllocator` stays the judge of what is free. [exmap-source driver.c]
 */
import { assert } from "../../../base/assert.ts";
import { RandomStream } from "../../../base/random.ts";
import type { Core } from "../../../hardware/cpu/core.ts";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { SharedLine } from "../../../hardware/cpu/shared-line.ts";
import type { HostMachine } from "../../../hardware/host-machine.ts";
import type { FrameAllocator } from "../../../hardware/mmu/frame-allocator.ts";
import type { ExmapCosts } from "./costs.ts";

/** A thief takes so many frames, if it needs no more and there are as many. [steal_pages] */
const STOLEN = 512;
/** Where an interface looks first when it begins to steal. [exmap_ioctl: "a fair dice roll"] */
const FIRST_TARGET = 4;
/** Frames that a CPU's list of the page allocator takes and gives at a time. */
const ZONE_BATCH = 63;
/**
 * Frames that such a list keeps at most: the zone's low watermark, a thousandth of its memory,
 * shared out among its CPUs; here of 512 GB among 128. A thread that frees what it has taken, 512
 * at a time, so never comes to the zone. [linux-5.x mm/page_alloc.c zone_highsize, since 5.14]
 */
const CPU_LIST_MAX = 1_024;

export type PoolKind = "own" | "system";

interface FrameList {
  frames: Int32Array;
  length: number;
  /** Frames at the end that a request has claimed: nobody steals them. */
  claimed: number;
  /** The interface that it has stolen from last. */
  target: number;
  readonly lock: SharedLine;
  /** When the last thief lets go of the lock. */
  robbedUntilPs: number;
}

const NO_CORE = -1;

export class FramePool {
  readonly #machine: HostMachine;
  readonly #kind: PoolKind;
  readonly #frames: FrameAllocator;
  readonly #costs: ExmapCosts;
  readonly #lists: FrameList[];
  /** Of each frame: the core that had its record last. */
  readonly #recordAt: Int32Array;
  readonly #random: RandomStream;
  readonly #zone: SharedLine;
  /** Frames on each CPU's list of the page allocator. */
  readonly #cpuLists: Int32Array;

  constructor(
    machine: HostMachine,
    kind: PoolKind,
    frames: FrameAllocator,
    interfaces: number,
    costs: ExmapCosts,
    seed: number,
  ) {
    this.#machine = machine;
    this.#kind = kind;
    this.#frames = frames;
    this.#costs = costs;
    this.#random = new RandomStream(seed, "exmap steals");
    this.#zone = new SharedLine(machine.lineTransfer, costs["exmap.zoneHold"]);
    this.#cpuLists = new Int32Array(machine.cores.length);
    this.#recordAt = new Int32Array(kind === "own" ? frames.count : 0).fill(NO_CORE);
    const share = Math.ceil(frames.count / interfaces);
    this.#lists = Array.from({ length: interfaces }, (_, index) => ({
      frames: new Int32Array(Math.max(1, share)),
      length: 0,
      claimed: 0,
      target: (index + FIRST_TARGET) % interfaces,
      lock: new SharedLine(machine.lineTransfer),
      robbedUntilPs: 0,
    }));
    if (kind === "system") return;
    // All of exmap's memory is taken when the region is created, and shared out evenly.
    for (let next = 0; frames.freeCount > 0; next++) {
      this.#push(this.#lists[next % interfaces]!, frames.allocate());
    }
  }

  /** Claims `count` frames of interface `from` for a request, which has it for itself meanwhile. */
  gather(core: Core, from: number, count: number): void {
    if (this.#kind === "system") return;
    const own = this.#lists[from]!;
    own.lock.update(core);
    this.#steal(core, own, count);
    assert(free(own) >= count, "too few frames are free: release pages before populating more");
    own.claimed += count;
  }

  /** A frame for a page of the request, one of those that it has claimed. */
  take(core: Core, from: number): number {
    if (this.#kind === "system") {
      this.#systemStep(core, -1);
      return this.#frames.allocate();
    }
    const own = this.#lists[from]!;
    assert(own.claimed > 0, "a request takes as many frames as it has claimed");
    own.claimed -= 1;
    own.length -= 1;
    const frame = own.frames[own.length]!;
    core.passUntil(core.cursorPs + this.#recordPs(core, frame), CAUSE.contention);
    return frame;
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
    core.passUntil(core.cursorPs + this.#recordPs(core, frame), CAUSE.contention);
    this.#push(this.#lists[to]!, frame);
  }

  /** How long the record's line takes to come to `core`, where it is from now on. */
  #recordPs(core: Core, frame: number): number {
    const at = this.#recordAt[frame]!;
    this.#recordAt[frame] = core.index;
    if (at === NO_CORE || at === core.index) return 0;
    const { cores, lineTransfer } = this.#machine;
    return cores[at]!.complex === core.complex ? lineTransfer.nearPs : lineTransfer.farPs;
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

  /** Takes what a list lacks of `count` from others, one after the other. */
  #steal(core: Core, own: FrameList, count: number): void {
    const lists = this.#lists;
    if (free(own) >= count) return;
    let target = this.#chooseTarget(core, own, count - free(own));
    for (let tried = 0; tried < lists.length && free(own) < count; tried++) {
      const victim = lists[target]!;
      if (victim !== own && free(victim) > 0) {
        own.target = target;
        this.#rob(core, victim, own, Math.max(count - free(own), STOLEN));
      }
      target = (target + 1) % lists.length;
    }
  }

  /** The last one, or one of two at random, if it has enough; or else whichever has most. */
  #chooseTarget(core: Core, { target }: FrameList, wanted: number): number {
    const lists = this.#lists;
    const isOpen = (list: FrameList): boolean =>
      free(list) > wanted && list.robbedUntilPs <= core.cursorPs;
    if (isOpen(lists[target]!)) return target;
    let most = target;
    for (let draw = 0; draw < 2; draw++) {
      const candidate = this.#random.below(lists.length);
      if (isOpen(lists[candidate]!)) return candidate;
      if (free(lists[candidate]!) >= free(lists[most]!)) most = candidate;
    }
    return most;
  }

  #rob(core: Core, victim: FrameList, own: FrameList, wanted: number): void {
    core.charge(CAUSE.pageTable, this.#costs["exmap.steal"]);
    const end = free(victim);
    const count = Math.min(wanted, end);
    let walkPs = 0;
    for (let i = end - count; i < end; i++) {
      const frame = victim.frames[i]!;
      // A part of the list is cut off where a walk along the records ends; all of it needs none.
      if (count < victim.length) walkPs += this.#recordPs(core, frame);
      this.#push(own, frame);
    }
    victim.lock.hold(core, CAUSE.contention, walkPs);
    victim.robbedUntilPs = core.cursorPs;
    victim.frames.copyWithin(end - count, end, victim.length);
    victim.length -= count;
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

const free = ({ length, claimed }: FrameList): number => length - claimed;
