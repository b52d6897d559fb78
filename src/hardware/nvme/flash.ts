/**
 * The flash dies of one drive: where a unit of 4 KiB lies, and when a die has read or programmed it.
 *
 * Consecutive units lie on consecutive dies. A die reads one unit at a time; three page types share a
 * word line (TLC) and differ in read time. Programs run in the background: one operation makes a whole
 * program unit durable, and a read that meets one suspends it, which costs the read the suspend time
 * and the program everything the read took.
 *
 * Not modelled: planes, channels (their transfer time is part of the read time), erase, wear.
 */
import { mixBits } from "../../base/random.ts";

const PAGE_TYPES = 3;

export interface FlashTimes {
  readonly dies: number;
  readonly readPs: number;
  readonly readSpreadPs: number;
  readonly suspendPs: number;
}

export class Flash {
  readonly #dies: number;
  readonly #readPsByType: readonly number[];
  readonly #suspendPs: number;
  readonly #freePs: Float64Array;
  readonly #programEndPs: Float64Array;
  #busyPs = 0;

  constructor(times: FlashTimes) {
    this.#dies = times.dies;
    this.#readPsByType = [
      Math.max(0, times.readPs - times.readSpreadPs),
      times.readPs,
      times.readPs + times.readSpreadPs,
    ];
    this.#suspendPs = times.suspendPs;
    this.#freePs = new Float64Array(times.dies);
    this.#programEndPs = new Float64Array(times.dies);
  }

  /**
   * Reads unit number `unit`, 0 ≤ unit < 2^32, asked for at `atPs`; returns when its data has left
   * the die.
   */
  read(unit: number, atPs: number): number {
    const die = (unit >>> 0) % this.#dies;
    const freePs = this.#freePs[die]!;
    let startPs = atPs > freePs ? atPs : freePs;
    const readPs = this.#readPsByType[(mixBits(unit) >>> 1) % PAGE_TYPES]!;
    let busyPs = readPs;
    if (this.#programEndPs[die]! > startPs) {
      // A read that follows another one directly finds the program suspended already.
      if (startPs !== freePs) {
        startPs += this.#suspendPs;
        busyPs += this.#suspendPs;
      }
      this.#programEndPs[die]! += busyPs;
    }
    this.#busyPs += readPs;
    this.#freePs[die] = startPs + readPs;
    return startPs + readPs;
  }

  /**
   * Starts a program operation on `die`, which has none now, at `atPs` or once its reads are done;
   * returns when it ends if no read suspends it.
   */
  program(die: number, atPs: number, programPs: number): number {
    const startPs = Math.max(atPs, this.#freePs[die]!);
    this.#programEndPs[die] = startPs + programPs;
    this.#busyPs += programPs;
    return startPs + programPs;
  }

  /** When the die's last program operation ends, as known now. */
  programEndPs(die: number): number {
    return this.#programEndPs[die]!;
  }

  /** Die time given out so far, summed over dies. */
  get busyPs(): number {
    return this.#busyPs;
  }
}
