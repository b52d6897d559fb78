/**
 * The write-ahead log: what the tree and transactions say becomes records, and records durable.
 *
 * Torn pages: the first change of a page after a checkpoint's redo point logs the page as a whole
 * before the change, as PostgreSQL's full_page_writes does. Redo begins at that image, so it does
 * not matter what a torn write left on the drive. Where the drive writes a page atomically, images
 * can be switched off.
 *
 * I1  Every change of a page after `redoLsn` is behind an image of that page in the log (unless
 *     off).
 * I2  A record of a leaf change carries what redo needs (page, slot) and what undo needs (tree,
 *     key, what was there before); a compensation record needs no undo and names the next one to
 *     undo.
 */
import type { EngineTask } from "../model.ts";
import { pageIdOf, pageLsn, treeIdOf } from "../page/page-header.ts";
import type { PageMemory } from "../page/page-memory.ts";
import { freeGap } from "../page/redo.ts";
import {
  copyBytes,
  UNDO_INSERT,
  UNDO_PATCH,
  UNDO_REMOVE,
  UNDO_REPLACE,
} from "../transaction/undo-list.ts";
import type { Worker } from "../worker.ts";
import type { LogOwner, TransactionLog } from "./change-log.ts";
import { GroupCommit } from "./group-commit.ts";
import { LEAF_HEADER_BYTES } from "./leaf-record.ts";
import type { LogArea } from "./log-area.ts";
import { LogBuffer } from "./log-buffer.ts";
import {
  ABORTED,
  COMMIT,
  COMPENSATION,
  HEADER_BYTES,
  IMAGE,
  INSERT,
  PATCH,
  REMOVE,
  REPLACE,
  type RecordKind,
  STRUCTURE,
} from "./log-record.ts";
import type { MasterRecord } from "./master-record.ts";

const NO_BYTES = new Uint8Array(0);

/** Words of an image before its bytes: the gap that is left out. */
export const IMAGE_HEADER_BYTES = 8;
/** Words of a structure change before its payload: kind and length. */
export const STRUCTURE_HEADER_BYTES = 4;

/** Where a new life of the log begins. */
export interface LogStart {
  readonly area: LogArea;
  readonly master: MasterRecord;
  /** A multiple of the block size. */
  readonly endLsn: number;
  readonly fullPageImages: boolean;
}

export class WriteAheadLog implements TransactionLog {
  readonly buffer: LogBuffer;
  readonly groupCommit: GroupCommit;
  readonly area: LogArea;
  /** What the array holds as the latest master record. */
  master: MasterRecord;
  /** Changes from here on need an image of their page first; moves when a checkpoint begins. */
  redoLsn: number;
  readonly #fullPageImages: boolean;

  constructor({ area, master, endLsn, fullPageImages }: LogStart) {
    this.area = area;
    this.master = master;
    this.redoLsn = master.redoLsn;
    this.buffer = new LogBuffer(master.epoch, endLsn);
    this.groupCommit = new GroupCommit(this.buffer, area, master.scanLsn);
    this.#fullPageImages = fullPageImages;
  }

  get durableLsn(): number {
    return this.groupCommit.durableLsn;
  }

  assertAlive(): void {
    this.groupCommit.assertAlive();
  }

  /** LSN after the last record. */
  get endLsn(): number {
    return this.buffer.endLsn;
  }

  flushUpTo(lsn: number, worker: Worker): EngineTask<void> {
    return this.groupCommit.flushUpTo(lsn, worker);
  }

  insert(
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    value: Uint8Array,
  ): number {
    return this.#leafChange(INSERT, owner, memory, base, slot, key, NO_BYTES, value);
  }

  remove(
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    value: Uint8Array,
  ): number {
    return this.#leafChange(REMOVE, owner, memory, base, slot, key, value, NO_BYTES);
  }

  replace(
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    before: Uint8Array,
    after: Uint8Array,
  ): number {
    if (before.length !== after.length) {
      return this.#leafChange(REPLACE, owner, memory, base, slot, key, before, after);
    }
    const from = firstDifference(before, after);
    if (from === before.length) return pageLsn(memory, base);
    const to = lastDifference(before, after) + 1;
    return this.#leafChange(PATCH, owner, memory, base, slot, key, before, after, from, to);
  }

  image(memory: PageMemory, base: number): number {
    const [from, to] = freeGap(memory, base);
    const { pageBytes, bytes } = memory;
    const { buffer } = this;
    const length = IMAGE_HEADER_BYTES + from + pageBytes - to;
    const at = buffer.start(IMAGE, 0, 0, 0, pageIdOf(memory, base), length);
    buffer.words[at >> 2] = from;
    buffer.words[(at >> 2) + 1] = to;
    const start = at + IMAGE_HEADER_BYTES;
    buffer.bytes.set(bytes.subarray(base, base + from), start);
    buffer.bytes.set(bytes.subarray(base + to, base + pageBytes), start + from);
    return buffer.finish();
  }

  structure(memory: PageMemory, base: number, kind: number, payload: Uint8Array): number {
    this.#imageIfNeeded(memory, base);
    const { buffer } = this;
    const length = STRUCTURE_HEADER_BYTES + payload.length;
    const at = buffer.start(STRUCTURE, 0, 0, 0, pageIdOf(memory, base), length);
    buffer.words[at >> 2] = kind | (payload.length << 8);
    buffer.bytes.set(payload, at + STRUCTURE_HEADER_BYTES);
    return buffer.finish();
  }

  beginGroup(): void {
    this.buffer.beginGroup();
  }

  endGroup(): void {
    this.buffer.endGroup();
  }

  commit(owner: LogOwner): number {
    return this.#end(COMMIT, owner);
  }

  aborted(owner: LogOwner): number {
    return this.#end(ABORTED, owner);
  }

  #end(kind: RecordKind, owner: LogOwner): number {
    this.buffer.start(kind, 0, owner.transactionId, owner.lastLsn, 0, 0);
    return this.buffer.finish();
  }

  #imageIfNeeded(memory: PageMemory, base: number): void {
    if (this.#fullPageImages && pageLsn(memory, base) <= this.redoLsn) this.image(memory, base);
  }

  /** Of both values the bytes [from, to) are logged; to 0: all. */
  #leafChange(
    kind: RecordKind,
    owner: LogOwner,
    memory: PageMemory,
    base: number,
    slot: number,
    key: Uint8Array,
    before: Uint8Array,
    after: Uint8Array,
    from = 0,
    to = 0,
  ): number {
    this.#imageIfNeeded(memory, base);
    const { buffer } = this;
    const isUndo = owner.undoNextLsn >= 0;
    const treeId = treeIdOf(memory, base);
    const beforeEnd = isUndo ? from : to === 0 ? before.length : to;
    const afterEnd = to === 0 ? after.length : to;
    const changed = beforeEnd + afterEnd - 2 * from;
    const at = buffer.start(
      kind,
      isUndo ? COMPENSATION : 0,
      owner.transactionId,
      owner.lastLsn,
      pageIdOf(memory, base),
      LEAF_HEADER_BYTES + key.length + changed,
    );
    const { words, bytes, recordLsn } = buffer;
    const word = at >> 2;
    words[word] = treeId | (key.length << 16);
    words[word + 1] = (beforeEnd - from) | ((afterEnd - from) << 16);
    words[word + 2] = slot | (from << 16);
    words[word + 3] = isUndo && owner.undoNextLsn > 0 ? recordLsn - owner.undoNextLsn : 0;
    let end = copyBytes(key, 0, key.length, bytes, at + LEAF_HEADER_BYTES);
    end = copyBytes(before, from, beforeEnd, bytes, end);
    copyBytes(after, from, afterEnd, bytes, end);
    if (owner.firstLsn === 0) owner.firstLsn = recordLsn;
    owner.lastLsn = recordLsn;
    owner.logBytes += HEADER_BYTES + LEAF_HEADER_BYTES + key.length + changed;
    if (!isUndo) {
      owner.undo.push(undoOf(kind), treeId, from, key, before, from, beforeEnd, recordLsn);
    }
    return buffer.finish();
  }
}

/** The kind of undo of each kind of leaf change. */
export function undoOf(kind: number): number {
  switch (kind) {
    case INSERT:
      return UNDO_INSERT;
    case REMOVE:
      return UNDO_REMOVE;
    case REPLACE:
      return UNDO_REPLACE;
    default:
      return UNDO_PATCH;
  }
}

/** Index of the first byte that differs; the length when none does. */
export function firstDifference(before: Uint8Array, after: Uint8Array): number {
  let index = 0;
  while (index < before.length && before[index] === after[index]) index += 1;
  return index;
}

/** Index of the last byte that differs. */
export function lastDifference(before: Uint8Array, after: Uint8Array): number {
  let index = before.length - 1;
  while (before[index] === after[index]) index -= 1;
  return index;
}
