/** Histories of concurrent transactions on the real engine, judged by an independent checker. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HistorySettings, recordHistory } from "../../testing/histories.ts";
import { ABSENT, faultsInHistory } from "../../testing/serialisability.ts";
import type { IsolationLevel } from "../model.ts";
import { SHARED } from "./lock-modes.ts";
import { LockTable } from "./lock-table.ts";

const SEEDS = Array.from({ length: 8 }, (_, seed) => seed + 1);

function settings(seed: number, level: IsolationLevel): HistorySettings {
  return { seed, level, transactionsPerWorker: 15 };
}

function faultsAt(level: IsolationLevel, seed: number): string[] {
  const { transactions, initial } = recordHistory(settings(seed, level));
  return faultsInHistory(transactions, initial);
}

/** Seeds whose histories at `level` are not serialisable. */
const notSerialisable = (level: IsolationLevel): number[] =>
  SEEDS.slice(0, 4).filter((seed) => faultsAt(level, seed).length > 0);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("serializable", () => {
  it("makes every history serialisable, with the adversary on", () => {
    let committed = 0;
    const met = { deadlocks: 0, lockWaits: 0, splits: 0, merges: 0 };
    for (const seed of SEEDS) {
      const { transactions, initial, final, bench } = recordHistory(settings(seed, "serializable"));
      expect(faultsInHistory(transactions, initial), `seed ${seed}`).toEqual([]);
      // What committed transactions left, in the order of their writes, is what is there.
      const expected = new Map(initial);
      const writes = transactions
        .flatMap(({ events, isCommitted }) => (isCommitted ? events : []))
        .filter((event) => event.kind === "write")
        .sort((one, other) => one.at - other.at);
      for (const { key, after } of writes) {
        if (after === ABSENT) expected.delete(key);
        else expected.set(key, after);
      }
      expect(final, `seed ${seed}`).toEqual(expected);
      committed += transactions.filter(({ isCommitted }) => isCommitted).length;
      const { engine } = bench;
      met.deadlocks += engine.transactions.counts.deadlocks;
      met.lockWaits += engine.transactions.counts.lockWaits;
      met.splits += engine.structure.splits;
      met.merges += engine.structure.merges;
      engine.check();
    }
    // The test is worth something only if transactions met, and most got through.
    expect(committed).toBeGreaterThan(400);
    expect(met.deadlocks).toBeGreaterThan(10);
    expect(met.lockWaits).toBeGreaterThan(100);
    expect(met.splits).toBeGreaterThan(3);
    expect(met.merges).toBeGreaterThan(3);
  });
});

it("an insertion into a leaf that a scan has just left is no phantom (seed 309)", () => {
  const history = recordHistory({ seed: 309, level: "serializable", transactionsPerWorker: 20 });
  expect(faultsInHistory(history.transactions, history.initial)).toEqual([]);
});

describe("the checker notices", () => {
  it.each(["repeatable-read", "read-committed", "read-uncommitted"] as const)("%s", (level) => {
    expect(notSerialisable(level).length).toBeGreaterThan(0);
  });

  it("reads that take no lock", () => {
    const tryAcquire = LockTable.prototype.tryAcquire;
    vi.spyOn(LockTable.prototype, "tryAcquire").mockImplementation(function (
      this: LockTable,
      owner,
      mode,
    ) {
      return mode === SHARED || tryAcquire.call(this, owner, mode);
    });
    expect(notSerialisable("serializable").length).toBeGreaterThan(2);
  });

  it("gaps that are not guarded", () => {
    vi.spyOn(LockTable.prototype, "hasGapLocks", "get").mockReturnValue(false);
    expect(notSerialisable("serializable").length).toBeGreaterThan(0);
  });
});
