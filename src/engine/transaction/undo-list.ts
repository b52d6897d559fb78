/**
 * How to undo what one transaction did, in memory, newest last.
 *
 * Undo is logical: by tree and key. The list repeats what the log records hold, so that a rollback
 * at run time reads nothing back from the log, and works without one.
 */

/** The key was inserted: remove it. */
export const UNDO_INSERT = 0;
/** The key was removed: insert it with its value. */
export const UNDO_REMOVE = 1;
/** The value was another one: put it back. */
export const UNDO_REPLACE = 2;
/** Some bytes of the value were others: put them back. */
export const UNDO_PATCH = 3;

/** Up to so many bytes a loop is cheaper than `set` on a view. */
const SHORT_COPY = 64;

/** Copies the bytes [from, to) to `at` of `into`; returns where they end there. */
export function copyBytes(
  source: Uint8Array,
  from: number,
  to: number,
  into: Uint8Array,
  at: number,
): number {
  if (to - from > SHORT_COPY) into.set(source.subarray(from, to), at);
  else for (let index = from; index < to; index++) into[at + index - from] = source[index]!;
  return at + to - from;
}

const FIELDS = 5;
const KIND = 0;
const TREE = 1;
const OFFSET = 2;
const KEY_BYTES = 3;
/** Where the entry's bytes begin: key, then what was there before. */
const START = 4;

export class UndoList {
  #entries = new Int32Array(16 * FIELDS);
  /** LSN of each entry's log record. */
  #lsns = new Float64Array(16);
  #bytes = new Uint8Array(1_024);
  #count = 0;
  #end = 0;

  get length(): number {
    return this.#count;
  }

  /**
   * Notes that the bytes [from, to) of `before` were there.
   * @param offset of those bytes inside the value, for `UNDO_PATCH`.
   * @param lsn of the log record; 0: none was written.
   */
  push(
    kind: number,
    treeId: number,
    offset: number,
    key: Uint8Array,
    before: Uint8Array,
    from: number,
    to: number,
    lsn: number,
  ): void {
    const start = this.#end;
    const end = start + key.length + to - from;
    if (end > this.#bytes.length) this.#growBytes(end);
    if (this.#count === this.#lsns.length) this.#growEntries();
    copyBytes(before, from, to, this.#bytes, copyBytes(key, 0, key.length, this.#bytes, start));
    this.#end = end;
    const entries = this.#entries;
    const entry = this.#count * FIELDS;
    entries[entry + KIND] = kind;
    entries[entry + TREE] = treeId;
    entries[entry + OFFSET] = offset;
    entries[entry + KEY_BYTES] = key.length;
    entries[entry + START] = start;
    this.#lsns[this.#count] = lsn;
    this.#count += 1;
  }

  /** Drops the newest entry. */
  pop(): void {
    this.#count -= 1;
    this.#end = this.#entries[this.#count * FIELDS + START]!;
  }

  clear(): void {
    this.#count = 0;
    this.#end = 0;
  }

  /** Fields of the newest entry; bytes are views, valid until the list changes. */
  get kind(): number {
    return this.#last(KIND);
  }
  get treeId(): number {
    return this.#last(TREE);
  }
  get offset(): number {
    return this.#last(OFFSET);
  }
  get key(): Uint8Array {
    const start = this.#last(START);
    return this.#bytes.subarray(start, start + this.#last(KEY_BYTES));
  }
  get before(): Uint8Array {
    return this.#bytes.subarray(this.#last(START) + this.#last(KEY_BYTES), this.#end);
  }
  get lsn(): number {
    return this.#count === 0 ? 0 : this.#lsns[this.#count - 1]!;
  }
  /** LSN of the record before the newest entry's; 0: it is the oldest. */
  get previousLsn(): number {
    return this.#count < 2 ? 0 : this.#lsns[this.#count - 2]!;
  }

  #last(field: number): number {
    return this.#entries[(this.#count - 1) * FIELDS + field]!;
  }

  #growBytes(least: number): void {
    const bytes = new Uint8Array(2 * least);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }

  #growEntries(): void {
    const entries = new Int32Array(2 * this.#entries.length);
    entries.set(this.#entries);
    this.#entries = entries;
    const lsns = new Float64Array(2 * this.#lsns.length);
    lsns.set(this.#lsns);
    this.#lsns = lsns;
  }
}
