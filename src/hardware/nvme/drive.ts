/**
 * One NVMe drive: controller, flash, write buffer and host link.
 *
 * A read goes  doorbell → controller (first come, first served) → fixed latency → its dies → link →
 * completion entry. A write goes  doorbell → controller → link → write buffer → completion entry,
 * and later from the buffer into flash. Stages are next-free times; the only event of a read is the
 * moment its last die is done, because dies finish out of order and the link takes turns.
 *
 * The controller holds a limited number of writes that are not in the buffer yet. With all of those
 * slots taken it stops fetching, and commands behind, reads too, wait their turn: that is how a
 * drive with too many writes comes to delay reads by milliseconds.
 *
 * Not modelled: several controller cores, read cache, thermal limits, command arbitration between
 * queue pairs (commands are taken in the order of their doorbells).
 */
import { IntRing } from "../../base/ring.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { FifoStation } from "../../sim/station.ts";
import type { CommandTable } from "./command-table.ts";
import { READ, UNIT_BYTES } from "./command-table.ts";
import { Flash } from "./flash.ts";
import type { CollectionPlan } from "./garbage-collection.ts";
import type { QueuePair } from "./queue-pair.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** A drive's numbers as this run uses them; times in picoseconds. */
export interface DriveTimes {
  readonly dies: number;
  readonly readPs: number;
  readonly readSpreadPs: number;
  readonly fixedLatencyPs: number;
  /** Controller time of a read command. */
  readonly controllerPs: number;
  /** Controller time of a write command. */
  readonly writeControllerPs: number;
  readonly partialUnitPs: number;
  readonly partialUnitLatencyPs: number;
  /** Picoseconds per byte on the link, each direction. */
  readonly linkPsPerByte: number;
  readonly writeLatencyPs: number;
  readonly writeBufferUnits: number;
  /** Writes that the controller holds at once, from their fetch until the buffer has their data. */
  readonly writeSlots: number;
  readonly programUnits: number;
  readonly programPs: number;
  readonly suspendPs: number;
  readonly safePointPs: number;
  /** What garbage collection adds to each program; undefined: a fresh drive. */
  readonly collection: CollectionPlan | undefined;
}

/** Share of time that each stage of a drive was busy, 0 … 1. */
export interface DriveUtilisation {
  readonly controller: number;
  readonly readLink: number;
  readonly writeLink: number;
  readonly flash: number;
}

export class Drive {
  readonly #simulation: Simulation;
  readonly #times: DriveTimes;
  readonly #commands: CommandTable;
  readonly #queuePairs: readonly QueuePair[];
  readonly #controller = new FifoStation();
  readonly #toHost = new FifoStation();
  readonly #fromHost = new FifoStation();
  readonly #flash: Flash;
  readonly #buffer: WriteBuffer;
  readonly #readHandler: number;
  readonly #arriveHandler: number;
  readonly #holdHandler: number;
  /** Commands that no write slot was free for, or that stand behind one of those. */
  readonly #held = new IntRing(64);
  /** Writes that the controller has fetched and the buffer has not accepted. */
  #writesInside = 0;
  #completions = 0;

  /** @param queuePairs every queue pair of the array, by number; grows as they are created. */
  constructor(
    simulation: Simulation,
    times: DriveTimes,
    commands: CommandTable,
    queuePairs: readonly QueuePair[],
  ) {
    this.#simulation = simulation;
    this.#times = times;
    this.#commands = commands;
    this.#queuePairs = queuePairs;
    this.#flash = new Flash(times);
    this.#buffer = new WriteBuffer(
      simulation,
      this.#flash,
      {
        capacityUnits: times.writeBufferUnits,
        programUnits: times.programUnits,
        programPs: times.programPs,
        dies: times.dies,
        collection: times.collection,
      },
      (command) => commands.units(command),
      (command) => this.#accepted(command),
    );
    this.#readHandler = simulation.register({ handle: (command) => this.#readDone(command) });
    this.#arriveHandler = simulation.register({
      handle: (command) => this.#buffer.write(command),
    });
    this.#holdHandler = simulation.register({
      handle: (command) => {
        this.#held.push(command);
        this.#release();
      },
    });
  }

  /** The controller fetches `command`, announced at `atPs`, at most a look-ahead from now. */
  start(command: number, atPs: number): void {
    if (this.#writesInside < this.#times.writeSlots) this.#take(command, atPs);
    else this.#simulation.schedule(atPs, this.#holdHandler, command);
  }

  #take(command: number, atPs: number): void {
    const times = this.#times;
    const bytes = this.#commands.bytes(command);
    const isPartial = bytes < UNIT_BYTES;
    const extraPs = isPartial ? times.partialUnitPs : 0;
    if (this.#commands.opcode(command) === READ) {
      const takenPs = this.#controller.serve(atPs, times.controllerPs + extraPs);
      const latencyPs = isPartial
        ? times.fixedLatencyPs + times.partialUnitLatencyPs
        : times.fixedLatencyPs;
      const donePs = this.#readUnits(command, takenPs + latencyPs);
      this.#simulation.schedule(donePs, this.#readHandler, command);
    } else {
      this.#writesInside += 1;
      const takenPs = this.#controller.serve(atPs, times.writeControllerPs + extraPs);
      const arrivedPs = this.#fromHost.serve(takenPs, this.#transferPs(bytes));
      this.#simulation.schedule(arrivedPs, this.#arriveHandler, command);
    }
  }

  /** Fetches what has waited for a write slot, in order. */
  #release(): void {
    while (this.#held.length > 0 && this.#writesInside < this.#times.writeSlots) {
      this.#take(this.#held.shift()!, this.#simulation.nowPs);
    }
  }

  /** Completions posted so far. */
  get completions(): number {
    return this.#completions;
  }

  /** Units in the write buffer. */
  get bufferedUnits(): number {
    return this.#buffer.occupied;
  }

  /** Commands that wait for a write slot. */
  get heldCommands(): number {
    return this.#held.length;
  }

  /** Program, copy and erase operations begun so far. */
  get operations(): { programs: number; copies: number; erases: number; suspensions: number } {
    const { programs, copies, erases } = this.#buffer.drain;
    return { programs, copies, erases, suspensions: this.#flash.suspensions };
  }

  /** Utilisation of each stage from the start of the run to `nowPs` > 0. */
  utilisation(nowPs: number): DriveUtilisation {
    return {
      controller: this.#controller.busyBeforePs(nowPs) / nowPs,
      readLink: this.#toHost.busyBeforePs(nowPs) / nowPs,
      writeLink: this.#fromHost.busyBeforePs(nowPs) / nowPs,
      flash: Math.min(1, this.#flash.busyPs / (nowPs * this.#times.dies)),
    };
  }

  /** Reads every unit that the command touches; returns when the last die is done. */
  #readUnits(command: number, atPs: number): number {
    const first = this.#commands.firstUnit(command);
    const units = this.#commands.units(command);
    let donePs = 0;
    for (let index = 0; index < units; index++) {
      const unitDonePs = this.#flash.read((first + index) >>> 0, atPs);
      if (unitDonePs > donePs) donePs = unitDonePs;
    }
    return donePs;
  }

  #readDone(command: number): void {
    const transferPs = this.#transferPs(this.#commands.bytes(command));
    this.#complete(command, this.#toHost.serve(this.#simulation.nowPs, transferPs));
  }

  /** The data of a write is in the buffer. */
  #accepted(command: number): void {
    this.#writesInside -= 1;
    this.#complete(command, this.#simulation.nowPs + this.#times.writeLatencyPs);
    if (this.#held.length > 0) this.#release();
  }

  #complete(command: number, visiblePs: number): void {
    this.#completions += 1;
    this.#queuePairs[this.#commands.queuePair(command)]!.post(command, visiblePs);
  }

  #transferPs(bytes: number): number {
    // At least a picosecond: time must pass even where every number is 0.
    return Math.max(1, Math.round(bytes * this.#times.linkPsPerByte));
  }
}
