import { describe, expect, it } from "vitest";
import { Flash } from "./flash.ts";

const READ_PS = 1_000;
const SUSPEND_PS = 70;
const flashOf = (readSpreadPs = 0, dies = 4): Flash =>
  new Flash({
    dies,
    readPs: READ_PS,
    readSpreadPs,
    programPs: 1_000_000,
    suspendPs: SUSPEND_PS,
    safePointPs: 0,
  });

describe("Flash", () => {
  it("reads units of one die one after the other", () => {
    const flash = flashOf();
    expect([0, 4, 8].map((unit) => flash.read(unit, 0))).toEqual([1_000, 2_000, 3_000]);
    expect(flash.busyPs).toBe(3_000);
  });

  it("reads units of different dies at the same time", () => {
    const flash = flashOf();
    expect([0, 1, 2, 3].map((unit) => flash.read(unit, 50))).toEqual([1_050, 1_050, 1_050, 1_050]);
  });

  it("starts at the request when the die is free", () => {
    const flash = flashOf();
    flash.read(0, 0);
    expect(flash.read(4, 5_000)).toBe(6_000);
  });

  it("keeps the mean when the spread is wider than it", () => {
    let sumPs = 0;
    for (let unit = 0; unit < 30_000; unit++) sumPs += flashOf(8 * READ_PS).read(unit, 0);
    expect(sumPs / 30_000 / READ_PS).toBeCloseTo(1, 1);
  });

  it("has three page types in equal shares, decided by the address for good", () => {
    const times = new Map<number, number>();
    for (let unit = 0; unit < 30_000; unit++) {
      const took = flashOf(300).read(unit, 0);
      expect(flashOf(300).read(unit, 0)).toBe(took);
      times.set(took, (times.get(took) ?? 0) + 1);
    }
    expect([...times.keys()].sort((a, b) => a - b)).toEqual([700, 1_000, 1_300]);
    for (const count of times.values()) expect(Math.abs(count / 10_000 - 1)).toBeLessThan(0.03);
  });

  it("never reads in negative time", () => {
    const flash = flashOf(5_000, 1);
    let lastPs = 0;
    for (let unit = 0; unit < 100; unit++) {
      const donePs = flash.read(unit, 0);
      expect(donePs).toBeGreaterThanOrEqual(lastPs);
      lastPs = donePs;
    }
  });

  it("takes addresses up to 2^32", () => {
    expect(flashOf(300).read(4_294_967_295, 0)).toBeGreaterThan(0);
  });

  it("suspends a program for a read, which costs the program both, the read one", () => {
    const flash = flashOf();
    expect(flash.program(0, 0, 100_000)).toBe(100_000);
    expect(flash.read(0, 40_000)).toBe(40_000 + SUSPEND_PS + READ_PS);
    expect(flash.programEndPs(0)).toBe(100_000 + SUSPEND_PS + READ_PS);
    // The next one in the row finds the program suspended already.
    expect(flash.read(4, 40_500)).toBe(40_000 + SUSPEND_PS + 2 * READ_PS);
    expect(flash.programEndPs(0)).toBe(100_000 + SUSPEND_PS + 2 * READ_PS);
    // Another die has no program.
    expect(flash.read(1, 40_000)).toBe(41_000);
  });

  it("begins a program when the reads of its die are done", () => {
    const flash = flashOf();
    flash.read(0, 0);
    flash.read(4, 0);
    expect(flash.program(0, 100, 10_000)).toBe(12_000);
    expect(flash.program(1, 100, 10_000)).toBe(10_100);
  });

  it("reads at full speed once the program has ended", () => {
    const flash = flashOf();
    flash.program(0, 0, 10_000);
    expect(flash.read(0, 10_000)).toBe(11_000);
  });
});
