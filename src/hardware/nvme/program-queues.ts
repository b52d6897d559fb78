/**
 * What the dies of a drive have to program, copy and erase, one queue per die.
 *
 * Program operations go round the dies. On a drive that has been written full, each operation with
 * data of the host brings its share of operations that move old data, and every so many operations
 * on a die bring an erase; a die works its queue off in order. An operation that moves data begins
 * with its reads, one after the other: reads of the host come between them.
 *
 * Single programs differ: pulses are repeated until the slowest cells of a word line are there, and
 * word lines, layers and blocks are not alike. It matters: a host that fills the buffer starts all
 * dies within one burst, and with one time for all they would end together for ever, each round of
 * programs a burst and then a pause.
 *
 * Each drive of an array begins at another die: one that has lived stands anywhere. If all began at
 * the same one, a host that stripes its writes would have them program the same die together for as
 * long as a run lasts, and whoever reads a stripe would meet all of them or none.
 *
 * I1  On a fresh drive nothing is moved and nothing erased.
 * I2  Operations that move data are `copiesPerProgram` times those of the host, less than one
 *     apart.
 * I3  An operation ends once, when neither its own time nor reads that suspended it are left.
 * I4  A program that keeps old content begins after that has been read.
 *
 * Not modelled: collecting ahead while the drive is idle; where moved data came from (its die is
 * the one that programs it); dies and blocks that are slow for as long as they are written; erases
 * that differ.
 */
import { mixBits, RandomStream } from "../../base/random.ts";
import { IntRing } from "../../base/ring.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Flash } from "./flash.ts";
import type { CollectionPlan } from "./garbage-collection.ts";

const PROGRAM = 0;
const COPY = 1;
const ERASE = 2;
/** A program that begins when what its units keep of their old content has been read. */
const MERGE = 3;
const OPERATION_BITS = 2;
const OPERATION_MASK = (1 << OPERATION_BITS) - 1;
type Operation = typeof PROGRAM | typeof COPY | typeof ERASE | typeof MERGE;

/** The golden ratio as a fraction of 2^32: neighbouring seeds are mixed from distant numbers. */
const SEED_STEP = 0x9e37_79b9;

/** Room in a die's queue before it grows. */
const QUEUE_CAPACITY = 16;

export interface ProgramTimes {
  readonly dies: number;
  readonly programPs: number;
  /** Share of `programPs` by which single programs are at most longer or shorter. */
  readonly programSpread: number;
  /** Of their times, and of the die that begins; 0, the first drive of an array: die 0. */
  readonly seed: number;
  /** What garbage collection adds; undefined or absent for a fresh drive. */
  readonly collection?: CollectionPlan | undefined;
}

export class ProgramQueues {
  /** Operations begun so far, by kind. */
  programs = 0;
  copies = 0;
  erases = 0;
  /** Per die: operations with data of the host that have not ended. */
  readonly pendingPrograms: Int32Array;

  readonly #simulation: Simulation;
  readonly #flash: Flash;
  readonly #collection: CollectionPlan | undefined;
  /** Of a program; each takes this and a random part of the spread. */
  readonly #shortestPs: number;
  readonly #spreadPs: number;
  readonly #erasePs: number;
  /** A property of the flash: each drive of an array has its own, whatever a run's seed is. */
  readonly #draws: RandomStream;
  /** Reads per operation that moves data; what a whole number of them leaves is carried on. */
  readonly #readsPerCopy: number;
  #owedReads = 0;
  /** Per die: reads that the operation under way has still to do before it programs. */
  readonly #readsLeft: Int32Array;
  readonly #programmed: (die: number, units: number) => void;
  readonly #handler: number;
  /** Per die: what is under way, then what waits. */
  readonly #queues: readonly IntRing[];
  /** Per die: when the old content of each of its `MERGE`s has been read, in their order. */
  readonly #mergedPs: readonly number[][];
  /** Per die: whether the first of its queue waits for that. */
  readonly #isMerging: Uint8Array;
  /** Per die: operations until its next erase. */
  readonly #untilErase: Int32Array;
  #nextDie: number;
  /** Operations that move data, owed for operations of the host. */
  #owed = 0;

  /**
   * @param programmed called when an operation with data of the host has ended, with the die and
   *   how many of the host's units it has programmed.
   */
  constructor(
    simulation: Simulation,
    flash: Flash,
    { dies, programPs, programSpread, seed, collection }: ProgramTimes,
    programmed: (die: number, units: number) => void,
  ) {
    this.#simulation = simulation;
    this.#flash = flash;
    this.#collection = collection;
    this.#shortestPs = programPs * (1 - programSpread);
    this.#spreadPs = 2 * programPs * programSpread;
    this.#erasePs = collection?.erasePs ?? 0;
    this.#draws = new RandomStream(seed, "program times");
    // Which die is the first says nothing of one drive alone, so the first drive's is die 0.
    this.#nextDie = (mixBits(Math.imul(seed, SEED_STEP)) >>> 0) % dies;
    this.#readsPerCopy = collection?.readsPerCopy ?? 0;
    this.#readsLeft = new Int32Array(dies);
    this.#programmed = programmed;
    this.#handler = simulation.register({ handle: (die) => this.#ends(die) });
    this.pendingPrograms = new Int32Array(dies);
    this.#queues = Array.from({ length: dies }, () => new IntRing(QUEUE_CAPACITY));
    this.#mergedPs = this.#queues.map(() => []);
    this.#isMerging = new Uint8Array(dies);
    // Dies do not erase in step: each begins somewhere in a block.
    const period = collection?.programsPerErase ?? 1;
    this.#untilErase = Int32Array.from({ length: dies }, (_, die) => {
      return 1 + Math.floor((die / dies) * period);
    });
  }

  /**
   * Programs `units` of the host's data, and does the garbage collection that this costs.
   * @param mergedPs when what they keep of their old content has been read; 0: they keep nothing.
   */
  program(units: number, mergedPs = 0): void {
    this.pendingPrograms[this.#nextDie]! += 1;
    if (mergedPs > this.#simulation.nowPs) {
      this.#mergedPs[this.#nextDie]!.push(mergedPs);
      this.#place(MERGE, units);
    } else this.#place(PROGRAM, units);
    if (this.#collection === undefined) return;
    this.#owed += this.#collection.copiesPerProgram;
    while (this.#owed >= 1) {
      this.#owed -= 1;
      this.#place(COPY, 0);
    }
  }

  #place(operation: Operation, units: number): void {
    const die = this.#nextDie;
    this.#nextDie = die + 1 === this.#queues.length ? 0 : die + 1;
    this.#enqueue(die, operation | (units << OPERATION_BITS));
    if (this.#collection === undefined) return;
    this.#untilErase[die]! -= 1;
    if (this.#untilErase[die] === 0) {
      this.#untilErase[die] = this.#collection.programsPerErase;
      this.#enqueue(die, ERASE);
    }
  }

  /** @param entry an operation, and above it the host's units. */
  #enqueue(die: number, entry: number): void {
    const queue = this.#queues[die]!;
    queue.push(entry);
    if (queue.length === 1) this.#begin(die, entry);
  }

  #begin(die: number, entry: number): void {
    const operation = entry & OPERATION_MASK;
    if (operation === PROGRAM || operation === MERGE) this.programs += 1;
    else if (operation === ERASE) this.erases += 1;
    else {
      this.copies += 1;
      this.#owedReads += this.#readsPerCopy;
      this.#readsLeft[die] = Math.floor(this.#owedReads);
      this.#owedReads -= this.#readsLeft[die]!;
    }
    if (operation === MERGE) {
      const mergedPs = this.#mergedPs[die]!.shift()!;
      if (mergedPs > this.#simulation.nowPs) {
        this.#isMerging[die] = 1;
        this.#simulation.schedule(mergedPs, this.#handler, die);
        return;
      }
    }
    this.#goOn(die, operation);
  }

  /** The next step of the operation under way: a read of what it moves, or the operation itself. */
  #goOn(die: number, operation: number): void {
    const { nowPs } = this.#simulation;
    const endPs =
      this.#readsLeft[die]! > 0
        ? this.#flash.readToMove(die, nowPs)
        : this.#flash.program(die, nowPs, operation === ERASE ? this.#erasePs : this.#drawPs());
    this.#simulation.schedule(endPs, this.#handler, die);
  }

  /** How long the next program takes. */
  #drawPs(): number {
    return Math.round(this.#shortestPs + this.#spreadPs * this.#draws.fraction());
  }

  #ends(die: number): void {
    if (this.#isMerging[die] !== 0) {
      this.#isMerging[die] = 0;
      this.#goOn(die, PROGRAM);
      return;
    }
    if (this.#readsLeft[die]! > 0) {
      this.#readsLeft[die]! -= 1;
      this.#goOn(die, this.#queues[die]!.peek()! & OPERATION_MASK);
      return;
    }
    const endPs = this.#flash.programEndPs(die);
    if (endPs > this.#simulation.nowPs) {
      // Reads have suspended it meanwhile.
      this.#simulation.schedule(endPs, this.#handler, die);
      return;
    }
    const queue = this.#queues[die]!;
    const ended = queue.shift()!;
    const next = queue.peek();
    if (next !== undefined) this.#begin(die, next);
    const operation = ended & OPERATION_MASK;
    if (operation === COPY || operation === ERASE) return;
    this.pendingPrograms[die]! -= 1;
    this.#programmed(die, ended >> OPERATION_BITS);
  }
}
