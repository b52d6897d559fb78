/**
 * Spinning for something that another thread will do soon: a wait that keeps the core.
 *
 * Whoever ends what is spun for calls `ended`. It is not simulated look by look.
 */
import type { Poll, Poller } from "../os/model.ts";

export class SpinWait {
  readonly #spinning: Poller[] = [];

  /**
   * @param lookPs one look in vain.
   * @param isOver whether there is nothing to wait for, asked when spinning begins.
   */
  wait(lookPs: number, isOver: () => boolean): Poll {
    let armed: Poller | undefined;
    return {
      kind: "poll",
      periodPs: lookPs,
      timeoutPs: Number.POSITIVE_INFINITY,
      arm: (poller) => {
        if (isOver()) return 0;
        armed = poller;
        this.#spinning.push(poller);
        return Number.POSITIVE_INFINITY;
      },
      disarm: () => {
        const position = armed === undefined ? -1 : this.#spinning.indexOf(armed);
        if (position >= 0) this.#spinning.splice(position, 1);
        armed = undefined;
      },
    };
  }

  /** What was waited for has happened at `atPs`. */
  ended(atPs: number): void {
    for (const poller of this.#spinning) poller.visibleAt(atPs);
  }
}
