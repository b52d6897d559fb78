/**
 * A cache line that several cores write: reference counts, locks, list heads.
 *
 * An atomic update by the core that wrote last costs nothing extra (it is part of the path's own
 * cost), unless another core has taken the line in between. By any other core the line has to move:
 * its transfer time, near inside a core complex or far across complexes, and one transfer after the
 * other. So a shared line has a highest rate of updates, whatever the number of cores. A lock is a
 * shared line that its holder keeps for a while.
 *
 * Not modelled: which of several waiting cores gets the line; copies that are only read, except for
 * the time that they take to come.
 */
import { SlotCalendar } from "../../sim/station.ts";
import type { Core } from "./core.ts";
import { CAUSE } from "./ledger.ts";

/** More parts would cost the host more than they gain. */
const SLOT_PARTS_MAX = 3;

/** How long a cache line takes from one core to another, in picoseconds. */
export interface LineTransferTimes {
  readonly nearPs: number;
  readonly farPs: number;
}

export class SharedLine {
  readonly #times: LineTransferTimes;
  readonly #slotPs: number;
  readonly #calendar: SlotCalendar | undefined;
  #ownerIndex = -1;
  #ownerComplex = -1;
  /** When the owner's last turn began. */
  #ownedFromPs = 0;
  /** The owner had to queue: others queue behind it and take the line as soon as it lets go. */
  #isContended = false;

  /** @param holdPs for a lock: how long a holder keeps it. */
  constructor(times: LineTransferTimes, holdPs = 0) {
    this.#times = times;
    this.#slotPs = slotFor(times, holdPs);
    // A free line needs no turns.
    this.#calendar = this.#slotPs > 0 ? new SlotCalendar(this.#slotPs) : undefined;
  }

  /** One atomic update by `core` at its cursor; charges what it had to wait. */
  update(core: Core): void {
    this.#take(core, 0);
  }

  /**
   * As `update`, by compare-and-swap against what was read before: the line comes to be read, which
   * keeps nobody else waiting, and has to be asked for once more to be written. [linux commit "x86:
   * avoid read-cycle on down_read_trylock", 2010]
   */
  readAndSwap(core: Core): void {
    const transferPs = this.#transferPs(core);
    if (transferPs > 0) core.passUntil(core.cursorPs + transferPs, CAUSE.contention);
    this.#take(core, 0);
  }

  /** Takes the lock, works for `holdPs` on `cause` while everybody else waits, and releases it. */
  hold(core: Core, cause: number, holdPs: number): void {
    this.#take(core, holdPs);
    core.charge(cause, holdPs);
  }

  #take(core: Core, holdPs: number): void {
    const calendar = this.#calendar;
    if (calendar === undefined) return;
    const slotPs = this.#slotPs;
    const cursorPs = core.cursorPs;
    const transferPs = this.#transferPs(core);
    const ownPs = transferPs === 0 ? this.#restOfTurn(core) : 0;
    this.#ownerIndex = core.index;
    this.#ownerComplex = core.complex;
    const occupiedPs = transferPs + holdPs;
    if (occupiedPs <= ownPs) return;
    // A farther transfer, or a held lock, takes several turns; it ends in the last one.
    const turns = Math.ceil((occupiedPs - ownPs) / slotPs);
    const lastPs = calendar.reserveSlots(cursorPs, turns);
    const startPs = ownPs > 0 ? cursorPs : calendar.firstPs;
    const inLastPs = occupiedPs - ownPs - (turns - 1) * slotPs;
    const endPs = Math.max(startPs + occupiedPs, lastPs + inLastPs);
    this.#isContended = startPs > cursorPs;
    this.#ownedFromPs = lastPs;
    core.passUntil(endPs - holdPs, CAUSE.contention);
  }

  /** What is left of the last turn, if that was the core's and nobody has the next one. */
  #restOfTurn(core: Core): number {
    if (this.#ownerIndex !== core.index) return 0;
    const endsPs = (Math.floor(this.#ownedFromPs / this.#slotPs) + 1) * this.#slotPs;
    const isNextTaken = this.#calendar?.isTakenBetween(this.#ownedFromPs, endsPs);
    return isNextTaken === false ? Math.max(0, endsPs - core.cursorPs) : 0;
  }

  /** How long the line would take to `core` if nobody else wanted it: 0 if it is there. */
  #transferPs(core: Core): number {
    if (this.#ownerIndex < 0 || this.#calendar === undefined) return 0;
    const isOwner =
      core.index === this.#ownerIndex &&
      !this.#isContended &&
      !this.#calendar.isTakenBetween(this.#ownedFromPs, core.cursorPs);
    if (isOwner) return 0;
    const isNear = core.complex === this.#ownerComplex && core.index !== this.#ownerIndex;
    return isNear ? this.#times.nearPs : this.#times.farPs;
  }
}

/**
 * The unit in which turns are given out: a part of the nearer transfer, the one of a few in which
 * the farther one takes up least more than it should. Where near transfers take no time, what is
 * left takes turns: the farther transfer or a holder's time, whichever is shorter.
 */
function slotFor({ nearPs, farPs }: LineTransferTimes, holdPs: number): number {
  if (nearPs === 0) return farPs > 0 && holdPs > 0 ? Math.min(farPs, holdPs) : farPs + holdPs;
  let best = nearPs;
  for (let parts = 2; parts <= SLOT_PARTS_MAX; parts++) {
    const slotPs = Math.ceil(nearPs / parts);
    if (occupied(farPs, slotPs) < occupied(farPs, best)) best = slotPs;
  }
  return best;
}

const occupied = (ps: number, slotPs: number): number => Math.ceil(ps / slotPs) * slotPs;
