/**
 * Layers that a request passes between its interface and the block layer, each of which can be left
 * out: file system, software RAID, I/O scheduler.
 *
 * A layer costs its own instructions, and cache lines that all threads write: those decide how it
 * scales. The counts of atomic updates are those of the sources named below.
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { LineTransferTimes } from "../../hardware/cpu/shared-line.ts";
import { SharedLine } from "../../hardware/cpu/shared-line.ts";
import { type Opcode, WRITE } from "../../hardware/nvme/command-table.ts";

export interface RequestLayer {
  /** The request goes down, on the submitting core. */
  submit(core: Core, drive: number, opcode: Opcode): void;
  /** The request comes back, on the core that completes it. */
  complete(core: Core, drive: number): void;
}

/** Lines that concern one file, volume or drive each. */
const linesFor = (count: number, times: LineTransferTimes, holdPs = 0): readonly SharedLine[] =>
  Array.from({ length: count }, () => new SharedLine(times, holdPs));

/**
 * ext4, direct I/O on an allocated file.
 *
 * Three shared lines per file: the inode's lock taken shared and released, the count of direct I/Os
 * in flight raised and lowered, the extent cache's read lock taken and released. A write takes the
 * inode's lock shared only if it changes no more than data: that is found out by a look-up of its
 * own before the one that finds the blocks, under the extent cache's lock like that.
 * [linux-5.x fs/ext4/file.c ext4_dio_read_iter, ext4_dio_write_checks, ext4_overwrite_io;
 * fs/iomap/direct-io.c; fs/ext4/extents_status.c ext4_es_lookup_extent]
 */
export class Ext4Layer implements RequestLayer {
  readonly #workPs: number;
  readonly #lookUpPs: number;
  readonly #inodeLocks: readonly SharedLine[];
  readonly #directIoCounts: readonly SharedLine[];
  readonly #extentLocks: readonly SharedLine[];

  /**
   * @param files open files: one per drive, or one on a RAID.
   * @param workPs of a request with one look-up.
   * @param lookUpPs of one more.
   */
  constructor(files: number, workPs: number, lookUpPs: number, times: LineTransferTimes) {
    this.#workPs = workPs;
    this.#lookUpPs = lookUpPs;
    this.#inodeLocks = linesFor(files, times);
    this.#directIoCounts = linesFor(files, times);
    this.#extentLocks = linesFor(files, times);
  }

  submit(core: Core, drive: number, opcode: Opcode): void {
    const file = drive % this.#inodeLocks.length;
    this.#inodeLocks[file]!.update(core);
    if (opcode === WRITE) {
      this.#extentLocks[file]!.update(core);
      core.charge(CAUSE.fileSystem, this.#lookUpPs);
      this.#extentLocks[file]!.update(core);
    }
    this.#extentLocks[file]!.update(core);
    this.#directIoCounts[file]!.update(core);
    core.charge(CAUSE.fileSystem, this.#workPs);
    this.#extentLocks[file]!.update(core);
    this.#inodeLocks[file]!.update(core);
  }

  complete(core: Core, drive: number): void {
    this.#directIoCounts[drive % this.#directIoCounts.length]!.update(core);
  }
}

/**
 * md RAID0: one count of I/Os in flight for the whole array, raised and lowered by every request.
 * [linux-5.x drivers/md/md.c md_handle_request, mddev->active_io]
 */
export class RaidLayer implements RequestLayer {
  readonly #workPs: number;
  readonly #activeIo: SharedLine;

  constructor(workPs: number, times: LineTransferTimes) {
    this.#workPs = workPs;
    this.#activeIo = new SharedLine(times);
  }

  submit(core: Core): void {
    this.#activeIo.update(core);
    core.charge(CAUSE.raid, this.#workPs);
    this.#activeIo.update(core);
  }

  complete(): void {}
}

/**
 * mq-deadline: every request takes its drive's one lock three times. A bio looks for a request that
 * it could be merged with, before it becomes one itself; then it is inserted into the sorted lists
 * and dispatched from them.
 * [linux-5.x block/mq-deadline.c dd_bio_merge, dd_insert_requests, dd_dispatch_request]
 */
export class DeadlineLayer implements RequestLayer {
  readonly #holds: readonly number[];
  readonly #locks: readonly SharedLine[];

  /**
   * @param mergePs how long the lock is held to look for a neighbour.
   * @param holdPs how long it is held to insert, and to dispatch.
   */
  constructor(drives: number, mergePs: number, holdPs: number, times: LineTransferTimes) {
    this.#holds = [mergePs, holdPs, holdPs];
    this.#locks = linesFor(drives, times, holdPs);
  }

  submit(core: Core, drive: number): void {
    for (const holdPs of this.#holds) this.#locks[drive]!.hold(core, CAUSE.blockLayer, holdPs);
  }

  complete(): void {}
}
