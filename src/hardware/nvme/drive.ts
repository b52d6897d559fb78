/**
 * One NVMe drive: controller, flash, write buffer and host link.
 *
 * A read goes  doorbell → controller (first come, first served) → fixed latency → its dies → link →
 * completion entry. A write goes  doorbell → controller → link → write buffer → completion entry,
 * and later from the buffer into flash. Stages are next-free times; the only event of a read is the
 * moment its last die is done, because dies finish out of order and the link takes turns.
 *
 * Not modelled: several controller cores, read cache, thermal limits, command arbitration between
 * queue pairs (commands are taken in the order of their doorbells).
 */
import type { Simulation } from "../../sim/simulation.ts";
import { FifoStation } from "../../sim/station.ts";
import type { CommandTable } from "./command-table.ts";
import { READ, UNIT_BYTES } from "./command-table.ts";
import { Flash } from "./flash.ts";
import type { QueuePair } from "./queue-pair.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** A drive's numbers as this run uses them; times in picoseconds. */
export interface DriveTimes {
  readonly dies: number;
  readonly readPs: number;
  readonly readSpreadPs: number;
  readonly fixedLatencyPs: number;
  readonly controllerPs: number;
  readonly partialUnitPs: number;
  readonly partialUnitLatencyPs: number;
  /** Picoseconds per byte on the link, each direction. */
  readonly linkPsPerByte: number;
  readonly writeLatencyPs: number;
  readonly writeBufferUnits: number;
  readonly programUnits: number;
  readonly programPs: number;
  readonly suspendPs: number;
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
      },
      (command) => commands.units(command),
      (command) => this.#complete(command, simulation.nowPs + times.writeLatencyPs),
    );
    this.#readHandler = simulation.register({ handle: (command) => this.#readDone(command) });
    this.#arriveHandler = simulation.register({
      handle: (command) => this.#buffer.write(command),
    });
  }

  /** The controller takes `command`, announced at `atPs`, at most a look-ahead from now. */
  start(command: number, atPs: number): void {
    const times = this.#times;
    const bytes = this.#commands.bytes(command);
    const isPartial = bytes < UNIT_BYTES;
    const servicePs = isPartial ? times.controllerPs + times.partialUnitPs : times.controllerPs;
    const takenPs = this.#controller.serve(atPs, servicePs);
    if (this.#commands.opcode(command) === READ) {
      const latencyPs = isPartial
        ? times.fixedLatencyPs + times.partialUnitLatencyPs
        : times.fixedLatencyPs;
      const donePs = this.#readUnits(command, takenPs + latencyPs);
      this.#simulation.schedule(donePs, this.#readHandler, command);
    } else {
      const arrivedPs = this.#fromHost.serve(takenPs, this.#transferPs(bytes));
      this.#simulation.schedule(arrivedPs, this.#arriveHandler, command);
    }
  }

  /** Completions posted so far. */
  get completions(): number {
    return this.#completions;
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

  #complete(command: number, visiblePs: number): void {
    this.#completions += 1;
    this.#queuePairs[this.#commands.queuePair(command)]!.post(command, visiblePs);
  }

  #transferPs(bytes: number): number {
    return Math.round(bytes * this.#times.linkPsPerByte);
  }
}
