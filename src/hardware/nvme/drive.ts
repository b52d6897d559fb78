/**
 * One NVMe drive: controller, flash, write buffer and host link.
 *
 * A read goes  doorbell → controller (first come, first served) → fixed latency → its dies → link →
 * completion entry. A write goes  doorbell → controller → link → write buffer → completion entry,
 * and later from the buffer into flash, after a read of what it keeps of units that it does not
 * cover. Stages are next-free times; the only event of a read is the
 * moment its last die is done, because dies finish out of order and the link takes turns. (One that
 * is announced far ahead of the clock has another: its doorbell.)
 *
 * The controller works on a limited number of writes that are not in the buffer yet. With all of
 * those slots taken, commands behind, reads too, wait their turn: that is how a drive with too many
 * writes comes to delay reads by milliseconds.
 *
 * A flush on a drive whose cache is volatile ends when everything that the buffer held is in flash;
 * where capacitors protect the buffer, it costs the firmware's time only.
 *
 * Content: with media present, a write's bytes are taken when the buffer accepts them, a read's are
 * delivered when its dies are done, and both report what the media says.
 *
 * Not modelled: several controller cores for reads, read cache, thermal limits, arbitration
 * among commands that the controller has room for (it takes them in the order of their doorbells),
 * a largest transfer (MDTS): a request of any size is one command.
 */
import type { Simulation } from "../../sim/simulation.ts";
import { FifoStation, MultiStation } from "../../sim/station.ts";
import { Arbiter } from "./arbiter.ts";
import type { CommandTable } from "./command-table.ts";
import { FLUSH, READ, UNIT_BYTES, WRITE } from "./command-table.ts";
import { Flash } from "./flash.ts";
import type { CollectionPlan } from "./garbage-collection.ts";
import type { MediaHolder } from "./media.ts";
import type { QueuePair } from "./queue-pair.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** A drive's numbers as this run uses them; times in picoseconds. */
export interface DriveTimes {
  readonly dies: number;
  readonly readPs: number;
  readonly readSpreadPs: number;
  readonly fixedLatencyPs: number;
  /** Controller time of a read command, and of each unit after its first. */
  readonly controllerPs: number;
  readonly furtherUnitPs: number;
  /** Controller time of a write command. */
  readonly writeControllerPs: number;
  /** Controller cores for writes only; 0: writes take turns with reads. */
  readonly writeCores: number;
  readonly partialUnitPs: number;
  readonly partialUnitLatencyPs: number;
  /** Picoseconds per byte on the link, each direction. */
  readonly linkPsPerByte: number;
  readonly writeLatencyPs: number;
  readonly writeBufferUnits: number;
  /** Writes that the controller works on at once, until the buffer has their data. */
  readonly writeSlots: number;
  /** Commands that it holds before it can work on them; more stay in their submission queues. */
  readonly commandSlots: number;
  /** Commands that it fetches from one submission queue before it turns to the next. */
  readonly arbitrationBurst: number;
  readonly programUnits: number;
  readonly programPs: number;
  /** Share of it by which single programs are at most longer or shorter. */
  readonly programSpread: number;
  readonly suspendPs: number;
  readonly safePointPs: number;
  /** What garbage collection adds to each program; undefined: a fresh drive. */
  readonly collection: CollectionPlan | undefined;
  /** Whether a completed write may be lost with the power unless a flush has followed. */
  readonly hasVolatileCache: boolean;
  /** What a flush takes beside waiting for the buffer. */
  readonly flushPs: number;
}

/** Share of time that each stage of a drive was busy, 0 … 1. */
export interface DriveUtilisation {
  readonly controller: number;
  /** Of the cores that writes have to themselves; 0 where they share the controller. */
  readonly writeController: number;
  readonly readLink: number;
  readonly writeLink: number;
  readonly flash: number;
}

/**
 * Doorbells this far ahead of the clock are taken at once: what a core may run ahead of it, and a
 * request of a few pages. Commands of other cores may come before one that is further ahead.
 */
const AHEAD_PS = 4_000_000;

export class Drive {
  readonly #simulation: Simulation;
  readonly #index: number;
  readonly #content: MediaHolder;
  readonly #times: DriveTimes;
  readonly #commands: CommandTable;
  readonly #queuePairs: readonly QueuePair[];
  readonly #controller = new FifoStation();
  readonly #writeController: MultiStation | undefined;
  readonly #toHost = new FifoStation();
  readonly #fromHost = new FifoStation();
  readonly #flash: Flash;
  readonly #buffer: WriteBuffer;
  readonly #startHandler: number;
  readonly #readHandler: number;
  readonly #arriveHandler: number;
  readonly #holdHandler: number;
  readonly #flushHandler: number;
  /** With media: what each flush that is under way will make durable. */
  readonly #flushMarks = new Map<number, number>();
  /** Commands that no write slot was free for, or that stand behind one of those. */
  readonly #held: Arbiter;
  /** Writes that the controller has fetched and the buffer has not accepted. */
  #writesInside = 0;
  #completions = 0;

  /**
   * @param index the drive's number in its array.
   * @param queuePairs every queue pair of the array, by number; grows as they are created.
   * @param content who has the media, if there is any.
   */
  constructor(
    simulation: Simulation,
    index: number,
    times: DriveTimes,
    commands: CommandTable,
    queuePairs: readonly QueuePair[],
    content: MediaHolder,
  ) {
    this.#simulation = simulation;
    this.#index = index;
    this.#content = content;
    this.#held = new Arbiter(times.commandSlots, times.arbitrationBurst);
    this.#times = times;
    if (times.writeCores > 0) this.#writeController = new MultiStation(times.writeCores);
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
        programSpread: times.programSpread,
        seed: index,
        dies: times.dies,
        collection: times.collection,
      },
      (command) => commands.units(command),
      (command) => this.#readOld(command),
      (command) => this.#accepted(command),
      (command) => this.#flushed(command),
    );
    this.#startHandler = simulation.register({
      handle: (command) => this.#fetch(command, simulation.nowPs),
    });
    this.#readHandler = simulation.register({ handle: (command) => this.#readDone(command) });
    this.#arriveHandler = simulation.register({
      handle: (command) => this.#buffer.write(command),
    });
    this.#holdHandler = simulation.register({
      handle: (command) => {
        this.#held.push(commands.queuePair(command), command);
        this.#release();
      },
    });
    this.#flushHandler = simulation.register({ handle: (command) => this.#flush(command) });
  }

  /**
   * The controller fetches `command`, announced at `atPs`, now or later: whoever prepares 1 MiB is
   * ahead of the clock by all the pages that it has pinned.
   */
  start(command: number, atPs: number): void {
    if (atPs - this.#simulation.nowPs > AHEAD_PS) {
      this.#simulation.schedule(atPs, this.#startHandler, command);
    } else this.#fetch(command, atPs);
  }

  #fetch(command: number, atPs: number): void {
    if (this.#writesInside < this.#times.writeSlots) this.#take(command, atPs);
    else this.#simulation.schedule(atPs, this.#holdHandler, command);
  }

  #take(command: number, atPs: number): void {
    const times = this.#times;
    const bytes = this.#commands.bytes(command);
    const isPartial = bytes < UNIT_BYTES;
    const extraPs = isPartial ? times.partialUnitPs : 0;
    if (this.#commands.opcode(command) === READ) {
      const furtherUnits = this.#commands.units(command) - 1;
      const workPs = times.controllerPs + extraPs + furtherUnits * times.furtherUnitPs;
      const takenPs = this.#controller.serve(atPs, workPs);
      const latencyPs = isPartial
        ? times.fixedLatencyPs + times.partialUnitLatencyPs
        : times.fixedLatencyPs;
      const donePs = this.#readUnits(command, takenPs + latencyPs);
      this.#simulation.schedule(donePs, this.#readHandler, command);
    } else if (this.#commands.opcode(command) === FLUSH) {
      // A matter of the buffer: reads do not wait behind it where writes have cores of their own.
      const controller = this.#writeController ?? this.#controller;
      const takenPs = controller.serve(atPs, times.writeControllerPs);
      this.#simulation.schedule(takenPs + times.flushPs, this.#flushHandler, command);
    } else {
      this.#writesInside += 1;
      const controller = this.#writeController ?? this.#controller;
      const takenPs = controller.serve(atPs, times.writeControllerPs + extraPs);
      const arrivedPs = this.#fromHost.serve(takenPs, this.#transferPs(bytes));
      this.#simulation.schedule(arrivedPs, this.#arriveHandler, command);
    }
  }

  /** Fetches what has waited for a write slot, in turn. */
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

  /** Units that all its dies program at a time: more in the buffer wait for a die. */
  get programmingUnits(): number {
    return this.#times.dies * this.#times.programUnits;
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
      writeController: (this.#writeController?.busyBeforePs(nowPs) ?? 0) / nowPs,
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

  /**
   * Reads the units that a write covers in part, its first or its last one: the mapping knows whole
   * units only. Returns when the last die is done; 0: it covers whole units.
   */
  #readOld(command: number): number {
    const commands = this.#commands;
    const beginsAt = commands.offsetInUnit(command);
    const endsAt = (beginsAt + commands.bytes(command)) & (UNIT_BYTES - 1);
    if (beginsAt === 0 && endsAt === 0) return 0;
    const { nowPs } = this.#simulation;
    const first = commands.firstUnit(command);
    const further = commands.units(command) - 1;
    const firstPs = beginsAt === 0 && further > 0 ? 0 : this.#flash.read(first, nowPs);
    const lastPs = endsAt === 0 || further === 0 ? 0 : this.#flash.read(first + further, nowPs);
    return Math.max(firstPs, lastPs);
  }

  #readDone(command: number): void {
    if (this.#content.media !== undefined) this.#transfer(command);
    const transferPs = this.#transferPs(this.#commands.bytes(command));
    this.#complete(command, this.#toHost.serve(this.#simulation.nowPs, transferPs));
  }

  /** The data of a write is in the buffer. */
  #accepted(command: number): void {
    if (this.#content.media !== undefined) this.#transfer(command);
    this.#writesInside -= 1;
    this.#complete(command, this.#simulation.nowPs + this.#times.writeLatencyPs);
    if (this.#held.length > 0) this.#release();
  }

  /** Moves the bytes of a read or write. */
  #transfer(command: number): void {
    const commands = this.#commands;
    const media = this.#content.media!;
    const bytes = commands.bytes(command);
    const offset = commands.offset(command);
    const buffer = commands.buffer(command);
    const isWrite = commands.opcode(command) === WRITE;
    const status = isWrite
      ? media.write(this.#index, offset, bytes, buffer)
      : media.read(this.#index, offset, bytes, buffer);
    commands.setStatus(command, status);
  }

  /** The firmware has begun a flush. */
  #flush(command: number): void {
    const { media } = this.#content;
    if (media !== undefined) this.#flushMarks.set(command, media.acceptedSoFar(this.#index));
    if (this.#times.hasVolatileCache) this.#buffer.flush(command);
    else this.#flushed(command);
  }

  /** Everything that had been accepted when the flush began is durable. */
  #flushed(command: number): void {
    const mark = this.#flushMarks.get(command);
    if (mark !== undefined) {
      this.#flushMarks.delete(command);
      const status = this.#content.media?.flush(this.#index, mark);
      if (status !== undefined) this.#commands.setStatus(command, status);
    }
    this.#complete(command, this.#simulation.nowPs);
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
