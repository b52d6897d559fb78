/**
 * An NVMe array on a bench: commands go in, and each completion is checked to the picosecond.
 *
 * Three verbs, after Ramulator's: `probe` looks and changes nothing, `issue` is strict and throws
 * when the command is not legal now, `earliestAt` holds only if the completion is not there one
 * picosecond
 * before its time and is there at its time.
 */
import { type Opcode, READ } from "../hardware/nvme/command-table.ts";
import type { DriveTimes } from "../hardware/nvme/drive.ts";
import { NvmeArray } from "../hardware/nvme/nvme-array.ts";
import { NO_COMPLETION, type QueuePair } from "../hardware/nvme/queue-pair.ts";
import { Simulation } from "../sim/simulation.ts";

/** A drive in round numbers: every stage takes a different power of ten. */
export const ROUND_TIMES: DriveTimes = {
  dies: 4,
  readPs: 10_000_000,
  readSpreadPs: 0,
  fixedLatencyPs: 1_000_000,
  controllerPs: 100_000,
  furtherUnitPs: 50_000,
  writeControllerPs: 100_000,
  writeCores: 0,
  partialUnitPs: 30_000,
  partialUnitLatencyPs: 7_000,
  linkPsPerByte: 10,
  writeLatencyPs: 3_000_000,
  writeBufferUnits: 64,
  writeSlots: 1_024,
  commandSlots: 1_024,
  arbitrationBurst: 8,
  programUnits: 8,
  programPs: 500_000_000,
  programSpread: 0,
  suspendPs: 2_000_000,
  safePointPs: 0,
  collection: undefined,
  hasVolatileCache: false,
  flushPs: 2_000_000,
};

export interface BenchSettings {
  readonly times?: Partial<DriveTimes>;
  readonly drives?: number;
  readonly depth?: number;
}

export class NvmeUnderTest {
  readonly simulation = new Simulation();
  readonly times: DriveTimes;
  readonly array: NvmeArray;
  readonly queuePair: QueuePair;

  constructor({ times = {}, drives = 1, depth = 64 }: BenchSettings = {}) {
    this.times = { ...ROUND_TIMES, ...times };
    this.array = new NvmeArray(this.simulation, {
      driveCount: drives,
      driveBytes: 1 << 30,
      queuePairsMax: 8,
      queueDepthMax: 4_096,
      times: this.times,
    });
    this.queuePair = this.array.createQueuePair(0, depth);
  }

  /** Whether a completion could be taken at `atPs`, as far as the device has decided by now. */
  probe(atPs: number, queuePair = this.queuePair): boolean {
    return queuePair.earliestVisiblePs() <= atPs;
  }

  /** Submits one command now and rings the doorbell. */
  issue(
    tag: number,
    offset = 0,
    bytes = 4_096,
    opcode: Opcode = READ,
    queuePair = this.queuePair,
  ): void {
    if (!queuePair.submit(opcode, offset, bytes, tag)) throw new Error("the queue pair is full");
    queuePair.ringSubmissionDoorbell(this.simulation.nowPs);
  }

  /** Throws unless the next completion is that of `tag`, at `atPs` and not a picosecond earlier. */
  earliestAt(tag: number, atPs: number, queuePair = this.queuePair): void {
    this.simulation.runUntil(atPs - 1);
    const early = queuePair.poll(atPs - 1);
    if (early !== NO_COMPLETION) throw new Error(`completion ${early} before ${atPs} ps`);
    this.simulation.runUntil(atPs);
    const found = queuePair.poll(atPs);
    if (found !== tag) {
      const nextPs = queuePair.earliestVisiblePs();
      throw new Error(`at ${atPs} ps: completion ${found}, not ${tag} (next at ${nextPs} ps)`);
    }
    queuePair.ringCompletionDoorbell(atPs);
  }

  /** Takes every completion visible at `atPs`, in order, and returns their entries. */
  takeAll(atPs: number, queuePair = this.queuePair): number[] {
    const tags: number[] = [];
    for (let tag = queuePair.poll(atPs); tag !== NO_COMPLETION; tag = queuePair.poll(atPs)) {
      tags.push(tag);
    }
    queuePair.ringCompletionDoorbell(atPs);
    return tags;
  }
}
