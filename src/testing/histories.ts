/** Random concurrent transactions on a real engine, written down as a history to be judged. */
import { RandomStream } from "../base/random.ts";
import { type EngineTask, type IsolationLevel, TransactionAborted } from "../engine/model.ts";
import type { RecordAccess } from "../engine/transaction/record-access.ts";
import type { LockingTransaction } from "../engine/transaction/transaction.ts";
import type { Worker } from "../engine/worker.ts";
import { type EngineBench, engineBench, runWorkers } from "./engine-bench.ts";
import { ABSENT, type HistoryEvent, type HistoryTransaction } from "./serialisability.ts";

/** Keys that are there from the beginning: multiples of ten. */
const FIRST_KEYS = 12;
const KEY_SPACE = 10 * FIRST_KEYS;
const WORKERS = 6;

export interface HistorySettings {
  readonly seed: number;
  readonly level: IsolationLevel;
  readonly transactionsPerWorker: number;
}

export interface RecordedHistory {
  readonly transactions: readonly HistoryTransaction[];
  readonly initial: ReadonlyMap<number, number>;
  /** What is in the tree at the end, by a scan. */
  readonly final: ReadonlyMap<number, number>;
  readonly bench: EngineBench;
}

const keyBytes = (key: number): Uint8Array => Uint8Array.of(0, key >> 8, key & 0xff);
const keyOf = (bytes: Uint8Array): number => bytes[1]! * 256 + bytes[2]!;
/** Values are long, so that few share a page and the tree splits and merges. */
function valueBytes(version: number): Uint8Array {
  const bytes = new Uint8Array(600);
  new DataView(bytes.buffer).setUint32(0, version);
  return bytes;
}
const versionOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

/** Runs the transactions of `settings` and records what each saw. */
export function recordHistory(settings: HistorySettings): RecordedHistory {
  const { seed, level } = settings;
  const bench = engineBench({ poolPages: 48, adversary: { seed, probability: 0.2 } });
  const tree = bench.engine.createTree("history");
  const initial = new Map<number, number>();
  for (let row = 0; row < FIRST_KEYS; row++) initial.set(row * 10, row + 1);
  bench.engine.bulkLoad(
    tree,
    [...initial].map(([key, version]) => [keyBytes(key), valueBytes(version)] as const),
  );
  const recorder = new Recorder(tree, seed);
  runWorkers(
    bench,
    Array.from({ length: WORKERS }, (_, index) => {
      return (worker: Worker) => recorder.work(bench, worker, index, level, settings);
    }),
  );
  const final = new Map<number, number>();
  runWorkers(bench, [
    function* (worker) {
      const transaction = bench.engine.transactions.open(worker).begin("serializable");
      yield* transaction.scan(tree, keyBytes(0), 1, (key, value) => {
        final.set(keyOf(key), versionOf(value));
        return true;
      });
      yield* transaction.commit();
    },
  ]);
  return { transactions: recorder.transactions, initial, final, bench };
}

class Recorder {
  readonly transactions: HistoryTransaction[] = [];
  readonly #tree: RecordAccess;
  readonly #random: RandomStream;
  /** Keys that were removed or whose insertion failed are not used again. */
  readonly #spent = new Set<number>();
  #clock = 0;
  #version = 1_000;

  constructor(tree: RecordAccess, seed: number) {
    this.#tree = tree;
    this.#random = new RandomStream(seed, "history");
  }

  *work(
    { engine }: EngineBench,
    worker: Worker,
    index: number,
    level: IsolationLevel,
    { transactionsPerWorker }: HistorySettings,
  ): EngineTask<void> {
    const session = engine.transactions.open(worker);
    for (let round = 0; round < transactionsPerWorker; round++) {
      const name = `T${index}.${round}`;
      const history: HistoryTransaction = { name, events: [], isCommitted: false };
      this.transactions.push(history);
      const transaction = session.begin(level);
      try {
        for (let step = 2 + this.#random.below(4); step > 0; step--) {
          yield* this.#step(transaction, history);
        }
        if (this.#random.below(8) === 0) yield* transaction.abort();
        else {
          yield* transaction.commit();
          history.isCommitted = true;
        }
      } catch (error) {
        if (!(error instanceof TransactionAborted)) throw error;
        yield* transaction.abort();
      }
      history.endedAt = this.#now();
    }
  }

  *#step(transaction: LockingTransaction, { events }: HistoryTransaction): EngineTask<void> {
    const tree = this.#tree;
    const key = this.#random.below(FIRST_KEYS) * 10;
    const kind = this.#random.below(10);
    if (kind < 3) {
      const found = yield* transaction.get(tree, keyBytes(key));
      events.push({
        kind: "read",
        key,
        version: found ? versionOf(found) : ABSENT,
        at: this.#now(),
      });
    } else if (kind < 6) yield* this.#update(transaction, key, events);
    else if (kind < 7) yield* this.#insert(transaction, events);
    else if (kind < 8) yield* this.#remove(transaction, key, events);
    else yield* this.#scan(transaction, key, events);
  }

  *#update(transaction: LockingTransaction, key: number, events: HistoryEvent[]): EngineTask<void> {
    const after = this.#newVersion();
    let before = ABSENT;
    const isThere = yield* transaction.update(this.#tree, keyBytes(key), (value) => {
      before = versionOf(value);
      value.set(valueBytes(after));
    });
    const at = this.#now();
    if (isThere) events.push({ kind: "write", key, before, after, at });
    else events.push({ kind: "read", key, version: ABSENT, at });
  }

  *#insert(transaction: LockingTransaction, events: HistoryEvent[]): EngineTask<void> {
    const key = this.#random.below(KEY_SPACE);
    if (key % 10 === 0 || this.#spent.has(key)) return;
    this.#spent.add(key);
    const after = this.#newVersion();
    const isNew = yield* transaction.insert(this.#tree, keyBytes(key), valueBytes(after));
    if (isNew) events.push({ kind: "write", key, before: ABSENT, after, at: this.#now() });
  }

  *#remove(transaction: LockingTransaction, key: number, events: HistoryEvent[]): EngineTask<void> {
    const found = yield* transaction.get(this.#tree, keyBytes(key));
    const before = found ? versionOf(found) : ABSENT;
    events.push({ kind: "read", key, version: before, at: this.#now() });
    if (before === ABSENT) return;
    const isGone = yield* transaction.delete(this.#tree, keyBytes(key));
    if (isGone) events.push({ kind: "write", key, before, after: ABSENT, at: this.#now() });
  }

  *#scan(transaction: LockingTransaction, key: number, events: HistoryEvent[]): EngineTask<void> {
    const direction = this.#random.below(2) === 0 ? 1 : -1;
    const from = key;
    const to = Math.min(KEY_SPACE, key + 25);
    const seen = new Map<number, number>();
    const begin = direction === 1 ? from : to;
    yield* transaction.scan(this.#tree, keyBytes(begin), direction, (found, value) => {
      const number = keyOf(found);
      if (number < from || number > to) return false;
      seen.set(number, versionOf(value));
      return true;
    });
    events.push({ kind: "scan", from, to, seen, at: this.#now() });
  }

  #now(): number {
    this.#clock += 1;
    return this.#clock;
  }

  #newVersion(): number {
    this.#version += 1;
    return this.#version;
  }
}
