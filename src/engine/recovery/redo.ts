/**
 * Redo: every logged change that a page has missed is made again, page by page, in log order.
 *
 * Pages are independent: a record changes one page, and says where. So redo needs no buffer pool:
 * it reads a batch of pages, brings them up to date, and writes them. A page whose first record is
 * an image is not read at all, which is how a torn page is repaired.
 *
 * I1  A change is made exactly if its LSN is above the page's; so redo may crash and begin again.
 */
import { IoFailure, type PageIo, WRONG_CONTENT } from "../buffer/page-io.ts";
import type { EngineTask } from "../model.ts";
import { isPageIntact, pageLsn, setPageLsn } from "../page/page-header.ts";
import { allocatePages, type PageMemory } from "../page/page-memory.ts";
import { redoInsert, redoRemove, redoReplace, redoStructure } from "../page/redo.ts";
import { valueView } from "../page/slotted-page.ts";
import { afterOf, keyOf, offsetOfRecord, slotOfRecord } from "../wal/leaf-record.ts";
import {
  HEADER_BYTES,
  IMAGE,
  INSERT,
  isLeafChange,
  PATCH,
  REMOVE,
  type RecordView,
  STRUCTURE,
} from "../wal/log-record.ts";
import { IMAGE_HEADER_BYTES, STRUCTURE_HEADER_BYTES } from "../wal/write-ahead-log.ts";
import type { IoOwner, Worker } from "../worker.ts";
import type { LogReader } from "./log-reader.ts";

const BATCH_PAGES = 64;
const READ_ATTEMPTS = 3;

/** Which records each page may have missed. */
export class RedoPlan {
  readonly #lsns = new Map<number, number[]>();

  constructor(log: LogReader, redoLsn: number) {
    log.forEach(redoLsn, ({ kind, page, lsn }) => {
      if (kind !== IMAGE && kind !== STRUCTURE && !isLeafChange(kind)) return;
      const lsns = this.#lsns.get(page);
      if (lsns === undefined) this.#lsns.set(page, [lsn]);
      else lsns.push(lsn);
    });
  }

  /** Pages that the log has changed, ascending. */
  pages(): number[] {
    return [...this.#lsns.keys()].sort((one, other) => one - other);
  }

  /** LSNs of the page's records, in log order. */
  lsnsOf(page: number): readonly number[] {
    return this.#lsns.get(page) ?? [];
  }
}

export class Redo implements IoOwner {
  /** Changes made again. */
  redone = 0;
  readonly #worker: Worker;
  readonly #log: LogReader;
  readonly #plan: RedoPlan;
  readonly #io: PageIo;
  readonly #memory: PageMemory;
  readonly #statuses = new Int32Array(BATCH_PAGES);
  #outstanding = 0;

  constructor(worker: Worker, log: LogReader, plan: RedoPlan, io: PageIo, pageBytes: number) {
    this.#worker = worker;
    this.#log = log;
    this.#plan = plan;
    this.#io = io;
    this.#memory = allocatePages(pageBytes, BATCH_PAGES);
  }

  /** Brings every page up to date on the drives; not flushed yet. */
  *run(): EngineTask<void> {
    const pages = this.#plan.pages();
    for (let from = 0; from < pages.length; from += BATCH_PAGES) {
      const batch = pages.slice(from, from + BATCH_PAGES);
      yield* this.#read(batch);
      const changed = batch.filter((page, index) => this.#bringUpToDate(page, index));
      yield* this.#write(batch, changed);
    }
  }

  ioCompleted(_worker: Worker, index: number, status: number): void {
    this.#outstanding -= 1;
    this.#statuses[index] = status;
  }

  #base(index: number): number {
    return index * this.#memory.pageBytes;
  }

  *#read(batch: readonly number[]): EngineTask<void> {
    this.#statuses.fill(0);
    let wanted = [...batch.keys()].filter((index) => !this.#beginsWithImage(batch[index]!));
    for (let attempt = 0; attempt < READ_ATTEMPTS && wanted.length > 0; attempt++) {
      for (const index of wanted) {
        yield* this.#makeRoom();
        const into = this.#memory.bytes.subarray(this.#base(index), this.#base(index + 1));
        this.#io.startRead(this.#worker, batch[index]!, into, this, index);
        this.#outstanding += 1;
      }
      yield* this.#end();
      wanted = wanted.filter((index) => !this.#isWhole(batch[index]!, index));
    }
    const missing = wanted[0];
    if (missing === undefined) return;
    throw new IoFailure(batch[missing]!, "read", this.#statuses[missing]! || WRONG_CONTENT);
  }

  #isWhole(page: number, index: number): boolean {
    return this.#statuses[index] === 0 && isPageIntact(this.#memory, this.#base(index), page);
  }

  *#write(batch: readonly number[], changed: readonly number[]): EngineTask<void> {
    this.#statuses.fill(0);
    for (const page of changed) {
      yield* this.#makeRoom();
      const index = batch.indexOf(page);
      this.#io.startWrite(this.#worker, page, this.#memory, this.#base(index), this, index);
      this.#outstanding += 1;
    }
    yield* this.#end();
    const failed = this.#statuses.findIndex((status) => status !== 0);
    if (failed >= 0) throw new IoFailure(batch[failed]!, "write", this.#statuses[failed]!);
  }

  *#makeRoom(): EngineTask<void> {
    while (this.#worker.room === 0) {
      this.#worker.submit();
      yield* this.#worker.pause();
    }
  }

  *#end(): EngineTask<void> {
    this.#worker.submit();
    while (this.#outstanding > 0) yield* this.#worker.pause();
  }

  #beginsWithImage(page: number): boolean {
    return this.#log.at(this.#plan.lsnsOf(page)[0]!).kind === IMAGE;
  }

  /** Returns whether the page has missed anything. */
  #bringUpToDate(page: number, index: number): boolean {
    const base = this.#base(index);
    let isBehind = false;
    for (const [position, lsn] of this.#plan.lsnsOf(page).entries()) {
      const record = this.#log.at(lsn);
      const restores = position === 0 && record.kind === IMAGE;
      if (!restores && record.endLsn <= pageLsn(this.#memory, base)) continue;
      redoRecord(this.#memory, base, record);
      this.redone += 1;
      isBehind = true;
    }
    return isBehind;
  }
}

/** Makes one logged change of a page again. */
function redoRecord(memory: PageMemory, base: number, record: RecordView): void {
  const { kind } = record;
  if (kind === IMAGE) restoreImage(memory, base, record);
  else if (kind === STRUCTURE) redoStructureChange(memory, base, record);
  else if (kind === INSERT) {
    redoInsert(memory, base, slotOfRecord(record), keyOf(record), afterOf(record));
  } else if (kind === REMOVE) redoRemove(memory, base, slotOfRecord(record));
  else if (kind === PATCH) {
    valueView(memory, base, slotOfRecord(record)).set(afterOf(record), offsetOfRecord(record));
  } else redoReplace(memory, base, slotOfRecord(record), afterOf(record));
  setPageLsn(memory, base, record.endLsn);
}

function restoreImage({ bytes, pageBytes }: PageMemory, base: number, record: RecordView): void {
  const body = record.first * 4 + HEADER_BYTES;
  const from = record.words[body >> 2]!;
  const to = record.words[(body >> 2) + 1]!;
  const start = body + IMAGE_HEADER_BYTES;
  bytes.set(record.bytes.subarray(start, start + from), base);
  bytes.fill(0, base + from, base + to);
  bytes.set(record.bytes.subarray(start + from, start + from + pageBytes - to), base + to);
}

function redoStructureChange(memory: PageMemory, base: number, record: RecordView): void {
  const body = record.first * 4 + HEADER_BYTES;
  const head = record.words[body >> 2]!;
  const start = body + STRUCTURE_HEADER_BYTES;
  const payload = record.bytes.subarray(start, start + (head >>> 8));
  redoStructure(memory, base, head & 0xff, payload);
}
