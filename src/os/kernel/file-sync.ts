/**
 * fsync and fdatasync: what the kernel does between the call and "it is durable".
 *
 * fdatasync on a block device, and on ext4 when only data of an allocated file has changed, is one
 * cache flush. The block layer drops that flush where the drive reports no volatile write cache, so
 * then the call ends in the kernel. [linux-5.x block/fops.c blkdev_fsync; fs/ext4/fsync.c
 * ext4_sync_file; block/blk-flush.c blk_insert_flush: an empty flush translates into nothing]
 *
 * fsync on ext4 also commits the journal if the inode has changed since the last commit, which its
 * modification time does once per timer tick in which the file is written. The commit is done by
 * the journal's thread: descriptor and metadata blocks, wait, flush, commit record, flush; calls
 * that find the commit under way wait for it.
 * [linux-5.x fs/jbd2/commit.c jbd2_journal_commit_transaction,
 * journal_submit_commit_record; fs/inode.c file_update_time]
 *
 * A file on md RAID0 is flushed on every member. [linux-5.x drivers/md/md.c md_flush_request]
 *
 * Interfaces that do not block hand the call to a kernel worker. [linux-5.x fs/aio.c aio_fsync;
 * io_uring/sync.c io_fsync_prep: REQ_F_FORCE_ASYNC] Here the worker runs on the submitting core,
 * and after an interrupt on the interrupted one; its switches are charged there.
 *
 * I1  Every accepted sync is delivered once, with the worst status of its commands.
 *
 * Not modelled: fast commits; merging of flushes that several threads send at a time; journal space
 * running out; dirty pages of the page cache, which its owner writes back before it syncs.
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { FLUSH, FLUSH_METADATA, type Opcode, WRITE } from "../../hardware/nvme/command-table.ts";
import { IO_OK, type IoStatus } from "../../hardware/nvme/status.ts";

/** Resolution of a file's times. [linux-5.x CONFIG_HZ=250; fs/inode.c current_time] */
const TICK_PS = 4_000_000_000;
/** Descriptor and one metadata block; then the commit record. */
const JOURNAL_BYTES = 8_192;
const COMMIT_BYTES = 4_096;
/** The journal lies at the end of a volume's first drive. [mke2fs: 128 MiB is common] */
const JOURNAL_SPACE = 128 * 1_024 * 1_024;

/** What the steps take, in picoseconds. */
export interface SyncCosts {
  readonly callPs: number;
  readonly flushPs: number;
  readonly journalCommitPs: number;
  readonly wakeUpPs: number;
  readonly contextSwitchPs: number;
}

/** What there is to do. */
export interface SyncShape {
  readonly driveCount: number;
  readonly driveBytes: number;
  /** One file over all drives; otherwise one per drive. */
  readonly isOneFile: boolean;
  readonly hasJournal: boolean;
  readonly hasVolatileCache: boolean;
}

/** The way down to the drives and back to whoever called, as the request path offers it. */
export interface SyncPath {
  /**
   * Sends a command that belongs to this sync, `lagPs` after the core's cursor; false when the
   * queue pair is full.
   */
  sendOwn(
    core: Core,
    opcode: Opcode,
    drive: number,
    offset: number,
    bytes: number,
    slot: number,
    lagPs: number,
  ): boolean;
  /** The request `tag` of `owner` is complete. */
  deliver(owner: number, tag: number, core: Core, atPs: number, status: IoStatus): void;
}

/** One step: a flush of every drive of the file, or a write into its journal. */
type Step = "flush" | "journal" | "commit";

const FLUSH_ONLY: readonly Step[] = ["flush"];
const NOTHING: readonly Step[] = [];
const COMMIT: readonly Step[] = ["journal", "commit"];
const COMMIT_WITH_FLUSHES: readonly Step[] = ["journal", "flush", "commit", "flush"];

/** Somebody's call. */
interface Caller {
  readonly owner: number;
  readonly tag: number;
}

/** One sync that is under way. */
interface Sync {
  readonly callers: Caller[];
  readonly file: number;
  readonly steps: readonly Step[];
  readonly isCommit: boolean;
  /** A kernel worker does it, instead of the caller. */
  readonly usesWorker: boolean;
  /** Modification time that a commit takes along. */
  readonly tick: number;
  nextStep: number;
  /** Commands of the current step that have not come back. */
  left: number;
  status: IoStatus;
}

export class FileSync {
  readonly #path: SyncPath;
  readonly #costs: SyncCosts;
  readonly #shape: SyncShape;
  readonly #syncs: (Sync | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** Commands that found their queue pair full. */
  #stuck: { readonly slot: number; readonly step: Step; readonly drive: number }[] = [];
  /** Per file: its modification time, the one last committed, and the commit under way. */
  readonly #modifiedTick: Float64Array;
  readonly #committedTick: Float64Array;
  readonly #commits: (Sync | undefined)[];
  /**
   * How far the step that is being done is behind the core's cursor, or with a minus before it: an
   * interrupt's is done when that comes, and a core that polls or computes is not charged up to
   * then yet.
   */
  #lagPs = 0;

  constructor(path: SyncPath, costs: SyncCosts, shape: SyncShape) {
    this.#path = path;
    this.#costs = costs;
    this.#shape = shape;
    const files = shape.isOneFile ? 1 : shape.driveCount;
    this.#modifiedTick = new Float64Array(files).fill(-1);
    this.#committedTick = new Float64Array(files).fill(-1);
    this.#commits = new Array(files).fill(undefined);
  }

  /** The file on `drive` is being written at `atPs`. */
  wrote(drive: number, atPs: number): void {
    this.#modifiedTick[this.#fileOf(drive)] = Math.floor(atPs / TICK_PS);
  }

  /**
   * `owner` wants the file on `drive` to be durable.
   * @param usesWorker its interface hands the call to a kernel worker instead of blocking in it.
   */
  start(
    core: Core,
    owner: number,
    opcode: Opcode,
    drive: number,
    tag: number,
    usesWorker: boolean,
  ): void {
    const { callPs } = this.#costs;
    const { hasVolatileCache } = this.#shape;
    this.#lagPs = 0;
    if (usesWorker) this.#switchTo(core);
    core.charge(CAUSE.ioInterface, callPs);
    const file = this.#fileOf(drive);
    const caller = { owner, tag };
    if (opcode === FLUSH_METADATA && this.#needsCommit(file)) {
      this.#joinCommit(core, file, caller, usesWorker);
      return;
    }
    const steps = hasVolatileCache ? FLUSH_ONLY : NOTHING;
    this.#begin(core, { callers: [caller], file, steps, isCommit: false, usesWorker, tick: 0 });
  }

  /** A command of the sync in `slot` has come back at `atPs`. */
  commandDone(slot: number, core: Core, atPs: number, status: IoStatus): void {
    this.#lagPs = atPs - core.cursorPs;
    const sync = this.#syncs[slot]!;
    if (status !== IO_OK) sync.status = status;
    sync.left -= 1;
    if (sync.left > 0) return;
    // The worker, the journal's thread or the caller itself goes on.
    if (sync.isCommit || sync.usesWorker) this.#switchTo(core);
    // Nothing is committed after an error. [linux-5.x fs/jbd2/commit.c: the journal is aborted]
    if (sync.status !== IO_OK) sync.nextStep = sync.steps.length;
    this.#advance(core, slot);
  }

  /** Queue pairs may have room again from `atPs` on. */
  retry(core: Core, atPs: number): void {
    this.#lagPs = atPs - core.cursorPs;
    const stuck = this.#stuck;
    this.#stuck = [];
    for (const { slot, step, drive } of stuck) this.#send(core, slot, step, drive);
  }

  #fileOf(drive: number): number {
    return this.#shape.isOneFile ? 0 : drive;
  }

  #needsCommit(file: number): boolean {
    return this.#shape.hasJournal && this.#modifiedTick[file]! > this.#committedTick[file]!;
  }

  #joinCommit(core: Core, file: number, caller: Caller, usesWorker: boolean): void {
    const running = this.#commits[file];
    const tick = this.#modifiedTick[file]!;
    if (running !== undefined && running.tick >= tick) {
      running.callers.push(caller);
      return;
    }
    this.#switchTo(core);
    core.charge(CAUSE.fileSystem, this.#costs.journalCommitPs);
    const steps = this.#shape.hasVolatileCache ? COMMIT_WITH_FLUSHES : COMMIT;
    this.#commits[file] = this.#begin(core, {
      callers: [caller],
      file,
      steps,
      isCommit: true,
      usesWorker,
      tick,
    });
  }

  #begin(core: Core, what: Omit<Sync, "nextStep" | "left" | "status">): Sync {
    const slot = this.#freeSlots.pop() ?? this.#syncs.length;
    const sync: Sync = { ...what, nextStep: 0, left: 0, status: IO_OK };
    this.#syncs[slot] = sync;
    this.#advance(core, slot);
    return sync;
  }

  /** Takes the next step, or ends. */
  #advance(core: Core, slot: number): void {
    const sync = this.#syncs[slot]!;
    const step = sync.steps[sync.nextStep];
    if (step === undefined) {
      this.#end(core, slot, sync);
      return;
    }
    sync.nextStep += 1;
    const { isOneFile, driveCount } = this.#shape;
    if (step === "flush" && isOneFile) {
      sync.left = driveCount;
      for (let drive = 0; drive < driveCount; drive++) this.#send(core, slot, step, drive);
    } else {
      sync.left = 1;
      this.#send(core, slot, step, sync.file);
    }
  }

  #send(core: Core, slot: number, step: Step, drive: number): void {
    const journal = Math.max(0, this.#shape.driveBytes - JOURNAL_SPACE);
    let wasSent: boolean;
    if (step === "flush") {
      core.charge(CAUSE.blockLayer, this.#costs.flushPs);
      wasSent = this.#path.sendOwn(core, FLUSH, drive, 0, 0, slot, this.#lagPs);
    } else {
      const bytes = step === "journal" ? JOURNAL_BYTES : COMMIT_BYTES;
      wasSent = this.#path.sendOwn(core, WRITE, drive, journal, bytes, slot, this.#lagPs);
    }
    if (!wasSent) this.#stuck.push({ slot, step, drive });
  }

  #end(core: Core, slot: number, sync: Sync): void {
    this.#syncs[slot] = undefined;
    this.#freeSlots.push(slot);
    if (sync.isCommit) {
      if (this.#commits[sync.file] === sync) this.#commits[sync.file] = undefined;
      if (sync.status === IO_OK) this.#committedTick[sync.file] = sync.tick;
    }
    for (const { owner, tag } of sync.callers) {
      this.#path.deliver(owner, tag, core, core.cursorPs + this.#lagPs, sync.status);
    }
  }

  /** A kernel thread is woken and gets the core. */
  #switchTo(core: Core): void {
    core.charge(CAUSE.wakeUp, this.#costs.wakeUpPs);
    core.charge(CAUSE.contextSwitch, this.#costs.contextSwitchPs);
  }
}
