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
 * Not modelled: reads served from the buffer; overwrites of a unit that is still in it; flushing a
 * program unit that does not fill.
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
  readonly dies: number;
  /** What garbage collection adds to each program; undefined or absent: a fresh drive. */
  readonly collection?: CollectionPlan | undefined;
}

export class WriteBuffer {
  /** What the dies have to do. */
  readonly drain: ProgramQueues;

  readonly #times: WriteBufferTimes;
  readonly #accept: (command: number) => void;
  readonly #waiting: IntRing;
  readonly #unitsOf: (command: number) => number;
  #occupied = 0;
  #gathered = 0;

  /**
   * @param unitsOf size of a command in units.
   * @param accept called when a command's data is in the buffer.
   */
  constructor(
    simulation: Simulation,
    flash: Flash,
    times: WriteBufferTimes,
    unitsOf: (command: number) => number,
    accept: (command: number) => void,
  ) {
    this.#times = times;
    this.#unitsOf = unitsOf;
    this.#accept = accept;
    this.#waiting = new IntRing(64);
    this.drain = new ProgramQueues(
      simulation,
      flash,
      times.dies,
      times.programPs,
      times.collection,
      () => this.#programmed(),
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

  #hasRoomFor(command: number): boolean {
    return this.#occupied + this.#unitsOf(command) <= this.#times.capacityUnits;
  }

  #take(command: number): void {
    const units = this.#unitsOf(command);
    this.#occupied += units;
    this.#gathered += units;
    while (this.#gathered >= this.#times.programUnits) {
      this.#gathered -= this.#times.programUnits;
      this.drain.program();
    }
    this.#accept(command);
  }

  #programmed(): void {
    this.#occupied -= this.#times.programUnits;
    while (true) {
      const command = this.#waiting.peek();
      if (command === undefined || !this.#hasRoomFor(command)) return;
      this.#waiting.shift();
      this.#take(command);
    }
  }
}
