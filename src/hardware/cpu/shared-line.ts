/**
 * A cache line that several cores write: reference counts, locks, list heads.
 *
 * An atomic update by the core that wrote last costs nothing extra (it is part of the path's own
 * cost). By any other core the line has to move: its transfer time, near inside a core complex or far
 * across complexes, and one transfer after the other. So a shared line has a highest rate of updates,
 * whatever the number of cores.
 *
 * Not modelled: which of several waiting cores gets the line; shared (read) copies.
 */
import { SlotCalendar } from "../../sim/station.ts";
import { CAUSE } from "./ledger.ts";
import type { Core } from "./core.ts";

/** How long a cache line takes from one core to another, in picoseconds. */
export interface LineTransferTimes {
  readonly nearPs: number;
  readonly farPs: number;
}

export class SharedLine {
  readonly #times: LineTransferTimes;
  readonly #calendar: SlotCalendar | undefined;
  #ownerIndex = -1;
  #ownerComplex = -1;

  constructor(times: LineTransferTimes) {
    this.#times = times;
    // Transfers take their turn in units of the nearer distance; a free line needs no turns.
    this.#calendar = times.nearPs > 0 ? new SlotCalendar(times.nearPs) : undefined;
  }

  /** One atomic update by `core` at its cursor; charges what it had to wait. */
  update(core: Core): void {
    if (core.index === this.#ownerIndex) return;
    const isFirst = this.#ownerIndex < 0;
    const isNear = core.complex === this.#ownerComplex;
    this.#ownerIndex = core.index;
    this.#ownerComplex = core.complex;
    if (isFirst || this.#calendar === undefined) return;
    const { nearPs, farPs } = this.#times;
    const transferPs = isNear ? nearPs : farPs;
    const startPs = this.#calendar.reserve(core.cursorPs);
    let lastPs = startPs;
    for (let takenPs = nearPs; takenPs < transferPs; takenPs += nearPs) {
      lastPs = this.#calendar.reserve(lastPs);
    }
    // A farther transfer takes several turns; it ends with the last one.
    core.passUntil(Math.max(startPs + transferPs, lastPs + nearPs), CAUSE.contention);
  }
}
