import { describe, expect, it } from "vitest";
import { Core } from "./core.ts";
import { CAUSE } from "./ledger.ts";
import { SharedLine } from "./shared-line.ts";

const NEAR_PS = 25_000;
const FAR_PS = 100_000;
const TIMES = { nearPs: NEAR_PS, farPs: FAR_PS };

/** Cores 0 … count − 1, `perComplex` of them in each complex, their clocks at `atPs`. */
function coresAt(atPs: number, count: number, perComplex: number): Core[] {
  return Array.from({ length: count }, (_, index) => {
    const core = new Core(index, Math.floor(index / perComplex), 1, []);
    core.passUntil(atPs, CAUSE.idle);
    return core;
  });
}

/** Updates per picosecond when the cores take turns and do nothing else. */
function rateOf(cores: readonly Core[], updates: number): number {
  const line = new SharedLine(TIMES);
  for (let index = 0; index < updates; index++) line.update(cores[index % cores.length]!);
  return updates / Math.max(...cores.map((core) => core.cursorPs));
}

describe("SharedLine", () => {
  it("costs the core that wrote last nothing", () => {
    const [core] = coresAt(1_000, 1, 8) as [Core];
    const line = new SharedLine(TIMES);
    for (let index = 0; index < 10; index++) line.update(core);
    expect(core.cursorPs).toBe(1_000);
  });

  it.each([
    ["near", 2, NEAR_PS],
    ["far", 1, FAR_PS],
  ])("moves %s in its transfer time when nobody else wants it", (_, perComplex, transferPs) => {
    // Whatever the phase of the calendar's slots.
    for (const atPs of [0, 1, 10_000, 24_999, 25_000, 1_234_567]) {
      const [first, second] = coresAt(atPs, 2, perComplex) as [Core, Core];
      const line = new SharedLine(TIMES);
      line.update(first);
      line.update(second);
      expect(first.cursorPs).toBe(atPs);
      expect(second.cursorPs - atPs).toBeGreaterThanOrEqual(transferPs);
      expect(second.cursorPs - atPs).toBeLessThan(transferPs + NEAR_PS);
    }
  });

  it("still moves far where near transfers take no time", () => {
    const times = { nearPs: 0, farPs: FAR_PS };
    const [first, near, far] = coresAt(1_000_000, 3, 2) as [Core, Core, Core];
    for (const line of [new SharedLine(times), new SharedLine(times, 10_000)]) {
      const beforePs = far.cursorPs;
      line.update(first);
      line.update(near);
      expect(near.cursorPs).toBe(first.cursorPs);
      line.update(far);
      expect(far.cursorPs - beforePs).toBeGreaterThanOrEqual(FAR_PS);
      expect(far.cursorPs - beforePs).toBeLessThan(2 * FAR_PS);
    }
  });

  it.each([
    ["near", 2, NEAR_PS],
    ["far", 1, FAR_PS],
  ])("moves %s twice to be read and then swapped", (_, perComplex, transferPs) => {
    const [first, second] = coresAt(1_000_000, 2, perComplex) as [Core, Core];
    const line = new SharedLine(TIMES);
    line.update(first);
    line.readAndSwap(second);
    line.readAndSwap(second);
    expect(first.cursorPs).toBe(1_000_000);
    expect(second.cursorPs - 1_000_000).toBeGreaterThanOrEqual(2 * transferPs);
    expect(second.cursorPs - 1_000_000).toBeLessThan(2 * transferPs + NEAR_PS);
  });

  it("charges the wait to contention, exactly", () => {
    const first = new Core(0, 0, 1, [0, 100_000]);
    const second = new Core(1, 0, 1, [0, 100_000]);
    const line = new SharedLine(TIMES);
    line.update(first);
    line.update(second);
    second.passUntil(100_000, CAUSE.idle);
    expect(second.rowBetween(0, 1)[CAUSE.contention]).toBe(NEAR_PS);
  });

  it.each([2, 4, 8])("is updated at most once per near transfer by %i cores", (count) => {
    const rate = rateOf(coresAt(0, count, count), 4_000);
    expect(rate * NEAR_PS).toBeLessThanOrEqual(1.01);
    expect(rate * NEAR_PS).toBeGreaterThan(0.9);
  });

  it("is updated at most once per far transfer by cores that are all far apart", () => {
    const rate = rateOf(coresAt(0, 8, 1), 4_000);
    expect(rate * FAR_PS).toBeLessThanOrEqual(1.01);
    expect(rate * FAR_PS).toBeGreaterThan(0.9);
  });

  it.each([0, 1, 7_777, 33_333])(
    "lets its owner take a lock again and again, %i ps later, without waiting",
    (gapPs) => {
      const core = new Core(0, 0, 1, [0, 10_000_000]);
      const line = new SharedLine(TIMES, 110_000);
      for (let index = 0; index < 20; index++) {
        line.hold(core, CAUSE.fileSystem, 110_000);
        core.charge(CAUSE.application, gapPs);
      }
      expect(core.cursorPs).toBe(20 * (110_000 + gapPs));
      core.passUntil(10_000_000, CAUSE.idle);
      const row = core.rowBetween(0, 1);
      expect([row[CAUSE.fileSystem], row[CAUSE.contention]]).toEqual([2_200_000, 0]);
    },
  );

  it.each([4, 64, 200])("lets nobody else of %s cores hold a lock at the same time", (count) => {
    const cores = coresAt(0, count, count);
    const line = new SharedLine(TIMES, 1_470_000);
    const turns = 20 * count;
    for (let index = 0; index < turns; index++) {
      line.hold(cores[index % count]!, CAUSE.fileSystem, 1_470_000);
    }
    const endPs = Math.max(...cores.map((core) => core.cursorPs));
    expect(endPs / turns).toBeGreaterThanOrEqual(1_470_000);
    expect(endPs / turns).toBeLessThan(1.1 * (1_470_000 + NEAR_PS));
  });

  it("is free on a machine whose lines move in no time", () => {
    const [first, second] = coresAt(5, 2, 1) as [Core, Core];
    const line = new SharedLine({ nearPs: 0, farPs: 0 });
    line.update(first);
    line.update(second);
    expect(second.cursorPs).toBe(5);
  });
});
