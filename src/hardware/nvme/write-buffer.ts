/**
 * The power-protected write buffer of a drive and its drain into flash.
 *
 * A write is accepted while there is room. Units gather until they fill a program unit, which goes to
 * the next die in turn; when its program ends, its room is free again and waiting writes are accepted
 * in order.
 *
 * Not modelled: garbage collection, so a full drive writes as fast as a fresh one.
 */
import { IntRing } from "../../base/ring.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Flash } from "./flash.ts";

export interface WriteBufferTimes {
  readonly capacityUnits: number;
  readonly programUnits: number;
  readonly programPs: number;
  readonly dies: number;
}

export class WriteBuffer {
  readonly #simulation: Simulation;
  readonly #flash: Flash;
  readonly #times: WriteBufferTimes;
  readonly #accept: (command: number) => void;
  readonly #programHandler: number;
  readonly #waiting: IntRing;
  readonly #unitsOf: (command: number) => number;
  #occupied = 0;
  #gathered = 0;
  #nextDie = 0;
  /** Programs started or waiting, by die. */
  readonly #programsQueued: Int32Array;

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
    this.#simulation = simulation;
    this.#flash = flash;
    this.#times = times;
    this.#unitsOf = unitsOf;
    this.#accept = accept;
    this.#programHandler = simulation.register({ handle: (die) => this.#programEnds(die) });
    this.#waiting = new IntRing(64);
    this.#programsQueued = new Int32Array(times.dies);
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
      const die = this.#nextDie;
      this.#nextDie = (die + 1) % this.#times.dies;
      this.#programsQueued[die]! += 1;
      if (this.#programsQueued[die] === 1) this.#startProgram(die);
    }
    this.#accept(command);
  }

  #startProgram(die: number): void {
    const endPs = this.#flash.program(die, this.#simulation.nowPs, this.#times.programPs);
    this.#simulation.schedule(endPs, this.#programHandler, die);
  }

  #programEnds(die: number): void {
    const endPs = this.#flash.programEndPs(die);
    if (endPs > this.#simulation.nowPs) {
      // Reads have suspended it meanwhile.
      this.#simulation.schedule(endPs, this.#programHandler, die);
      return;
    }
    this.#programsQueued[die]! -= 1;
    if (this.#programsQueued[die]! > 0) this.#startProgram(die);
    this.#occupied -= this.#times.programUnits;
    while (true) {
      const command = this.#waiting.peek();
      if (command === undefined || !this.#hasRoomFor(command)) return;
      this.#waiting.shift();
      this.#take(command);
    }
  }
}
