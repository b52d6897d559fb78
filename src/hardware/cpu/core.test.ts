import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantError } from "../../base/assert.ts";
import { Core } from "./core.ts";
import { assertLedgerAddsUp, CAUSE, CAUSES, emptyLedgerRow, ledgerTotal } from "./ledger.ts";

const step = fc.oneof(
  fc.record({
    kind: fc.constant("charge" as const),
    cause: fc.integer({ min: 0, max: CAUSES.length - 1 }),
    amount: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 5_000_000 })),
  }),
  fc.record({
    kind: fc.constant("pass" as const),
    cause: fc.integer({ min: 0, max: CAUSES.length - 1 }),
    amount: fc.integer({ min: -100, max: 1_000 }),
  }),
);
const edge = fc.integer({ min: 0, max: 2_000_000 });
const edgeLists = fc
  .uniqueArray(edge, { minLength: 2, maxLength: 6 })
  .map((edges) => edges.sort((a, b) => a - b));

describe("a core's ledger", () => {
  it("holds for each cause exactly its time between two edges", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), edgeLists, (steps, edges) => {
        const core = new Core(0, 0, 1, edges);
        const spans: { cause: number; fromPs: number; toPs: number }[] = [];
        for (const { kind, cause, amount } of steps) {
          const fromPs = core.cursorPs;
          if (kind === "charge") expect(core.charge(cause, amount)).toBe(amount);
          else core.passUntil(core.cursorPs + amount, cause);
          spans.push({ cause, fromPs, toPs: core.cursorPs });
        }
        const lastPs = edges[edges.length - 1]!;
        if (core.cursorPs < lastPs) {
          spans.push({ cause: CAUSE.idle, fromPs: core.cursorPs, toPs: lastPs });
        }
        core.passUntil(lastPs, CAUSE.idle);
        for (let to = 1; to < edges.length; to++) {
          const [startPs, endPs] = [edges[to - 1]!, edges[to]!];
          const row = core.rowBetween(to - 1, to);
          assertLedgerAddsUp(row, endPs - startPs, 0);
          const expected = emptyLedgerRow();
          for (const { cause, fromPs, toPs } of spans) {
            expected[cause]! += Math.max(0, Math.min(toPs, endPs) - Math.max(fromPs, startPs));
          }
          expect(row).toEqual(expected);
        }
      }),
      { seed: 31, numRuns: 1_500 },
    );
  });

  it("cannot be read before its window has ended", () => {
    const core = new Core(0, 0, 1, [0, 100]);
    core.charge(CAUSE.driver, 99);
    expect(() => core.rowBetween(0, 1)).toThrow(InvariantError);
    core.charge(CAUSE.driver, 1);
    expect(core.rowBetween(0, 1)[CAUSE.driver]).toBe(100);
  });

  it("does not pass time that has been spent already", () => {
    const core = new Core(0, 0, 1, []);
    core.charge(CAUSE.driver, 50);
    core.passUntil(40, CAUSE.idle);
    expect(core.cursorPs).toBe(50);
  });

  it("is told wrong when a picosecond is missing, negative or broken", () => {
    const row = emptyLedgerRow();
    row[CAUSE.copy] = 10;
    expect(() => assertLedgerAddsUp(row, 10, 0)).not.toThrow();
    expect(() => assertLedgerAddsUp(row, 11, 0)).toThrow(InvariantError);
    row[CAUSE.idle] = -1;
    expect(() => assertLedgerAddsUp(row, 9, 0)).toThrow(InvariantError);
    row[CAUSE.idle] = 0.5;
    expect(() => assertLedgerAddsUp(row, 10.5, 0)).toThrow(InvariantError);
  });

  it("is totalled beyond 2^53", () => {
    const row = emptyLedgerRow();
    row[CAUSE.copy] = Number.MAX_SAFE_INTEGER;
    const total = ledgerTotal([row, row, row]);
    expect(total.copy).toBe(3n * BigInt(Number.MAX_SAFE_INTEGER));
    expect(total.idle).toBe(0n);
  });
});

describe("two hardware threads of one core", () => {
  const siblings = (): [Core, Core] => {
    const one = new Core(0, 0, 1.6, []);
    const two = new Core(1, 0, 1.6, []);
    one.sibling = two;
    two.sibling = one;
    return [one, two];
  };

  it("work at full speed alone", () => {
    const [one] = siblings();
    expect(one.charge(CAUSE.application, 1_000)).toBe(1_000);
    expect(one.cursorPs).toBe(1_000);
  });

  it("slow each other down while both work", () => {
    const [one, two] = siblings();
    two.isOccupied = true;
    expect(one.charge(CAUSE.application, 1_000)).toBe(1_600);
    expect(one.cursorPs).toBe(1_600);
    // An interrupt's work keeps the sibling's execution units busy too.
    expect(two.charge(CAUSE.interrupt, 10)).toBe(16);
  });

  it("do not slow down the passing of time", () => {
    const [one, two] = siblings();
    two.isOccupied = true;
    one.passUntil(1_000, CAUSE.idle);
    expect(one.cursorPs).toBe(1_000);
  });

  it("keep whole picoseconds", () => {
    const [one, two] = siblings();
    two.isOccupied = true;
    expect(one.charge(CAUSE.application, 333)).toBe(533);
    expect(Number.isSafeInteger(one.cursorPs)).toBe(true);
  });

  it("cannot make each other faster", () => {
    expect(() => new Core(0, 0, 0.9, [])).toThrow(InvariantError);
  });
});

describe("a core that waits", () => {
  const END_PS = 100_000;
  const waiting = () => {
    const core = new Core(0, 0, 1, [0, END_PS]);
    core.isOccupied = true;
    core.beginWait(1_000, CAUSE.contention);
    return core;
  };
  const spent = (core: Core, cause: number): number => {
    core.passUntil(END_PS, CAUSE.idle);
    return core.rowBetween(0, 1)[cause]!;
  };

  it("loses nothing to an interrupt that ends before its moment", () => {
    const core = waiting();
    core.interruptAt(300);
    core.charge(CAUSE.interrupt, 200);
    core.endWait();
    expect([core.cursorPs, core.waitsUntilPs]).toEqual([1_000, 0]);
    expect([spent(core, CAUSE.contention), spent(core, CAUSE.interrupt)]).toEqual([800, 200]);
  });

  it("waits no longer than that, whenever the interrupt comes", () => {
    const core = waiting();
    core.interruptAt(5_000);
    expect(core.cursorPs).toBe(1_000);
    expect(spent(core, CAUSE.contention)).toBe(1_000);
  });

  it("for nothing leaves its idle state when it is roused, which takes a while", () => {
    const core = new Core(0, 0, 1, [0, END_PS]);
    core.idleExitPs = 700;
    expect(core.leaveIdle(5_000)).toBe(false);
    expect(core.cursorPs).toBe(5_700);
  });
});
