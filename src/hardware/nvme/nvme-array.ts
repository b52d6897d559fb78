/** Several NVMe drives and the queue pairs through which hosts talk to them. */
import { assert } from "../../base/assert.ts";
import { UsageError } from "../../base/usage-error.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { CommandTable } from "./command-table.ts";
import type { DriveTimes, DriveUtilisation } from "./drive.ts";
import { Drive } from "./drive.ts";
import type { Media, MediaHolder } from "./media.ts";
import type { DoorbellTarget } from "./queue-pair.ts";
import { NO_COMMAND, QueuePair } from "./queue-pair.ts";

/** What every drive of an array has in common. */
export interface ArrayShape {
  readonly driveCount: number;
  /** Bytes of one drive's namespace. */
  readonly driveBytes: number;
  readonly queuePairsMax: number;
  readonly queueDepthMax: number;
  readonly times: DriveTimes;
}

/** More queue pairs of a drive are wanted than it has; who wants them says what to do instead. */
export class QueuePairsError extends UsageError {
  readonly most: number;

  constructor(most: number) {
    super(`queue pairs of one drive: ${most + 1} is not allowed; the drive offers at most ${most}`);
    this.most = most;
  }
}

export class NvmeArray implements DoorbellTarget, MediaHolder {
  readonly shape: ArrayShape;
  readonly commands = new CommandTable();
  readonly drives: readonly Drive[];
  /** What is written on the drives; undefined: only time passes. */
  media: Media | undefined;

  readonly #simulation: Simulation;
  readonly #queuePairs: QueuePair[] = [];
  readonly #queuePairsOfDrive: number[];

  constructor(simulation: Simulation, shape: ArrayShape) {
    assert(shape.driveCount >= 1, "an array has at least one drive");
    this.shape = shape;
    this.#simulation = simulation;
    this.#queuePairsOfDrive = new Array(shape.driveCount).fill(0);
    this.drives = Array.from(
      { length: shape.driveCount },
      (_, drive) =>
        new Drive(simulation, drive, shape.times, this.commands, this.#queuePairs, this),
    );
  }

  /**
   * A new queue pair of `drive` with `depth` entries, at most `queueDepthMax`.
   * @throws UsageError when the drive has no more queue pairs.
   */
  createQueuePair(drive: number, depth: number): QueuePair {
    const { queueDepthMax, queuePairsMax } = this.shape;
    assert(depth <= queueDepthMax, "no queue pair has more entries than the drive offers");
    if (this.#queuePairsOfDrive[drive]! >= queuePairsMax) {
      throw new QueuePairsError(queuePairsMax);
    }
    this.#queuePairsOfDrive[drive]! += 1;
    const index = this.#queuePairs.length;
    const queuePair = new QueuePair(index, drive, depth, this.commands, this);
    this.#queuePairs.push(queuePair);
    return queuePair;
  }

  queuePair(index: number): QueuePair {
    const queuePair = this.#queuePairs[index];
    assert(queuePair !== undefined, "there is no queue pair with this number", index);
    return queuePair;
  }

  get queuePairs(): readonly QueuePair[] {
    return this.#queuePairs;
  }

  /** Utilisation of each drive's stages since the start of the run. */
  utilisation(): readonly DriveUtilisation[] {
    return this.drives.map((drive) => drive.utilisation(this.#simulation.nowPs));
  }

  fetchFrom(queuePair: QueuePair, atPs: number): void {
    const drive = this.drives[queuePair.drive]!;
    for (let command = queuePair.fetch(); command !== NO_COMMAND; command = queuePair.fetch()) {
      drive.start(command, atPs);
    }
  }
}
