import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conflictsOf,
  GAP_INSERT,
  GAP_SHARED,
  INSTANT,
  REMOVE_GAP,
  REMOVE_KEY,
  SCAN_KEY,
  SHARED,
  WRITE_RECORD,
} from "./lock-modes.ts";
import { LockTable } from "./lock-table.ts";

const key = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 0xff);

function tableWith(owners: number): { table: LockTable; granted: number[] } {
  const granted: number[] = [];
  const table = new LockTable((owner) => granted.push(owner));
  for (let owner = 0; owner < owners; owner++) table.addOwner();
  return { table, granted };
}

/** `owner` asks for `mode` on key 1. */
function ask(table: LockTable, owner: number, mode: number): boolean {
  table.name(1, key(1));
  return table.tryAcquire(owner, mode);
}

function queue(table: LockTable, owner: number, mode: number, number = 1): boolean {
  table.name(1, key(number));
  return table.wait(owner, mode);
}

describe("lock modes", () => {
  it("conflict as the table of next-key locking says", () => {
    const modes = [SHARED, WRITE_RECORD, SCAN_KEY, REMOVE_KEY, REMOVE_GAP];
    const stands = modes.map((asked) =>
      modes.map((held) => ((conflictsOf(asked) & held) === 0 ? "+" : "-")).join(""),
    );
    expect(stands).toEqual(["+-+-+", "---- +".replace(" ", ""), "+-+--", "-----", "++---"]);
  });

  it("let an insertion pass beside everything but a guarded gap", () => {
    const modes = [SHARED, WRITE_RECORD, SCAN_KEY, REMOVE_KEY, REMOVE_GAP, GAP_SHARED];
    expect(modes.map((held) => (conflictsOf(GAP_INSERT | INSTANT) & held) === 0)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("a lock table", () => {
  it("lets readers share and writers wait", () => {
    const { table } = tableWith(3);
    expect([ask(table, 0, SHARED), ask(table, 1, SHARED)]).toEqual([true, true]);
    expect(ask(table, 2, WRITE_RECORD)).toBe(false);
    table.name(1, key(2));
    expect(table.tryAcquire(2, WRITE_RECORD)).toBe(true);
  });

  it("lets a lock go before its owner ends, and keeps what else it holds", () => {
    const { table, granted } = tableWith(3);
    ask(table, 0, SCAN_KEY);
    table.name(1, key(2));
    table.tryAcquire(0, SHARED);
    table.name(1, key(3));
    table.tryAcquire(0, SHARED);
    queue(table, 1, WRITE_RECORD, 2);
    table.name(1, key(2));
    table.giveBack(0, SHARED);
    expect(granted).toEqual([1]);
    queue(table, 2, WRITE_RECORD);
    table.name(1, key(1));
    table.giveBack(0, SHARED);
    expect(granted).toEqual([1, 2]);
    expect([table.heldBy(0), table.hasGapLocks]).toEqual([GAP_SHARED, true]);
    for (const owner of [0, 1, 2]) table.releaseAll(owner);
    expect([table.size, table.hasGapLocks]).toEqual([0, false]);
  });

  it("grants in the order of arrival, and readers behind a writer wait for it", () => {
    const { table, granted } = tableWith(4);
    ask(table, 0, WRITE_RECORD);
    queue(table, 1, SHARED);
    queue(table, 2, WRITE_RECORD);
    queue(table, 3, SHARED);
    table.releaseAll(0);
    expect(granted).toEqual([1]);
    // Nobody holds what another reader could not stand beside, but a writer waits.
    expect(ask(table, 0, SHARED)).toBe(false);
    table.releaseAll(1);
    expect(granted).toEqual([1, 2]);
    expect(ask(table, 0, SHARED)).toBe(false);
    table.releaseAll(2);
    expect(granted).toEqual([1, 2, 3]);
    expect(table.waiting).toBe(0);
  });

  it("lets one that holds the lock go before others that wait", () => {
    const { table, granted } = tableWith(3);
    ask(table, 0, SHARED);
    ask(table, 1, SHARED);
    queue(table, 2, WRITE_RECORD);
    queue(table, 0, WRITE_RECORD);
    table.releaseAll(1);
    expect(granted).toEqual([0]);
  });

  it("refuses the request that closes a cycle, of two and of three", () => {
    const { table } = tableWith(3);
    for (const owner of [0, 1, 2]) {
      table.name(1, key(owner));
      table.tryAcquire(owner, WRITE_RECORD);
    }
    expect(queue(table, 0, SHARED, 1)).toBe(true);
    expect(queue(table, 1, SHARED, 2)).toBe(true);
    expect(queue(table, 2, SHARED, 0)).toBe(false);
    expect(table.isWaiting(2)).toBe(false);
    table.releaseAll(2);
    expect([0, 1].map((owner) => table.isWaiting(owner))).toEqual([true, false]);
  });

  it("refuses the second of two readers that both want to write", () => {
    const { table } = tableWith(2);
    ask(table, 0, SHARED);
    ask(table, 1, SHARED);
    expect([queue(table, 0, WRITE_RECORD), queue(table, 1, WRITE_RECORD)]).toEqual([true, false]);
  });

  it("does not keep what was asked for only to be waited for", () => {
    const { table, granted } = tableWith(3);
    ask(table, 0, SCAN_KEY);
    expect(table.hasGapLocks).toBe(true);
    queue(table, 1, GAP_INSERT | INSTANT);
    table.releaseAll(0);
    expect([granted, table.hasGapLocks, ask(table, 2, REMOVE_KEY)]).toEqual([[1], false, true]);
  });

  it("keeps its locks when it grows, and is empty when everybody has ended", () => {
    const { table } = tableWith(2);
    for (let number = 0; number < 5_000; number++) {
      table.name(7, key(number));
      expect(table.tryAcquire(number % 2, WRITE_RECORD)).toBe(true);
    }
    for (let number = 0; number < 5_000; number++) {
      table.name(7, key(number));
      expect(table.isFree(number % 2, SHARED)).toBe(true);
      expect(table.isFree(1 - (number % 2), SHARED)).toBe(false);
    }
    table.releaseAll(0);
    table.releaseAll(1);
    expect(table.size).toBe(0);
  });

  it("names keys apart: trees, lengths, the end", () => {
    const { table } = tableWith(2);
    const names = new Set<string>();
    const bytes = [
      undefined,
      Uint8Array.of(),
      Uint8Array.of(0),
      Uint8Array.of(0, 0),
      key(1),
      key(256),
    ];
    for (const tree of [1, 2]) {
      for (const name of bytes) {
        table.name(tree, name);
        names.add(`${table.nameLow} ${table.nameHigh}`);
      }
    }
    expect(names.size).toBe(12);
  });

  it("keeps I1, and leaves nobody waiting, under any requests", () => {
    const modes = [SHARED, WRITE_RECORD, SCAN_KEY, REMOVE_KEY, REMOVE_GAP];
    const step = fc.record({
      owner: fc.nat(4),
      number: fc.nat(3),
      mode: fc.constantFrom(...modes),
      ends: fc.nat(5).map((draw) => draw === 0),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { table } = tableWith(5);
        for (const { owner, number, mode, ends } of steps) {
          if (table.isWaiting(owner)) continue;
          if (ends) table.releaseAll(owner);
          else {
            table.name(1, key(number));
            if (!table.tryAcquire(owner, mode) && !table.wait(owner, mode)) table.releaseAll(owner);
          }
          for (let lock = 0; lock < 4; lock++) {
            table.name(1, key(lock));
            const held = [0, 1, 2, 3, 4].map((one) => table.heldBy(one));
            held.forEach((one, index) => {
              held.forEach((other, position) => {
                if (index !== position && one !== 0) expect(conflictsOf(one) & other).toBe(0);
              });
            });
          }
        }
        for (let round = 0; round < 6; round++) {
          for (let owner = 0; owner < 5; owner++) {
            if (!table.isWaiting(owner)) table.releaseAll(owner);
          }
        }
        // Nobody waits for ever: deadlocks were refused, and every release woke who could go on.
        expect([table.waiting, table.size, table.hasGapLocks]).toEqual([0, 0, false]);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
