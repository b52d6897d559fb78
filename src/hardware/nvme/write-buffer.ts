/**
 * The power-protected write buffer of a drive and its drain into flash.
 *
 * A write is accepted while there is room. Units gather until they fill a program unit, which goes
 * to the next die in turn; when its program ends, its room is free again and waiting writes are
 * accepted in order.
 *
 * I1  Units held never exceed the capacity.
 * I2  Every write is accepted once, in the order of the calls.
 *
 * I3  A flush ends when every unit accepted before it has been programmed; a program unit that does
 *     not fill is programmed as it is.
 *
 * A unit that is written in part keeps the rest of its old content, which is read from its die as
 * soon as the part is in the buffer; the program that takes the unit waits for it, the host does
 * not. So does MQSim (`update_read_tr`). [mqsim]
 *
 * Not modelled: reads served from the buffer; overwrites of a unit that is still in it.
 */
import { IntRing } from "../../base/ring.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Flash } from "./flash.ts";
import type { CollectionPlan } from "./garbage-collection.ts";
import { ProgramQueues } from "./program-queues.ts";

export interface WriteBufferTimes {
  readonly capacityUnits: number;
  readonly programUnits: number;
  readonly programPs: number;
  readonly programSpread: number;
  /** Of the drive's program times and of the die that begins. */
  readonly seed: number;
  readonly dies: number;
  /** What garbage collection adds to each program; undefined or absent: a fresh drive. */
  readonly collection?: CollectionPlan | undefined;
}

/** A flush that waits: programs that it needs, in all and of each die. */
interface PendingFlush {
  readonly command: number;
  readonly ofDie: Int32Array;
  left: number;
}

export class WriteBuffer {
  /** What the dies have to do. */
  readonly drain: ProgramQueues;

  readonly #times: WriteBufferTimes;
  readonly #accept: (command: number) => void;
  readonly #flushed: (command: number) => void;
  readonly #flushes: PendingFlush[] = [];
  readonly #waiting: IntRing;
  readonly #unitsOf: (command: number) => number;
  readonly #readOld: (command: number) => number;
  #occupied = 0;
  #gathered = 0;
  /** When the old content that gathered units keep has been read; 0: they keep none. */
  #mergedPs = 0;

  /**
   * @param unitsOf size of a command in units.
   * @param readOld reads what units that a command writes in part keep of their old content;
   *   returns when that has been read, 0 if it writes whole ones.
   * @param accept called when a command's data is in the buffer.
   * @param flushed called when a flush has ended.
   */
  constructor(
    simulation: Simulation,
    flash: Flash,
    times: WriteBufferTimes,
    unitsOf: (command: number) => number,
    readOld: (command: number) => number,
    accept: (command: number) => void,
    flushed: (command: number) => void,
  ) {
    this.#times = times;
    this.#unitsOf = unitsOf;
    this.#readOld = readOld;
    this.#accept = accept;
    this.#flushed = flushed;
    this.#waiting = new IntRing(64);
    this.drain = new ProgramQueues(simulation, flash, times, (die, units) =>
      this.#programmed(die, units),
    );
  }

  /** Units now held. */
  get occupied(): number {
    return this.#occupied;
  }

  /** Takes the data of `command`, now or as soon as there is room. */
  write(command: number): void {
    if (this.#waiting.length > 0 || !this.#hasRoomFor(command)) this.#waiting.push(command);
    else this.#take(command);
  }

  /** Ends, by `flushed`, when every unit accepted so far has been programmed. */
  flush(command: number): void {
    if (this.#gathered > 0) {
      this.drain.program(this.#gathered, this.#mergedPs);
      this.#gathered = 0;
      this.#mergedPs = 0;
    }
    const ofDie = this.drain.pendingPrograms.slice();
    const left = ofDie.reduce((sum, programs) => sum + programs, 0);
    if (left === 0) this.#flushed(command);
    else this.#flushes.push({ command, ofDie, left });
  }

  #hasRoomFor(command: number): boolean {
    return this.#occupied + this.#unitsOf(command) <= this.#times.capacityUnits;
  }

  #take(command: number): void {
    const units = this.#unitsOf(command);
    this.#occupied += units;
    this.#gathered += units;
    this.#mergedPs = Math.max(this.#mergedPs, this.#readOld(command));
    while (this.#gathered >= this.#times.programUnits) {
      this.#gathered -= this.#times.programUnits;
      this.drain.program(this.#times.programUnits, this.#mergedPs);
      if (this.#gathered === 0) this.#mergedPs = 0;
    }
    this.#accept(command);
  }

  #programmed(die: number, units: number): void {
    this.#occupied -= units;
    if (this.#flushes.length > 0) this.#advanceFlushes(die);
    while (true) {
      const command = this.#waiting.peek();
      if (command === undefined || !this.#hasRoomFor(command)) return;
      this.#waiting.shift();
      this.#take(command);
    }
  }

  /** A die works in order, so the programs that end first are those that a flush waits for. */
  #advanceFlushes(die: number): void {
    for (const flush of this.#flushes) {
      if (flush.ofDie[die] === 0) continue;
      flush.ofDie[die]! -= 1;
      flush.left -= 1;
    }
    while (this.#flushes[0]?.left === 0) this.#flushed(this.#flushes.shift()!.command);
  }
}
