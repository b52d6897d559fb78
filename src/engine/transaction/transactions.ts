/** All transactions of a database: their locks, their numbers, how they end. */
import type { TransactionLog } from "../wal/change-log.ts";
import type { Worker } from "../worker.ts";
import { LockTable } from "./lock-table.ts";
import type { RecordAccess } from "./record-access.ts";
import { LockingTransaction } from "./transaction.ts";
import type {
  TransactionContext,
  TransactionCosts,
  TransactionCounts,
  WriteGate,
} from "./transaction-context.ts";

/** Costs of an engine that works in no time. */
export const FREE_TRANSACTIONS: TransactionCosts = {
  lockPs: 0,
  transactionPs: 0,
  logKibibytePs: 0,
};

const ID_MAX = 0x7fff_ffff;

export class Transactions implements TransactionContext {
  readonly log: TransactionLog;
  readonly locks: LockTable;
  readonly costs: TransactionCosts;
  readonly counts: TransactionCounts = { commits: 0, aborts: 0, deadlocks: 0, lockWaits: 0 };
  readonly treeOf: (treeId: number) => RecordAccess;
  /** Set once the database can take checkpoints. */
  gate: WriteGate | undefined = undefined;
  releasing: Worker | undefined = undefined;

  readonly #transactions: LockingTransaction[] = [];
  #nextId: number;

  /** @param firstId above the number of every transaction in the log. */
  constructor(
    log: TransactionLog,
    treeOf: (treeId: number) => RecordAccess,
    costs: TransactionCosts,
    firstId = 1,
  ) {
    this.log = log;
    this.treeOf = treeOf;
    this.costs = costs;
    this.#nextId = firstId;
    this.locks = new LockTable((owner) => this.#transactions[owner]!.lockGranted());
  }

  /** The one transaction of a session; it is begun and ended any number of times. */
  open(worker: Worker): LockingTransaction {
    const transaction = new LockingTransaction(this, this.locks.addOwner(), worker);
    this.#transactions.push(transaction);
    return transaction;
  }

  newId(): number {
    const id = this.#nextId;
    this.#nextId = id === ID_MAX ? 1 : id + 1;
    return id;
  }

  /** LSN of the first record of any transaction under way; Infinity: nobody has written. */
  oldestLsn(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { firstLsn } of this.#transactions) {
      if (firstLsn > 0 && firstLsn < oldest) oldest = firstLsn;
    }
    return oldest;
  }
}
