/**
 * The latches of leaves that several cores change at about the same time, and their cache lines.
 *
 * A plain step of the engine takes no simulated time in which another core could meet a latch, so
 * what meeting it costs is kept here. Whoever changes a leaf reads the latch's version and swaps
 * it; the line comes from the core that had it last, and until the change is done others queue.
 * Whoever reads the leaf fetches the line once after each change.
 *
 * Most leaves are changed so seldom that their lines come with the rest of them (`leaf-caches.ts`):
 * only a change by another core in the last moments counts.
 *
 * One leaf of a twin stands for several of the original: which of them a core visits changes every
 * few microseconds, so that two cores meet as seldom as there.
 *
 * Not modelled: other lines of a leaf that was changed; inner nodes; that a reader waits for the
 * change under way, or begins again.
 */
import { CAUSE, type Core, type LineTransferTimes, SharedLine } from "../os/model.ts";

/**
 * How long after a change the line is still in that core's cache: until some 64 leaves more have
 * been visited (`leaf-caches.ts`), at a third of a microsecond each; chosen.
 */
const FRESH_PS = 20_000_000;
/** How long a core stays with one of the leaves that a twin's leaf stands for; chosen. */
const STAY_PS = 4_000_000;
/** Leaves that are known at a time, a power of two: more are not changed within `FRESH_PS`. */
const KNOWN = 4_096;

const NOBODY = -1;

/** What decides how cores meet at leaves. */
export interface LeafSharing {
  readonly lineTransfer: LineTransferTimes;
  readonly coreCount: number;
  /** Leaves of the original that one of the twin stands for, a whole number from 1 on. */
  readonly originals: number;
}

/** Nobody meets anybody. */
export const NO_SHARING: LeafSharing = {
  lineTransfer: { nearPs: 0, farPs: 0 },
  coreCount: 1,
  originals: 1,
};

export class LeafLines {
  readonly #times: LineTransferTimes;
  readonly #coreCount: number;
  readonly #originals: number;
  readonly #keys = new Float64Array(KNOWN).fill(NOBODY);
  readonly #changedPs = new Float64Array(KNOWN);
  readonly #changers = new Int32Array(KNOWN);
  readonly #changes = new Int32Array(KNOWN);
  /** Of those that two cores have changed in turn. */
  readonly #lines: (SharedLine | undefined)[] = new Array<undefined>(KNOWN).fill(undefined);
  /** For each of these: the number of the last change that each core has seen. */
  readonly #seen: Int32Array[] = [];
  readonly #cores: Core[] = [];

  constructor({ lineTransfer, coreCount, originals }: LeafSharing) {
    this.#times = lineTransfer;
    this.#coreCount = coreCount;
    this.#originals = originals;
  }

  /** `core` reads the leaf's version. */
  visit(core: Core, pageId: number): void {
    const key = this.#keyOf(core, pageId);
    const slot = slotOf(key);
    if (this.#keys[slot] !== key || this.#lines[slot] === undefined) return;
    const changer = this.#changers[slot]!;
    const seen = this.#seen[slot]!;
    if (changer === core.index || seen[core.index] === this.#changes[slot]) return;
    if (!this.#isFresh(slot, core)) return;
    seen[core.index] = this.#changes[slot]!;
    const { nearPs, farPs } = this.#times;
    const transferPs = this.#cores[changer]!.complex === core.complex ? nearPs : farPs;
    core.passUntil(core.cursorPs + transferPs, CAUSE.contention);
  }

  /** `core` changes the leaf, which takes `workPs`. */
  change(core: Core, pageId: number, workPs: number): void {
    const key = this.#keyOf(core, pageId);
    const slot = slotOf(key);
    const isKnown = this.#keys[slot] === key;
    const isFresh = this.#isFresh(slot, core);
    if (isKnown && isFresh && this.#changers[slot] !== core.index) {
      this.#lines[slot] ??= new SharedLine(this.#times, workPs);
      this.#seen[slot] ??= new Int32Array(this.#coreCount);
    } else if (!isKnown) {
      // One that is changed all the time keeps its place.
      if (isFresh && this.#lines[slot] !== undefined) {
        core.charge(CAUSE.database, workPs);
        return;
      }
      this.#keys[slot] = key;
      this.#lines[slot] = undefined;
    }
    const line = this.#lines[slot];
    // A line that was changed long ago comes with the rest of the leaf.
    if (line === undefined || !isFresh) core.charge(CAUSE.database, workPs);
    else line.hold(core, CAUSE.database, workPs);
    this.#cores[core.index] = core;
    this.#changers[slot] = core.index;
    this.#changedPs[slot] = core.cursorPs;
    this.#changes[slot]! += 1;
  }

  /** Cores run ahead of each other: a change may lie a little in the future. */
  #isFresh(slot: number, core: Core): boolean {
    return Math.abs(core.cursorPs - this.#changedPs[slot]!) < FRESH_PS;
  }

  #keyOf(core: Core, pageId: number): number {
    const originals = this.#originals;
    if (originals === 1) return pageId;
    const stay = Math.floor(core.cursorPs / STAY_PS);
    const mixed = Math.imul(pageId ^ Math.imul(stay, 0x85ebca6b), 0x9e3779b1) + core.index;
    return pageId * originals + ((Math.imul(mixed, 0xc2b2ae35) >>> 0) % originals);
  }
}

const slotOf = (key: number): number => Math.imul(key | 0, 0x9e3779b1) >>> 20;
