/** Looks at every charge of a core from outside; the ledger stays what it would be unwatched. */
import type { Core } from "../hardware/cpu/core.ts";

/**
 * From now on `onCharge` hears of each piece of time that `core` spends, when it has been charged.
 * @param onCharge what it was spent on and when it began; it ends at the core's cursor, which may
 * not have moved.
 */
export function watchCharges(core: Core, onCharge: (cause: number, startPs: number) => void): void {
  const charge = core.charge.bind(core);
  core.charge = (cause, workPs) => {
    const startPs = core.cursorPs;
    const tookPs = charge(cause, workPs);
    onCharge(cause, startPs);
    return tookPs;
  };
  const passUntil = core.passUntil.bind(core);
  core.passUntil = (untilPs, cause) => {
    const startPs = core.cursorPs;
    passUntil(untilPs, cause);
    onCharge(cause, startPs);
  };
}
