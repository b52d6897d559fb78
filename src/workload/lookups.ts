/** Random lookups: each transaction reads one entry by its key. */
import { type EngineTask, MISS, type Miss, type Transaction, type Tree } from "../engine/model.ts";
import { checkEntry, ENTRY_KEY_BYTES, writeEntryKey } from "./entry-table.ts";
import type { KeyChooser } from "./keys.ts";
import type { TransactionSource } from "./transaction-source.ts";

export class LookupClient implements TransactionSource {
  readonly #tree: Tree;
  readonly #keys: KeyChooser;
  readonly #count: number;
  readonly #key = new Uint8Array(ENTRY_KEY_BYTES);
  #entry = 0;

  constructor(tree: Tree, keys: KeyChooser, count: number) {
    this.#tree = tree;
    this.#keys = keys;
    this.#count = count;
  }

  draw(): void {
    this.#entry = this.#keys.next(this.#count);
    writeEntryKey(this.#key, this.#entry);
  }

  tryRun(transaction: Transaction): boolean | Miss {
    const value = transaction.tryGet(this.#tree, this.#key);
    if (value === MISS) return MISS;
    checkEntry(value, this.#entry);
    return true;
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    let value = transaction.tryGet(this.#tree, this.#key);
    if (value === MISS) value = yield* transaction.get(this.#tree, this.#key);
    checkEntry(value, this.#entry);
    return true;
  }
}
