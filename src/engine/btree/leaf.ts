/**
 * One record of one leaf: found, and changed, logged first.
 *
 * All of this is plain: the leaf is latched, or nobody else runs meanwhile. Whoever calls gives the
 * frame a new version afterwards. Room is made before a change is logged.
 */
import type { BufferPool } from "../buffer/buffer-pool.ts";
import {
  freeBytes,
  insertAt,
  recordBytes,
  removeAt,
  replaceValueAt,
  valueLength,
  valueView,
} from "../page/slotted-page.ts";
import type { ChangeLog, LogOwner } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";

export class LeafRecords {
  readonly #pool: BufferPool;
  readonly #log: ChangeLog;
  /** Values while they are changed, by length. */
  readonly #scratch: Uint8Array[] = [];

  constructor(pool: BufferPool, log: ChangeLog) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Whether the leaf at `base` has no room for one more record of this size. */
  isFull(base: number, keyBytes: number, valueBytes: number): boolean {
    const { memory } = this.#pool;
    return recordBytes(memory, base, keyBytes, valueBytes) > freeBytes(memory, base);
  }

  /** Whether the record at `position` cannot get a value of this size. */
  isTooFull(base: number, position: number, valueBytes: number): boolean {
    const { memory } = this.#pool;
    // Padding may cost up to three bytes more than the values differ by.
    const more = valueBytes - valueLength(memory, base, position);
    return more > 0 && more + 3 > freeBytes(memory, base);
  }

  insert(
    worker: Worker,
    owner: LogOwner,
    frame: number,
    position: number,
    key: Uint8Array,
    value: Uint8Array,
  ): void {
    const { memory, frames } = this.#pool;
    const base = frames.base(frame);
    this.#pool.beforeStore(frame, worker);
    const lsn = this.#log.insert(owner, memory, base, position, key, value);
    insertAt(memory, base, position, key, value);
    frames.markDirty(frame, lsn);
  }

  remove(worker: Worker, owner: LogOwner, frame: number, position: number, key: Uint8Array): void {
    const { memory, frames } = this.#pool;
    const base = frames.base(frame);
    this.#pool.beforeStore(frame, worker);
    const value = valueView(memory, base, position);
    const lsn = this.#log.remove(owner, memory, base, position, key, value);
    removeAt(memory, base, position);
    frames.markDirty(frame, lsn);
  }

  replace(
    worker: Worker,
    owner: LogOwner,
    frame: number,
    position: number,
    key: Uint8Array,
    value: Uint8Array,
  ): void {
    const { memory, frames } = this.#pool;
    const base = frames.base(frame);
    this.#pool.beforeStore(frame, worker);
    const before = valueView(memory, base, position);
    const lsn = this.#log.replace(owner, memory, base, position, key, before, value);
    replaceValueAt(memory, base, position, value);
    frames.markDirty(frame, lsn);
  }

  /** Lets `change` work on a copy of the value, and replaces the value by it. */
  change(
    worker: Worker,
    owner: LogOwner,
    frame: number,
    position: number,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): void {
    const { memory, frames } = this.#pool;
    const before = valueView(memory, frames.base(frame), position);
    const after = this.#scratchOf(before.length);
    after.set(before);
    change(after);
    this.replace(worker, owner, frame, position, key, after);
  }

  #scratchOf(bytes: number): Uint8Array {
    this.#scratch[bytes] ??= new Uint8Array(bytes);
    return this.#scratch[bytes];
  }
}
