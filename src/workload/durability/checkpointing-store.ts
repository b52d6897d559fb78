/**
 * A small database process that checkpoints into a file: what fsyncgate does to such a process, and
 * what saves it.
 *
 * Each transaction writes its own slot of a data page in memory and a log record, which is durable
 * before the transaction is acknowledged. A checkpoint writes the changed pages to the data file,
 * syncs it and, when it believes them durable, lets the log before them go.
 *
 * When the sync fails, `retry` syncs again until it succeeds; `panic` ends the process, whose
 * successor replays the log since the last checkpoint that succeeded: that writes all pages anew.
 *
 * The log is on drive 0, written directly; the data file on drive 1, through the page cache or
 * directly. A direct write that fails says so itself, and is repeated.
 */
import {
  type BufferedIo,
  CATCH_UP,
  type FailedPages,
  FLUSH,
  FLUSH_METADATA,
  IO_OK,
  type IoChannel,
  type Opcode,
  type OperatingSystem,
  READ,
  type Thread,
  type ThreadTask,
  type Wait,
  WRITE,
} from "../../os/model.ts";
import { Diary, type DiaryState, rangeText, slotsText } from "./diary.ts";

export const PAGE_BYTES = 4_096;
const LOG_DRIVE = 0;
export const DATA_DRIVE = 1;
const SLOT_BYTES = 8;
/** Transactions fill page after page; a page that is full is not written again. */
const SLOTS = 32;
/** The log's first page says where redo begins. */
const MASTER_OFFSET = 0;

export interface DurabilityPlan {
  readonly transactions: number;
  readonly transactionsPerCheckpoint: number;
  readonly file: "buffered" | "direct";
  readonly onSyncError: "retry" | "panic";
  readonly failedPages: FailedPages;
}

/** Where transaction `number` (from 1) leaves its trace. */
const placeOf = (number: number): { readonly page: number; readonly at: number } => ({
  page: Math.floor(number / SLOTS),
  at: (number % SLOTS) * SLOT_BYTES,
});

/** Transactions whose traces a page holds. */
function slotsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: SLOTS }, (_, slot) => view.getUint32(slot * SLOT_BYTES, true)).filter(
    (number) => number > 0,
  );
}

const logOffset = (number: number): number => number * PAGE_BYTES;

function write(pages: readonly Uint8Array[], number: number): void {
  const { page, at } = placeOf(number);
  const bytes = pages[page]!;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, number, true);
}

const emptyPages = (transactions: number): Uint8Array[] =>
  Array.from({ length: placeOf(transactions).page + 1 }, () => new Uint8Array(PAGE_BYTES));

export class CheckpointingStore {
  acknowledged = 0;
  failedSyncs = 0;
  restarts = 0;
  hasEnded = false;

  readonly #plan: DurabilityPlan;
  readonly #system: OperatingSystem;
  #pages: Uint8Array[];
  readonly #dirty = new Set<number>();
  /** The first transaction that redo would look at. */
  #redoFrom = 1;
  #cache: BufferedIo | undefined;
  #diary: Diary | undefined;

  constructor(plan: DurabilityPlan, system: OperatingSystem) {
    this.#plan = plan;
    this.#pages = emptyPages(plan.transactions);
    this.#system = system;
  }

  /** From now on everything is taken down. */
  keepDiary(): Diary {
    this.#diary = new Diary(() => this.#look());
    return this.#diary;
  }

  *body(thread: Thread): ThreadTask {
    const { transactions, transactionsPerCheckpoint } = this.#plan;
    const log = this.#system.storage.openChannel(thread, 1);
    const data = this.#openData(thread);
    for (let number = 1; number <= transactions; number++) {
      this.#apply(number);
      yield* this.#append(thread, log, number);
      this.acknowledged = number;
      this.#diary?.acknowledged(thread.core.cursorPs, number);
      if (number % transactionsPerCheckpoint !== 0) continue;
      while (!(yield* this.#checkpoint(thread, data))) yield* this.#restart(thread, log, data);
      yield* this.#moveRedoPoint(thread, log, number + 1);
    }
    this.hasEnded = true;
  }

  /** Acknowledged transactions that nobody would find after losing power now. */
  lostTransactions(): number[] {
    const pages = this.#recovered();
    const all = Array.from({ length: this.acknowledged }, (_, index) => index + 1);
    return all.filter((number) => {
      const { page: index, at } = placeOf(number);
      return new DataView(pages[index]!.buffer).getUint32(at, true) !== number;
    });
  }

  /** Every place once the power has failed, and then once the log has been replayed. */
  afterPowerFailure(): { readonly dark: DiaryState; readonly recovered: DiaryState } {
    const { pages, log } = this.#look();
    const cache = this.#cache && { cache: "gone" };
    const dark = pages.map(({ drive }) => ({ memory: "gone", ...cache, drive }));
    const found = this.#recovered().map((page) => slotsText(slotsOf(page)));
    const recovered = dark.map((page, index) => ({ ...page, memory: found[index]! }));
    return { dark: { pages: dark, log }, recovered: { pages: recovered, log } };
  }

  /** The pages as recovery after a power failure would make them. */
  #recovered(): Uint8Array[] {
    const { media } = this.#system.volume;
    const pages = this.#pagesOnDrive();
    const page = new Uint8Array(PAGE_BYTES);
    const numberIn = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(0, true);
    media?.read(LOG_DRIVE, MASTER_OFFSET, PAGE_BYTES, page);
    for (let number = Math.max(1, numberIn(page)); number <= this.acknowledged; number++) {
      media?.read(LOG_DRIVE, logOffset(number), PAGE_BYTES, page);
      if (numberIn(page) === number) write(pages, number);
    }
    return pages;
  }

  /** Every place as it is now: process, page cache, drives. */
  #look(): DiaryState {
    const onDrive = this.#pagesOnDrive();
    const pages = this.#pages.map((memory, index) => {
      const cached = this.#cache?.cached(DATA_DRIVE, index * PAGE_BYTES);
      const state = {
        memory: slotsText(slotsOf(memory)),
        drive: slotsText(slotsOf(onDrive[index]!)),
      };
      if (this.#cache === undefined) return state;
      const dirty = cached === undefined ? "" : cached.isDirty ? ", dirty" : ", clean";
      return { ...state, cache: `${slotsText(cached ? slotsOf(cached.bytes) : [])}${dirty}` };
    });
    const isEmpty = this.acknowledged < this.#redoFrom;
    return { pages, log: isEmpty ? "nothing" : rangeText(this.#redoFrom, this.acknowledged) };
  }

  #pagesOnDrive(): Uint8Array[] {
    const pages = emptyPages(this.#plan.transactions);
    for (const [index, bytes] of pages.entries()) {
      this.#system.volume.media?.read(DATA_DRIVE, index * PAGE_BYTES, PAGE_BYTES, bytes);
    }
    return pages;
  }

  #openData(thread: Thread): IoChannel {
    const { storage } = this.#system;
    const { file, failedPages } = this.#plan;
    if (file === "buffered") this.#cache = storage.openBuffered?.(thread, failedPages);
    return this.#cache ?? storage.openChannel(thread, 1);
  }

  #apply(number: number): void {
    write(this.#pages, number);
    this.#dirty.add(placeOf(number).page);
  }

  *#append(thread: Thread, log: IoChannel, number: number): Generator<Wait, void> {
    const record = new Uint8Array(PAGE_BYTES);
    new DataView(record.buffer).setUint32(0, number, true);
    yield* done(thread, log, WRITE, LOG_DRIVE, logOffset(number), record);
    yield* done(thread, log, FLUSH, LOG_DRIVE, 0);
  }

  /** Returns whether the data file took everything. */
  *#checkpoint(thread: Thread, data: IoChannel): Generator<Wait, boolean> {
    for (const index of this.#dirty) {
      const offset = index * PAGE_BYTES;
      const page = this.#pages[index]!;
      let status: number;
      do {
        status = yield* done(thread, data, WRITE, DATA_DRIVE, offset, page);
        const tone = status === IO_OK ? undefined : "good";
        this.#note(thread, `checkpoint: write() of page ${index} ${answerOf(status)}`, tone);
      } while (status !== IO_OK);
    }
    this.#dirty.clear();
    while ((yield* this.#sync(thread, data)) !== IO_OK) {
      this.failedSyncs += 1;
      if (this.#plan.onSyncError === "panic") return false;
    }
    return true;
  }

  *#sync(thread: Thread, data: IoChannel): Generator<Wait, number> {
    this.#note(thread, "fsync() of the data file");
    this.#diary?.beginCall();
    const status = yield* done(thread, data, FLUSH_METADATA, DATA_DRIVE, 0);
    const isIdle = this.#diary?.writesSinceCall === 0;
    const tone = status === IO_OK ? undefined : "bad";
    this.#note(thread, `fsync() ${answerOf(status)}${isIdle ? "; nothing was dirty" : ""}`, tone);
    return status;
  }

  /** The process ends, and a new one recovers: from the files as the system shows them. */
  *#restart(thread: Thread, log: IoChannel, data: IoChannel): Generator<Wait, void> {
    this.restarts += 1;
    this.#pages = emptyPages(this.#plan.transactions);
    this.#dirty.clear();
    this.#note(thread, "the process believes nothing any more and ends itself", "good");
    for (let index = 0; index < this.#pages.length; index++) {
      const page = this.#pages[index]!;
      yield* done(thread, data, READ, DATA_DRIVE, index * PAGE_BYTES, page);
    }
    this.#note(thread, "a new process reads the data file");
    const record = new Uint8Array(PAGE_BYTES);
    const numberOf = (): number => new DataView(record.buffer).getUint32(0, true);
    yield* done(thread, log, READ, LOG_DRIVE, MASTER_OFFSET, record);
    for (let number = Math.max(1, numberOf()); ; number++) {
      yield* done(thread, log, READ, LOG_DRIVE, logOffset(number), record);
      if (numberOf() !== number) break;
      this.#apply(number);
    }
    this.#note(thread, "it replays the log, so that it will write every page again", "good");
  }

  *#moveRedoPoint(thread: Thread, log: IoChannel, number: number): Generator<Wait, void> {
    const master = new Uint8Array(PAGE_BYTES);
    new DataView(master.buffer).setUint32(0, number, true);
    yield* done(thread, log, WRITE, LOG_DRIVE, MASTER_OFFSET, master);
    yield* done(thread, log, FLUSH, LOG_DRIVE, 0);
    this.#redoFrom = number;
    this.#note(thread, `the checkpoint is done: the log before ${number} is let go`);
  }

  #note(thread: Thread, what: string, tone?: "good" | "bad"): void {
    this.#diary?.note(thread.core.cursorPs, "database", what, tone);
  }
}

const answerOf = (status: number): string =>
  status === IO_OK ? "returns: success" : "returns: input/output error";

/** One call to its end; returns its status. */
function* done(
  thread: Thread,
  channel: IoChannel,
  opcode: Opcode,
  drive: number,
  offset: number,
  buffer?: Uint8Array,
): Generator<Wait, number> {
  channel.prepare(opcode, drive, offset, buffer?.length ?? 0, 0, buffer);
  channel.submit();
  while (channel.reap(1) === 0) yield channel.completionWait;
  if (thread.isAhead()) yield CATCH_UP;
  return channel.completedStatus[0]!;
}
