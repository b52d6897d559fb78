/**
 * Inter-processor interrupts that ask another core to do something now.
 *
 * Interface: `request` at the moment when the sender's write reaches its local APIC; returns when
 * the other core has done it. The handler interrupts whatever runs there: its time is stolen from
 * that burst. Requests that arrive before the handler has begun are taken by the same interrupt,
 * as a queue of requests per core does it; one that arrives while it runs waits for the next.
 *
 * I1  Every request is acknowledged, exactly once, not before its arrival plus its own work.
 * I2  Handlers of one core do not overlap.
 */
import type { Core } from "./core.ts";
import { CAUSE } from "./ledger.ts";

export class InterProcessorInterrupts {
  /** Requests made and requests acknowledged so far: the same number. */
  requested = 0;
  acknowledged = 0;
  /** Interrupts taken: fewer than requests where one interrupt took several. */
  interrupts = 0;

  /** When the handler that was started last on each core begins, and when it ends. */
  readonly #beginsPs: Float64Array;
  readonly #endsPs: Float64Array;

  constructor(coreCount: number) {
    this.#beginsPs = new Float64Array(coreCount).fill(Number.NEGATIVE_INFINITY);
    this.#endsPs = new Float64Array(coreCount).fill(Number.NEGATIVE_INFINITY);
  }

  /** Whether a request that arrives at `atPs` finds an interrupt that has not begun its work. */
  isPending({ index }: Core, atPs: number): boolean {
    return atPs <= this.#beginsPs[index]!;
  }

  /**
   * Asks `target` for something; the request arrives there at `arrivalPs`.
   *
   * Neither is stretched by a busy sibling: the core drains its pipeline, runs microcode that
   * lets nothing overtake it (delivery, fences, the end of interrupt, IRET), and waits for lines
   * and for the TLB; all the while its units are free for the sibling.
   *
   * @param entryPs taking the interrupt and returning from it.
   * @param requestPs what the request itself takes: cache lines of the sender, the TLB.
   * @param cause on which the target's time is charged.
   */
  request(
    target: Core,
    arrivalPs: number,
    entryPs: number,
    requestPs: number,
    cause: number = CAUSE.shootdownReceive,
  ): number {
    const { index } = target;
    this.requested += 1;
    const beginsPs = this.#beginsPs[index]!;
    const endsPs = this.#endsPs[index]!;
    target.interruptAt(arrivalPs);
    if (arrivalPs > beginsPs) {
      this.interrupts += 1;
      this.#beginsPs[index] = Math.max(arrivalPs, endsPs);
      this.#endsPs[index] = this.#beginsPs[index]! + entryPs;
      target.passUntil(target.cursorPs + entryPs, cause);
    }
    target.passUntil(target.cursorPs + requestPs, cause);
    this.#endsPs[index]! += requestPs;
    this.acknowledged += 1;
    return this.#endsPs[index]!;
  }

  /**
   * The handler that was begun last on `target` finds at `atPs` that it has more to do, which is
   * work like any other; returns when that is done.
   */
  prolong(target: Core, atPs: number, workPs: number, cause: number): number {
    target.interruptAt(atPs);
    const endPs = atPs + target.charge(cause, workPs);
    this.#endsPs[target.index] = Math.max(this.#endsPs[target.index]!, endPs);
    return endPs;
  }
}
