/**
 * The flash dies of one drive: where a unit of 4 KiB lies, and when a die has read or programmed
 * it.
 *
 * Consecutive units lie on consecutive dies. A die reads one unit at a time; three page types share
 * a word line (TLC) and differ in read time. Programs and erases run in the background, one at a
 * time. A read that meets one waits for its next safe point, suspends it there, and gives the die
 * back; the suspension itself is die time lost. Reads that follow directly find the operation
 * suspended already. An operation that goes on reaches one safe point at least before it is
 * suspended again, so that reads delay it and never starve it.
 *
 * L5  A read waits for a program or erase for at most `safePointPs` + `suspendPs`.
 *
 * Not modelled: planes, channels (their transfer time is part of the read time), wear, read retry.
 */
import { mixBits } from "../../base/random.ts";

const PAGE_TYPES = 3;

export interface FlashTimes {
  readonly dies: number;
  readonly readPs: number;
  readonly readSpreadPs: number;
  readonly suspendPs: number;
  /** Between two moments at which a program or erase can be suspended; 0: any moment. */
  readonly safePointPs: number;
}

export class Flash {
  readonly #dies: number;
  readonly #readPsByType: readonly number[];
  readonly #suspendPs: number;
  readonly #safePointPs: number;
  readonly #freePs: Float64Array;
  /** Per die: when its program or erase began or last went on, and when it ends as known now. */
  readonly #programStartPs: Float64Array;
  readonly #programEndPs: Float64Array;
  #busyPs = 0;
  #suspensions = 0;

  constructor(times: FlashTimes) {
    this.#dies = times.dies;
    this.#readPsByType = [
      Math.max(0, times.readPs - times.readSpreadPs),
      times.readPs,
      times.readPs + times.readSpreadPs,
    ];
    this.#suspendPs = times.suspendPs;
    this.#safePointPs = times.safePointPs;
    this.#freePs = new Float64Array(times.dies);
    this.#programStartPs = new Float64Array(times.dies);
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
    if (this.#programEndPs[die]! > startPs) {
      if (startPs !== freePs) startPs = this.#suspend(die, startPs);
      if (this.#programEndPs[die]! > startPs) {
        this.#programEndPs[die]! += readPs;
        this.#programStartPs[die] = startPs + readPs;
      }
    }
    this.#busyPs += readPs;
    this.#freePs[die] = startPs + readPs;
    return startPs + readPs;
  }

  /** A read wants `die` at `atPs`, in the middle of a program; returns when it gets it. */
  #suspend(die: number, atPs: number): number {
    const ranPs = Math.max(0, atPs - this.#programStartPs[die]!);
    const intervalPs = this.#safePointPs;
    const waitPs = intervalPs > 0 ? Math.ceil(ranPs / intervalPs) * intervalPs - ranPs : 0;
    const endPs = this.#programEndPs[die]!;
    if (atPs + waitPs >= endPs) return endPs;
    this.#suspensions += 1;
    this.#busyPs += this.#suspendPs;
    this.#programEndPs[die] = endPs + this.#suspendPs;
    return atPs + waitPs + this.#suspendPs;
  }

  /**
   * Starts a program or erase on `die`, which has none now, at `atPs` or once its reads are done;
   * returns when it ends if no read suspends it.
   */
  program(die: number, atPs: number, programPs: number): number {
    const startPs = Math.max(atPs, this.#freePs[die]!);
    this.#programStartPs[die] = startPs;
    this.#programEndPs[die] = startPs + programPs;
    this.#busyPs += programPs;
    return startPs + programPs;
  }

  /** When the die's last program or erase ends, as known now. */
  programEndPs(die: number): number {
    return this.#programEndPs[die]!;
  }

  /** Die time given out so far, summed over dies. */
  get busyPs(): number {
    return this.#busyPs;
  }

  /** How often a read has suspended a program or erase. */
  get suspensions(): number {
    return this.#suspensions;
  }
}
