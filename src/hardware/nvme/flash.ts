/**
 * The flash dies of one drive: where a unit of 4 KiB lies, and when a die has read or programmed
 * it.
 *
 * Consecutive units lie on consecutive dies. A die reads one unit at a time; three page types share
 * a word line (TLC) and differ in read time. Programs and erases run in the background, one at a
 * time. A read that meets one waits until it can be suspended, suspends it, and gives the die
 * back; the suspension itself is die time lost. Reads that follow directly find the operation
 * suspended already.
 *
 * When it can be suspended is up to pulses, verifications and firmware, which no maker describes.
 * Measured waits fall off exponentially (`README.md`), as where safe points come at random: so the
 * next one is on average `safePointPs` away, however long the last one is past. An operation goes
 * on for that long before it is suspended again: reads delay it and never starve it.
 *
 * L5  A read waits for a program or erase until its end and one suspension at most.
 *
 * Not modelled: planes, channels (their transfer time is part of the read time), wear, read retry.
 */
import { exponential } from "../../base/distribution.ts";
import { mixBits, RandomStream } from "../../base/random.ts";

const PAGE_TYPES = 3;

export interface FlashTimes {
  readonly dies: number;
  readonly readPs: number;
  readonly readSpreadPs: number;
  readonly programPs: number;
  readonly suspendPs: number;
  /**
   * Mean time until a program or erase can be suspended; 0: at once. From `programPs` on nothing is
   * ever suspended.
   */
  readonly safePointPs: number;
}

export class Flash {
  readonly #dies: number;
  readonly #readPsByType: readonly number[];
  readonly #suspendPs: number;
  readonly #safePointPs: number;
  readonly #isSuspending: boolean;
  readonly #freePs: Float64Array;
  /** Per die: when its program or erase ends, as known now. */
  readonly #programEndPs: Float64Array;
  /** Waits for safe points: the drive's own, whatever a run's seed is. */
  readonly #waits = new RandomStream(0, "safe points");
  #busyPs = 0;
  #suspensions = 0;

  constructor(times: FlashTimes) {
    this.#dies = times.dies;
    // Fast page types cannot take less than no time: a wider spread would raise the mean.
    const spreadPs = Math.min(times.readSpreadPs, times.readPs);
    this.#readPsByType = [times.readPs - spreadPs, times.readPs, times.readPs + spreadPs];
    this.#suspendPs = times.suspendPs;
    this.#safePointPs = times.safePointPs;
    this.#isSuspending = times.safePointPs < times.programPs;
    this.#freePs = new Float64Array(times.dies);
    this.#programEndPs = new Float64Array(times.dies);
  }

  /**
   * Reads unit number `unit`, 0 ≤ unit < 2^32, asked for at `atPs`; returns when its data has left
   * the die.
   */
  read(unit: number, atPs: number): number {
    // Both unsigned: the remainder of two doubles takes the host some 40 cycles.
    const die = (unit >>> 0) % (this.#dies >>> 0);
    const freePs = this.#freePs[die]!;
    let startPs = atPs > freePs ? atPs : freePs;
    const readPs = this.#readPsByType[(mixBits(unit) >>> 1) % PAGE_TYPES]!;
    if (this.#programEndPs[die]! > startPs) {
      if (startPs !== freePs) startPs = this.#suspend(die, startPs);
      if (this.#programEndPs[die]! > startPs) this.#programEndPs[die]! += readPs;
    }
    this.#busyPs += readPs;
    this.#freePs[die] = startPs + readPs;
    return startPs + readPs;
  }

  /**
   * Reads a page of `die`, which programs nothing now, for data that is to be moved; returns when
   * it has been read.
   */
  readToMove(die: number, atPs: number): number {
    const endPs = Math.max(atPs, this.#freePs[die]!) + this.#readPsByType[1]!;
    this.#busyPs += this.#readPsByType[1]!;
    this.#freePs[die] = endPs;
    return endPs;
  }

  /** A read wants `die` at `atPs`, in the middle of a program; returns when it gets it. */
  #suspend(die: number, atPs: number): number {
    const endPs = this.#programEndPs[die]!;
    if (!this.#isSuspending) return endPs;
    const waitPs = Math.round(exponential(this.#waits, this.#safePointPs));
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
