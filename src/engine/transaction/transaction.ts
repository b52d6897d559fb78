/**
 * One transaction: strict two-phase locking at four levels, and rollback by logical undo.
 *
 * | level | reads | scans | shows |
 * |---|---|---|---|
 * | serializable | shared lock, kept | next-key lock, kept | nothing |
 * | repeatable-read | shared lock, kept | shared lock, kept | phantoms |
 * | read-committed | shared lock, until the value is read | the same | + non-repeatable reads, lost
 * updates |
 * | read-uncommitted | no lock | no lock | + dirty reads |
 *
 * Writers lock alike at every level, so that a weaker transaction never weakens another one: no
 * dirty writes. (H. Berenson et al.: A critique of ANSI SQL isolation levels, SIGMOD 1995.)
 * `none` is what published storage engines are measured with: latches only, no lock at all. Such a
 * transaction cannot be undone, because others have changed the same rows since.
 *
 * A request that would close a cycle of waits throws `TransactionAborted`: whoever closes the cycle
 * gives way, the others go on.
 *
 * I1  While it waits for a lock a transaction latches nothing.
 * I2  Undo asks for no lock: it touches only keys that the transaction has locked for writing.
 */
import { assert } from "../../base/assert.ts";
import {
  type EngineTask,
  type IsolationLevel,
  MISS,
  type Miss,
  type Transaction,
  TransactionAborted,
  type Tree,
} from "../model.ts";
import type { LogOwner } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";
import { GapLocks } from "./gap-locks.ts";
import {
  LEVELS,
  NONE,
  READ_COMMITTED,
  READ_UNCOMMITTED,
  REPEATABLE_READ,
  SERIALIZABLE,
} from "./isolation.ts";
import { INSTANT, REMOVE_KEY, SHARED, WRITE_RECORD } from "./lock-modes.ts";
import type { LockTable } from "./lock-table.ts";
import { BLOCKED, DONE, type RecordAccess } from "./record-access.ts";
import { undoLast } from "./rollback.ts";
import { Scan } from "./scan.ts";
import type { TransactionContext } from "./transaction-context.ts";
import { UndoList } from "./undo-list.ts";

export class LockingTransaction implements Transaction, LogOwner {
  transactionId = 0;
  firstLsn = 0;
  lastLsn = 0;
  undoNextLsn = -1;
  logBytes = 0;
  readonly undo = new UndoList();
  readonly worker: Worker;
  readonly owner: number;
  level = SERIALIZABLE;

  readonly #context: TransactionContext;
  readonly #locks: LockTable;
  readonly #lockPs: number;
  readonly #gaps: GapLocks;
  readonly #scan: Scan;
  #isActive = false;
  #hasRead = false;
  #beginsAsWriter = false;

  constructor(context: TransactionContext, owner: number, worker: Worker) {
    this.#context = context;
    this.#locks = context.locks;
    this.#lockPs = context.costs.lockPs;
    this.worker = worker;
    this.owner = owner;
    this.#gaps = new GapLocks(context.locks, owner);
    this.#scan = new Scan(this, context.locks);
  }

  begin(level: IsolationLevel): this {
    assert(!this.#isActive, "a session runs one transaction at a time");
    this.#isActive = true;
    this.level = LEVELS[level];
    this.transactionId = this.#context.newId();
    this.worker.charge(this.#context.costs.transactionPs);
    return this;
  }

  tryGet(tree: Tree, key: Uint8Array): Uint8Array | undefined | Miss {
    const access = tree as RecordAccess;
    if (this.#mustPassFirst()) return MISS;
    return this.#mayRead(access, key) ? access.tryLookup(this.worker, key) : MISS;
  }

  *get(tree: Tree, key: Uint8Array): EngineTask<Uint8Array | undefined> {
    const access = tree as RecordAccess;
    if (this.#mustPassFirst()) yield* this.#passGate();
    if (this.level === READ_COMMITTED) return yield* this.#getCommitted(access, key);
    if (!this.#mayRead(access, key)) yield* this.waitForLock(SHARED);
    return yield* access.lookup(this.worker, key);
  }

  /**
   * Holds the lock until the page is there and the value is read. Who did not would find the next
   * writer when his thread is awake at last, and stand behind all others again.
   */
  *#getCommitted(access: RecordAccess, key: Uint8Array): EngineTask<Uint8Array | undefined> {
    const locks = this.#locks;
    locks.name(access.treeId, key);
    const had = locks.heldBy(this.owner);
    if (!this.tryLock(SHARED)) yield* this.waitForLock(SHARED);
    const value = yield* access.lookup(this.worker, key);
    locks.name(access.treeId, key);
    if ((had & SHARED) === 0) this.giveBack(SHARED);
    return value;
  }

  *insert(tree: Tree, key: Uint8Array, value: Uint8Array): EngineTask<boolean> {
    const access = tree as RecordAccess;
    if (this.#isGateShut()) yield* this.#passGate();
    if (!this.#mayLock(access, key, WRITE_RECORD)) yield* this.waitForLock(WRITE_RECORD);
    return yield* this.#insertLocked(access, key, value);
  }

  *put(tree: Tree, key: Uint8Array, value: Uint8Array): EngineTask<void> {
    const access = tree as RecordAccess;
    if (this.#isGateShut()) yield* this.#passGate();
    if (!this.#mayLock(access, key, WRITE_RECORD)) yield* this.waitForLock(WRITE_RECORD);
    if (yield* access.replace(this.worker, this, key, value)) return;
    const isDone = yield* this.#insertLocked(access, key, value);
    assert(isDone, "nobody inserts a key that is locked");
  }

  /** `update` without suspension; MISS: nothing was done. */
  tryUpdate(tree: Tree, key: Uint8Array, change: (value: Uint8Array) => void): boolean | Miss {
    const access = tree as RecordAccess;
    if (this.#isGateShut() || !this.#mayLock(access, key, WRITE_RECORD)) return MISS;
    return access.tryUpdate(this.worker, this, key, change);
  }

  *update(tree: Tree, key: Uint8Array, change: (value: Uint8Array) => void): EngineTask<boolean> {
    const access = tree as RecordAccess;
    if (this.#isGateShut()) yield* this.#passGate();
    if (!this.#mayLock(access, key, WRITE_RECORD)) yield* this.waitForLock(WRITE_RECORD);
    return yield* access.update(this.worker, this, key, change);
  }

  *delete(tree: Tree, key: Uint8Array): EngineTask<boolean> {
    const access = tree as RecordAccess;
    if (this.#isGateShut()) yield* this.#passGate();
    if (!this.#mayLock(access, key, REMOVE_KEY)) yield* this.waitForLock(REMOVE_KEY);
    while (true) {
      const guard = this.#guards?.forRemoval(access.treeId);
      const outcome = yield* access.remove(this.worker, this, key, guard);
      if (outcome !== BLOCKED) return outcome === DONE;
      yield* this.waitForLock(this.#gaps.nameBlocked());
    }
  }

  *scan(
    tree: Tree,
    fromKey: Uint8Array,
    direction: 1 | -1,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): EngineTask<void> {
    if (this.#mustPassFirst()) yield* this.#passGate();
    yield* this.#scan.run(tree as RecordAccess, fromKey, direction, visit);
  }

  tryCommit(): boolean {
    assert(this.#isActive, "only a transaction that has begun commits");
    if (this.lastLsn > 0) return false;
    this.#context.log.assertAlive();
    this.#context.counts.commits += 1;
    this.#end();
    return true;
  }

  *commit(): EngineTask<void> {
    if (this.tryCommit()) return;
    const { log } = this.#context;
    this.#chargeLog();
    yield* log.flushUpTo(log.commit(this), this.worker);
    this.#context.counts.commits += 1;
    this.#end();
  }

  *abort(): EngineTask<void> {
    assert(this.#isActive, "only a transaction that has begun aborts");
    assert(this.level !== NONE || this.undo.length === 0, "nothing is undone without locks");
    while (this.undo.length > 0) yield* undoLast(this, this.worker, this.#context.treeOf);
    if (this.lastLsn > 0) {
      this.#chargeLog();
      this.#context.log.aborted(this);
    }
    this.#context.counts.aborts += 1;
    this.#end();
  }

  /** Somebody gave back the lock that this transaction waits for. */
  lockGranted(): void {
    this.#context.releasing!.unpark(this.worker);
  }

  /**
   * Waits for the named lock until it is granted in `mode`.
   * @throws TransactionAborted when that would close a cycle of waits.
   */
  *waitForLock(mode: number): EngineTask<void> {
    const context = this.#context;
    if (!this.#locks.wait(this.owner, mode)) {
      context.counts.deadlocks += 1;
      throw new TransactionAborted("deadlock");
    }
    context.counts.lockWaits += 1;
    while (this.#locks.isWaiting(this.owner)) yield* this.worker.pause();
    if ((mode & INSTANT) === 0) this.#payForLock();
  }

  /** Gives back what it holds of the named lock before it ends. */
  giveBack(mode: number): void {
    this.#context.releasing = this.worker;
    this.#locks.giveBack(this.owner, mode);
  }

  *#insertLocked(access: RecordAccess, key: Uint8Array, value: Uint8Array): EngineTask<boolean> {
    while (true) {
      const guard = this.#guards?.forInsertion(access.treeId);
      const outcome = yield* access.insert(this.worker, this, key, value, guard);
      if (outcome !== BLOCKED) {
        if (outcome === DONE) this.#guards?.inheritTo(access.treeId, key);
        return outcome === DONE;
      }
      yield* this.waitForLock(this.#gaps.nameBlocked());
    }
  }

  /** Who guards gaps; nobody does without locks. */
  get #guards(): GapLocks | undefined {
    return this.level === NONE ? undefined : this.#gaps;
  }

  /** Whoever begins to write first takes his share of a checkpoint, or waits for his turn. */
  #isGateShut(): boolean {
    return this.firstLsn === 0 && this.#context.gate?.isDue(this.worker) === true;
  }

  *#passGate(): EngineTask<void> {
    const { gate } = this.#context;
    if (gate === undefined) return;
    this.#beginsAsWriter = true;
    yield* gate.run(this.worker, !this.#hasRead);
    this.#beginsAsWriter = false;
  }

  /** It had to give way when it wanted to write: this time it passes the gate before it reads. */
  #mustPassFirst(): boolean {
    if (!this.#beginsAsWriter) this.#hasRead = true;
    return this.#beginsAsWriter && this.#isGateShut();
  }

  #mayRead(access: RecordAccess, key: Uint8Array): boolean {
    const { level } = this;
    if (level >= REPEATABLE_READ) return this.#mayLock(access, key, SHARED);
    if (level <= READ_UNCOMMITTED) return true;
    this.#locks.name(access.treeId, key);
    return this.#locks.isFree(this.owner, SHARED);
  }

  /** Names the key's lock and takes it if nobody stands against it. */
  #mayLock(access: RecordAccess, key: Uint8Array, mode: number): boolean {
    if (this.level === NONE) return true;
    this.#locks.name(access.treeId, key);
    return this.tryLock(mode);
  }

  /**
   * Takes the named lock if nobody stands against it; whoever tries again what could not be done
   * without a page has it already and pays once.
   */
  tryLock(mode: number): boolean {
    const isMine = this.#locks.tryAcquire(this.owner, mode);
    if (isMine && this.#locks.gaveMore) this.#payForLock();
    return isMine;
  }

  /** Taking one lock and, some day, giving it back. */
  #payForLock(): void {
    this.worker.charge(this.#lockPs);
  }

  /** Building, copying and checking the records; charged when the transaction ends. */
  #chargeLog(): void {
    const { logKibibytePs } = this.#context.costs;
    this.worker.charge(Math.round((this.logBytes * logKibibytePs) / 1_024));
  }

  #end(): void {
    this.#context.releasing = this.worker;
    this.#locks.releaseAll(this.owner);
    this.undo.clear();
    this.firstLsn = 0;
    this.lastLsn = 0;
    this.undoNextLsn = -1;
    this.logBytes = 0;
    this.#isActive = false;
    this.#hasRead = false;
    this.#context.gate?.ended?.(this.worker);
  }
}
