/** A session that tells the oracle what its transactions change, ask for and are told. */
import type {
  EngineTask,
  IsolationLevel,
  Miss,
  Session,
  Transaction,
  Tree,
} from "../../engine/model.ts";
import type { CommitOracle, TransactionRecord } from "./oracle.ts";

export class RecordingSession implements Session {
  readonly #inner: Session;
  readonly #oracle: CommitOracle;
  readonly #numberOf: (tree: Tree) => number;

  /** @param numberOf the number under which the oracle knows a tree. */
  constructor(inner: Session, oracle: CommitOracle, numberOf: (tree: Tree) => number) {
    this.#inner = inner;
    this.#oracle = oracle;
    this.#numberOf = numberOf;
  }

  close(): EngineTask<void> {
    return this.#inner.close();
  }

  begin(level?: IsolationLevel): Transaction {
    return new RecordingTransaction(this.#inner.begin(level), this.#oracle, this.#numberOf);
  }
}

class RecordingTransaction implements Transaction {
  readonly #inner: Transaction;
  readonly #oracle: CommitOracle;
  readonly #numberOf: (tree: Tree) => number;
  readonly #record: TransactionRecord;

  constructor(inner: Transaction, oracle: CommitOracle, numberOf: (tree: Tree) => number) {
    this.#inner = inner;
    this.#oracle = oracle;
    this.#numberOf = numberOf;
    this.#record = oracle.begin();
  }

  tryGet(tree: Tree, key: Uint8Array): Uint8Array | undefined | Miss {
    return this.#inner.tryGet(tree, key);
  }

  get(tree: Tree, key: Uint8Array): EngineTask<Uint8Array | undefined> {
    return this.#inner.get(tree, key);
  }

  *insert(tree: Tree, key: Uint8Array, value: Uint8Array): EngineTask<boolean> {
    const isNew = yield* this.#inner.insert(tree, key, value);
    if (isNew) this.#record.put(this.#numberOf(tree), key, value);
    return isNew;
  }

  *put(tree: Tree, key: Uint8Array, value: Uint8Array): EngineTask<void> {
    yield* this.#inner.put(tree, key, value);
    this.#record.put(this.#numberOf(tree), key, value);
  }

  update(tree: Tree, key: Uint8Array, change: (value: Uint8Array) => void): EngineTask<boolean> {
    return this.#inner.update(tree, key, this.#noted(tree, key, change));
  }

  tryUpdate(tree: Tree, key: Uint8Array, change: (value: Uint8Array) => void): boolean | Miss {
    return this.#inner.tryUpdate(tree, key, this.#noted(tree, key, change));
  }

  *delete(tree: Tree, key: Uint8Array): EngineTask<boolean> {
    const wasThere = yield* this.#inner.delete(tree, key);
    if (wasThere) this.#record.remove(this.#numberOf(tree), key);
    return wasThere;
  }

  scan(
    tree: Tree,
    fromKey: Uint8Array,
    direction: 1 | -1,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): EngineTask<void> {
    return this.#inner.scan(tree, fromKey, direction, visit);
  }

  tryCommit(): boolean {
    return this.#record.effects.length === 0 && this.#inner.tryCommit();
  }

  *commit(): EngineTask<void> {
    // Who changed nothing has nothing that could be lost.
    const hasChanged = this.#record.effects.length > 0;
    if (hasChanged) this.#oracle.requested(this.#record);
    yield* this.#inner.commit();
    if (hasChanged) this.#oracle.acknowledged(this.#record);
  }

  abort(): EngineTask<void> {
    return this.#inner.abort();
  }

  #noted(
    tree: Tree,
    key: Uint8Array,
    change: (value: Uint8Array) => void,
  ): (value: Uint8Array) => void {
    return (value) => {
      change(value);
      this.#record.put(this.#numberOf(tree), key, value);
    };
  }
}
