/** A queued lock serves in the order of the calls, one holder at a time. */
import { describe, expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { QueuedLock } from "./queued-lock.ts";

const TIMES = { nearPs: 20, farPs: 100 };
const newCore = (index: number, complex: number): Core => new Core(index, complex, 1, [1e6]);

describe("QueuedLock", () => {
  it("costs its holder nothing extra while nobody else takes it", () => {
    const lock = new QueuedLock(TIMES);
    const core = newCore(0, 0);
    lock.hold(core, CAUSE.reclaim, 50);
    lock.hold(core, CAUSE.reclaim, 50);
    expect(core.cursorPs).toBe(100);
  });

  it.each([
    { complex: 0, transferPs: 20 },
    { complex: 1, transferPs: 100 },
  ])(
    "moves its line to a core of complex $complex in $transferPs ps",
    ({ complex, transferPs }) => {
      const lock = new QueuedLock(TIMES);
      lock.hold(newCore(0, 0), CAUSE.reclaim, 50);
      const other = newCore(1, complex);
      other.passUntil(1_000, CAUSE.idle);
      lock.hold(other, CAUSE.reclaim, 50);
      expect(other.cursorPs).toBe(1_000 + transferPs + 50);
    },
  );

  it("never has two holders: n cores at once take n turns", () => {
    const lock = new QueuedLock(TIMES);
    const cores = Array.from({ length: 10 }, (_, index) => newCore(index, index));
    for (const core of cores) lock.hold(core, CAUSE.reclaim, 300);
    cores.forEach((core, turn) => {
      expect(core.cursorPs).toBe(300 + turn * 400);
    });
    expect(lock.waited).toBe(9);
  });

  it("needs its line to take and to release a semaphore, and others' lines while held", () => {
    const lock = new QueuedLock(TIMES);
    lock.update(newCore(0, 0), 2);
    const reader = newCore(1, 1);
    lock.update(reader, 2);
    expect(reader.cursorPs).toBe(2 * 100);
    lock.hold(reader, CAUSE.reclaim, 50, 3);
    expect(reader.cursorPs).toBe(2 * 100 + 50 + 3 * 100);
  });

  it("charges waiting to contention and holding to the given cause", () => {
    const lock = new QueuedLock(TIMES);
    lock.hold(newCore(0, 0), CAUSE.reclaim, 300);
    const late = new Core(1, 1, 1, [0, 700]);
    lock.hold(late, CAUSE.pageFault, 300);
    const row = late.rowBetween(0, 1);
    expect(row[CAUSE.contention]).toBe(400);
    expect(row[CAUSE.pageFault]).toBe(300);
  });
});
