/**
 * Raw I/O without an engine, as fio does it: each job keeps a number of requests outstanding.
 *
 * Blocks are striped over the drives by the application, one block whole on one drive. A job
 * prepares and submits until its queue is full, then takes what has completed and starts again: at
 * once, or when a whole batch has completed, or when as many have as its plan says; then it fills
 * the queue, batch by batch. [fio-source backend.c do_io, wait_for_completions]
 * After so many writes a job syncs the drive that it wrote last; the sync takes the place of a
 * request in its queue, as fio's does with io_uring. With libaio fio calls fsync(2): what it has
 * submitted goes on meanwhile, but it neither takes completions nor submits more before the sync
 * has returned. [fio-source engines/libaio.c fio_libaio_queue]
 * A job that needs several completions waits for all of them in one call, if the system has one,
 * and looks at the clock when it has them, so that their latencies end together.
 * [fio-source io_u.c io_u_queued_complete, init_icd]
 * With a rate limit it also waits until its next request is due; what it missed it makes up for.
 * The limit is one for reads and one for writes, as fio's: whichever is due is asked for, so that a
 * mix that is held back by both has as many of each.
 */
import { RandomStream } from "../base/random.ts";
import { PS_PER_SECOND } from "../base/units.ts";
import type { IoChannel, Opcode, StorageFacet, Thread, ThreadTask, Until } from "../os/model.ts";
import { CATCH_UP, FLUSH, FLUSH_METADATA, NOP, READ, WRITE } from "../os/model.ts";
import type { Window } from "./job-statistics.ts";
import { JobStatistics } from "./job-statistics.ts";

/** Most completions that a job takes at a time; the operating system may return fewer. */
const REAP_LIMIT = 64;

/** One job's share of the workload. */
export interface RawIoPlan {
  /** Requests do nothing. */
  readonly isNop: boolean;
  readonly isRandom: boolean;
  /** Share of reads, 0 … 100. */
  readonly readPercent: number;
  readonly blockBytes: number;
  readonly ioDepth: number;
  /** A call returns when its request has completed. */
  readonly isBlocking: boolean;
  /** Requests handed over at a time, at most. */
  readonly submitBatch: number;
  /** Places that must be free before it hands over more; undefined: those of a whole batch. */
  readonly completeMin?: number | undefined;
  /** Completions that it takes at a time; undefined: as many as there are, or nearly so. */
  readonly completeBatch?: number | undefined;
  /** Random requests choose a drive anew after so many: any of them, or the next one. */
  readonly fileService: { readonly goesRound: boolean; readonly requests: number };
  readonly driveCount: number;
  /** Each job has drives of its own, given out in turn, instead of all. */
  readonly hasOwnDrives: boolean;
  /** Bytes of each drive that take part. */
  readonly spanBytes: number;
  readonly jobs: number;
  /** Most reads and most writes per second of each job; 0: no limit. */
  readonly rateIops: number;
  readonly syncOpcode: typeof FLUSH | typeof FLUSH_METADATA;
  /** Writes of a job between two of its syncs; 0: it does not sync. */
  readonly writesPerSync: number;
  /** Names the jobs' random streams, each followed by its number. */
  readonly streamName: string;
  readonly seed: number;
}

export class RawIoJob {
  readonly statistics: JobStatistics;
  /** Set to end the job: it submits nothing more and ends when everything has completed. */
  isStopping = false;

  readonly #plan: RawIoPlan;
  readonly #storage: StorageFacet;
  readonly #random: RandomStream;
  /** Blocks of one drive that take part. */
  readonly #blocks: number;
  /** The job's drives: how many, the first one, and the distance from one to the next. */
  readonly #driveCount: number;
  readonly #firstDrive: number;
  readonly #driveStep: number;
  /** Where the next request goes: one of the job's drives, and a block of it. */
  #drive = 0;
  #block = 0;
  /** Random requests that go to the same drive before another is chosen. */
  #staying = 0;
  /** Writes since the last sync, and the drive of the last one. */
  #unsynced = 0;
  #writtenDrive = 0;
  readonly #freeTags: Int32Array;
  #freeCount: number;
  readonly #opcodes: Uint8Array;
  /** Per tag, side by side: when it was prepared and when it was handed over. */
  readonly #timesPs: Float64Array;
  /** Tags of the batch being prepared. */
  readonly #batch: Int32Array;
  /** Tags of completions that were found while the job still waits for others. */
  readonly #found: Int32Array;
  #foundCount = 0;
  /** Free places without which nothing is prepared. */
  readonly #leastFree: number;
  /** Had them, and goes on until its queue is full. */
  #isFilling = false;
  /** Time between two requests of one direction at the rate limit. */
  readonly #requestPs: number;
  /** When the next read and the next write are due, by opcode, and when the earlier of them is. */
  readonly #duesPs: Float64Array;
  #duePs: number;

  /** @param index this job's number, 0 ≤ index < plan.jobs. */
  constructor(index: number, plan: RawIoPlan, storage: StorageFacet, window: Window) {
    this.statistics = new JobStatistics(window, plan.isBlocking);
    this.#plan = plan;
    this.#storage = storage;
    this.#random = new RandomStream(plan.seed, `${plan.streamName} ${index}`);
    this.#blocks = Math.floor(plan.spanBytes / plan.blockBytes);
    this.#driveStep = plan.hasOwnDrives ? plan.jobs : 1;
    this.#firstDrive = plan.hasOwnDrives ? index % plan.driveCount : 0;
    this.#driveCount = Math.ceil((plan.driveCount - this.#firstDrive) / this.#driveStep);
    // A sequential job begins at its own share of its drives, and steps before each request.
    const first = Math.floor((index / plan.jobs) * this.#driveCount * this.#blocks);
    this.#drive = (first % this.#driveCount) - 1;
    this.#block = Math.floor(first / this.#driveCount);
    const depth = plan.ioDepth;
    this.#freeTags = Int32Array.from({ length: depth }, (_, tag) => depth - 1 - tag);
    this.#freeCount = depth;
    this.#opcodes = new Uint8Array(depth);
    this.#timesPs = new Float64Array(2 * depth);
    this.#batch = new Int32Array(Math.min(depth, plan.submitBatch));
    this.#found = new Int32Array(depth);
    this.#leastFree = Math.min(depth, plan.completeMin ?? plan.submitBatch);
    const { rateIops } = plan;
    this.#requestPs = rateIops === 0 ? 0 : PS_PER_SECOND / rateIops;
    // Jobs take turns within the interval.
    this.#duePs = (index / plan.jobs) * this.#batch.length * this.#requestPs;
    this.#duesPs = new Float64Array(2);
    this.#duesPs[READ] = plan.readPercent > 0 ? this.#duePs : Number.POSITIVE_INFINITY;
    this.#duesPs[WRITE] = plan.readPercent < 100 ? this.#duePs : Number.POSITIVE_INFINITY;
  }

  /** The job's control flow. */
  *body(thread: Thread): ThreadTask {
    const channel = this.#storage.openChannel(thread, this.#plan.ioDepth);
    const reapLimit = Math.min(REAP_LIMIT, this.#plan.completeBatch ?? REAP_LIMIT);
    const syncChannel = this.#plan.writesPerSync > 0 ? channel.openSyncChannel?.() : undefined;
    const pause: Until = { kind: "until", atPs: 0, other: channel.completionWait };
    while (true) {
      // The thread may be on another core after each yield.
      while (this.#mayPrepare() && this.#duePs <= thread.core.cursorPs) {
        if (syncChannel !== undefined && this.#isSyncDue) {
          yield* this.#syncNow(syncChannel, thread);
          continue;
        }
        let batchSize = Math.min(this.#freeCount, this.#batch.length);
        for (let position = 0; position < batchSize; position++) {
          if (syncChannel !== undefined && this.#isSyncDue) {
            batchSize = position;
            break;
          }
          const tag = this.#choose(position, thread.core.cursorPs);
          const opcode = this.#opcodes[tag] as Opcode;
          if (opcode === FLUSH || opcode === FLUSH_METADATA) {
            channel.prepare(opcode, this.#writtenDrive, 0, 0, tag);
            continue;
          }
          this.#aim();
          const { blockBytes } = this.#plan;
          const drive = this.#firstDrive + this.#drive * this.#driveStep;
          channel.prepare(opcode, drive, this.#block * blockBytes, blockBytes, tag);
          if (opcode === WRITE) this.#writtenDrive = drive;
        }
        channel.submit(true);
        while (channel.isSubmitting === true) {
          yield CATCH_UP;
          channel.submit(true);
        }
        for (let position = 0; position < batchSize; position++) {
          this.#timesPs[2 * this.#batch[position]! + 1] = thread.core.cursorPs;
        }
        if (thread.isAhead() && this.#mayPrepare()) yield CATCH_UP;
      }
      if (this.isStopping && this.statistics.outstanding === 0) return;
      let found = this.#take(channel, reapLimit, thread);
      // Inside a call nothing can be submitted; a callback can do that.
      while (channel.isCut === true && channel.callsBack !== true) {
        yield CATCH_UP;
        found += this.#take(channel, reapLimit, thread);
      }
      if (found > 0) {
        if (thread.isAhead()) yield CATCH_UP;
      } else if (!this.#mayPrepare()) yield channel.completionWait;
      else if (this.#duePs > thread.core.cursorPs) {
        pause.atPs = Math.ceil(this.#duePs);
        yield pause;
      }
      // Else the next batch has become due while the job looked for completions.
    }
  }

  /** One look for completions, or a part of one; returns how many it took. */
  #take(channel: IoChannel, limit: number, thread: Thread): number {
    const missing = this.#leastFree - this.#freeCount - this.#foundCount;
    const found = channel.reap(limit, Math.max(1, missing));
    for (let position = 0; position < found; position++) {
      this.#found[this.#foundCount++] = channel.completed[position]!;
    }
    if (found < missing) return found;
    const { cursorPs } = thread.core;
    for (let position = 0; position < this.#foundCount; position++) {
      this.#complete(this.#found[position]!, cursorPs);
    }
    this.#foundCount = 0;
    return found;
  }

  get #isSyncDue(): boolean {
    const { writesPerSync } = this.#plan;
    return writesPerSync > 0 && this.#unsynced === writesPerSync;
  }

  /** Syncs by a call that blocks: the job does nothing else before it returns. */
  *#syncNow(channel: IoChannel, thread: Thread): ThreadTask {
    const tag = this.#choose(0, thread.core.cursorPs);
    channel.prepare(this.#opcodes[tag] as Opcode, this.#writtenDrive, 0, 0, tag);
    this.#timesPs[2 * tag + 1] = thread.core.cursorPs;
    channel.submit();
    while (channel.reap(1) === 0) yield channel.completionWait;
    this.#complete(tag, thread.core.cursorPs);
    if (thread.isAhead()) yield CATCH_UP;
  }

  #mayPrepare(): boolean {
    if (this.isStopping) return false;
    return this.#freeCount >= this.#leastFree || this.#isFilling;
  }

  /** Takes a free tag for the next request and decides its direction. */
  #choose(position: number, nowPs: number): number {
    this.#freeCount -= 1;
    this.#isFilling = this.#plan.completeMin !== undefined && this.#freeCount > 0;
    const tag = this.#freeTags[this.#freeCount]!;
    this.#batch[position] = tag;
    const { readPercent } = this.#plan;
    this.#timesPs[2 * tag] = nowPs;
    if (this.#isSyncDue) {
      this.#unsynced = 0;
      this.#opcodes[tag] = this.#plan.syncOpcode;
      this.statistics.syncPrepared();
      return tag;
    }
    let isRead = readPercent === 100 || (readPercent > 0 && this.#random.below(100) < readPercent);
    if (this.#requestPs > 0) isRead = this.#takeTurn(isRead, nowPs);
    this.#opcodes[tag] = this.#plan.isNop ? NOP : isRead ? READ : WRITE;
    if (!isRead) this.#unsynced += 1;
    this.statistics.prepared(nowPs);
    return tag;
  }

  /**
   * Gives up the next turn of reads or of writes: of those that were drawn, or of the others if
   * they are due earlier and these not yet. [fio-source io_u.c rate_ddir]
   */
  #takeTurn(isReadDrawn: boolean, nowPs: number): boolean {
    const dues = this.#duesPs;
    const drawn = isReadDrawn ? READ : WRITE;
    const other = isReadDrawn ? WRITE : READ;
    const taken = dues[drawn]! > nowPs && dues[other]! < dues[drawn]! ? other : drawn;
    dues[taken]! += this.#requestPs;
    this.#duePs = Math.min(dues[READ]!, dues[WRITE]!);
    return taken === READ;
  }

  /** Picks the next block. */
  #aim(): void {
    if (this.#plan.isRandom) this.#aimAnywhere();
    else this.#aimNext();
  }

  #aimAnywhere(): void {
    if (this.#staying > 0) {
      this.#staying -= 1;
      this.#block = this.#random.below(this.#blocks);
      return;
    }
    const { fileService } = this.#plan;
    const driveCount = this.#driveCount;
    this.#staying = fileService.requests - 1;
    const any = this.#random.below(driveCount * this.#blocks);
    this.#block = Math.floor(any / driveCount);
    const anyDrive = any - this.#block * driveCount;
    this.#drive = fileService.goesRound ? (this.#drive + 1) % driveCount : anyDrive;
  }

  /** The block after the last, drive by drive. */
  #aimNext(): void {
    this.#drive += 1;
    if (this.#drive < this.#driveCount) return;
    this.#drive = 0;
    this.#block = this.#block + 1 === this.#blocks ? 0 : this.#block + 1;
  }

  #complete(tag: number, nowPs: number): void {
    const { statistics } = this;
    const opcode = this.#opcodes[tag]!;
    const isSync = opcode === FLUSH || opcode === FLUSH_METADATA;
    const direction = opcode === WRITE ? statistics.write : statistics.read;
    const movesNothing = isSync || opcode === NOP;
    statistics.completed(
      isSync ? statistics.sync : direction,
      movesNothing ? 0 : this.#plan.blockBytes,
      this.#timesPs[2 * tag]!,
      this.#timesPs[2 * tag + 1]!,
      nowPs,
    );
    this.#freeTags[this.#freeCount] = tag;
    this.#freeCount += 1;
  }
}
