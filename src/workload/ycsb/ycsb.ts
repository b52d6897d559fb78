/**
 * YCSB A–F (Cooper et al., SoCC 2010): one operation per transaction on numbered entries; and
 * updates alone.
 *
 * An update replaces one of ten equal fields. Inserted entries are numbered on: client i of n
 * inserts i, i + n, i + 2n … behind the loaded ones, so that no two insert the same.
 */
import { assert } from "../../base/assert.ts";
import type { RandomStream } from "../../base/random.ts";
import { type EngineTask, MISS, type Transaction, type Tree } from "../../engine/model.ts";
import {
  checkEntry,
  ENTRY_KEY_BYTES,
  entryOfKey,
  writeEntryKey,
  writeEntryValue,
} from "../entry-table.ts";
import type { KeyChooser } from "../keys.ts";
import type { TransactionSource } from "../transaction-source.ts";

export const YCSB_KINDS = ["read", "update", "insert", "scan", "read-modify-write"] as const;
type YcsbKind = (typeof YCSB_KINDS)[number];

/** Shares in per cent, in the order of `YCSB_KINDS`. */
export const YCSB_MIXES = {
  a: [50, 50, 0, 0, 0],
  b: [95, 5, 0, 0, 0],
  c: [100, 0, 0, 0, 0],
  d: [95, 0, 5, 0, 0],
  e: [0, 0, 5, 95, 0],
  f: [50, 0, 0, 0, 50],
  update: [0, 100, 0, 0, 0],
} as const satisfies Readonly<Record<string, readonly number[]>>;
export type YcsbMix = keyof typeof YCSB_MIXES;

const FIELDS = 10;
/** What no update touches: the entry's number, which stands first. */
const NUMBER_BYTES = 4;
const SCAN_MAX = 100;

export interface YcsbPlan {
  readonly mix: YcsbMix;
  readonly tree: Tree;
  /** Entries that were loaded. */
  readonly count: number;
  readonly valueBytes: number;
  readonly keys: KeyChooser;
  readonly random: RandomStream;
  /** This client's number, and how many there are. */
  readonly index: number;
  readonly clients: number;
}

export class YcsbClient implements TransactionSource {
  readonly #plan: YcsbPlan;
  readonly #key = new Uint8Array(ENTRY_KEY_BYTES);
  readonly #value: Uint8Array;
  #kind: YcsbKind = "read";
  #entry = 0;
  /** Entries that this client has inserted. */
  #inserted = 0;
  /** Entries that a scan reads, and those still to read. */
  #scanLength = 1;
  #left = 0;
  #fieldFrom = 0;
  #fieldTo = 0;
  #fill = 0;

  constructor(plan: YcsbPlan) {
    this.#plan = plan;
    this.#value = new Uint8Array(plan.valueBytes);
  }

  /** @returns the kind of what was drawn, a position in `YCSB_KINDS`. */
  draw(): number {
    const { mix, keys, random, count, valueBytes } = this.#plan;
    let left = random.below(100);
    let kind = 0;
    while (left >= YCSB_MIXES[mix][kind]!) {
      left -= YCSB_MIXES[mix][kind]!;
      kind += 1;
    }
    this.#kind = YCSB_KINDS[kind]!;
    if (this.#kind === "insert") this.#entry = this.#numberOf(this.#inserted);
    else if (mix === "d") this.#entry = this.#recent();
    else this.#entry = keys.next(count);
    if (this.#kind === "scan") this.#scanLength = 1 + random.below(SCAN_MAX);
    if (this.#kind === "update" || this.#kind === "read-modify-write") {
      const field = random.below(FIELDS);
      // The first field begins with the entry's number; where values are short, fields share bytes.
      const from = Math.max(NUMBER_BYTES, Math.floor((field * valueBytes) / FIELDS));
      this.#fieldFrom = Math.min(from, valueBytes - 1);
      this.#fieldTo = Math.max(
        this.#fieldFrom + 1,
        Math.floor(((field + 1) * valueBytes) / FIELDS),
      );
      this.#fill = random.below(256);
    }
    writeEntryKey(this.#key, this.#entry);
    return kind;
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    const { tree } = this.#plan;
    const key = this.#key;
    switch (this.#kind) {
      case "read":
        yield* this.#read(transaction);
        return true;
      case "read-modify-write":
        yield* this.#read(transaction);
        assert(yield* transaction.update(tree, key, this.#change), "an entry has gone");
        return true;
      case "update":
        assert(yield* transaction.update(tree, key, this.#change), "an entry has gone");
        return true;
      case "insert": {
        writeEntryValue(this.#value, this.#entry);
        assert(yield* transaction.insert(tree, key, this.#value), "an entry is there twice");
        return true;
      }
      case "scan":
        this.#left = this.#scanLength;
        yield* transaction.scan(tree, key, 1, this.#visit);
        return true;
    }
  }

  /** The transaction that was drawn last has committed. */
  committed(): void {
    if (this.#kind === "insert") this.#inserted += 1;
  }

  *#read(transaction: Transaction): EngineTask<void> {
    const { tree } = this.#plan;
    let value = transaction.tryGet(tree, this.#key);
    if (value === MISS) value = yield* transaction.get(tree, this.#key);
    checkEntry(value, this.#entry);
  }

  /** Number of this client's `nth` new entry. */
  #numberOf(nth: number): number {
    const { count, index, clients } = this.#plan;
    return count + nth * clients + index;
  }

  /** The latest distribution: new entries are the popular ones; each client knows its own. */
  #recent(): number {
    const { keys, count } = this.#plan;
    const age = keys.next(count);
    if (age < this.#inserted) return this.#numberOf(this.#inserted - 1 - age);
    return count - 1 - (age - this.#inserted);
  }

  readonly #change = (value: Uint8Array): void => {
    value.fill(this.#fill, this.#fieldFrom, this.#fieldTo);
  };

  readonly #visit = (key: Uint8Array, value: Uint8Array): boolean => {
    checkEntry(value, entryOfKey(key));
    this.#left -= 1;
    return this.#left > 0;
  };
}
