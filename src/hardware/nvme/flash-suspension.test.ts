import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flash } from "./flash.ts";

const READ_PS = 1_000;
const SUSPEND_PS = 70;
const SAFE_PS = 400;
const PROGRAM_PS = 1_000_000;
const flashOf = (safePointPs = SAFE_PS, dies = 1): Flash =>
  new Flash({
    dies,
    readPs: READ_PS,
    readSpreadPs: 0,
    programPs: PROGRAM_PS,
    suspendPs: SUSPEND_PS,
    safePointPs,
  });

/** How long each of `count` reads far from one another waits for a program without end. */
function waits(count: number, safePointPs = SAFE_PS): number[] {
  const flash = flashOf(safePointPs);
  flash.program(0, 0, 1e12);
  return Array.from({ length: count }, (_, index) => {
    const atPs = 1 + index * 1e6;
    return flash.read(0, atPs) - READ_PS - atPs;
  });
}

describe("a read that meets a program", () => {
  it("waits until it can be suspended, then for the suspension", () => {
    const flash = flashOf();
    flash.program(0, 0, 100_000);
    expect(flash.read(0, 1)).toBeGreaterThanOrEqual(1 + SUSPEND_PS + READ_PS);
    expect(flash.programEndPs(0)).toBe(100_000 + SUSPEND_PS + READ_PS);
    expect(flash.suspensions).toBe(1);
  });

  it("waits for an exponential time, however long the last safe point is past", () => {
    const count = 100_000;
    const all = waits(count).map((waitPs) => waitPs - SUSPEND_PS);
    const mean = all.reduce((sum, waitPs) => sum + waitPs, 0) / count;
    expect(Math.abs(mean / SAFE_PS - 1)).toBeLessThan(0.02);
    for (const times of [0.5, 1, 2, 4]) {
      const beyond = all.filter((waitPs) => waitPs > times * SAFE_PS).length / count;
      expect(Math.abs(beyond / Math.exp(-times) - 1), `${times} means`).toBeLessThan(0.05);
    }
  });

  it("waits the same in every run", () => {
    expect(waits(100)).toEqual(waits(100));
  });

  it("suspends at once where nothing has to be waited for", () => {
    expect(new Set(waits(100, 0))).toEqual(new Set([SUSPEND_PS]));
  });

  it("waits for the end when that comes first, and costs the program nothing", () => {
    const flash = flashOf();
    flash.program(0, 0, 900);
    expect(flash.read(0, 899)).toBe(900 + READ_PS);
    expect(flash.programEndPs(0)).toBe(900);
    expect(flash.suspensions).toBe(0);
  });

  it("always waits for the end on a drive that suspends nothing", () => {
    const flash = flashOf(PROGRAM_PS);
    flash.program(0, 0, 4_000);
    expect(flash.read(0, 1)).toBe(4_000 + READ_PS);
    flash.program(0, 10_000, 500_000);
    expect(flash.read(0, 10_001)).toBe(510_000 + READ_PS);
  });
});

describe("laws", () => {
  const reads = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 200 });

  it("a read waits for a program until its end and one suspension at most", () => {
    fc.assert(
      fc.property(reads, fc.integer({ min: 0, max: 2_000 }), (gaps, safePointPs) => {
        const flash = flashOf(safePointPs);
        flash.program(0, 0, 50_000);
        let atPs = 0;
        let freePs = 0;
        for (const gap of gaps) {
          atPs += gap;
          const endPs = flash.programEndPs(0);
          const donePs = flash.read(0, atPs);
          const readyPs = Math.max(atPs, freePs);
          const startedPs = donePs - READ_PS;
          expect(startedPs).toBeGreaterThanOrEqual(readyPs);
          expect(startedPs).toBeLessThan(Math.max(readyPs, endPs) + SUSPEND_PS + 1);
          freePs = donePs;
        }
      }),
      { seed: 71, numRuns: 300 },
    );
  });

  it("a program ends after its own time and the reads and suspensions within it", () => {
    fc.assert(
      fc.property(reads, (gaps) => {
        const flash = flashOf();
        const programPs = 20_000;
        flash.program(0, 0, programPs);
        let atPs = 0;
        let within = 0;
        for (const gap of gaps) {
          atPs += gap;
          const donePs = flash.read(0, atPs);
          if (donePs <= flash.programEndPs(0)) within += 1;
        }
        const expectedPs = programPs + within * READ_PS + flash.suspensions * SUSPEND_PS;
        expect(flash.programEndPs(0)).toBe(expectedPs);
      }),
      { seed: 72, numRuns: 300 },
    );
  });

  it("reads delay a program and never starve it", () => {
    const flash = flashOf();
    const programPs = 1_000 * SAFE_PS;
    flash.program(0, 0, programPs);
    let atPs = 1;
    // A read arrives whenever the last one has just been given back.
    while (atPs < flash.programEndPs(0)) atPs = flash.read(0, atPs) + 1;
    expect(flash.suspensions).toBeGreaterThan(900);
    expect(flash.suspensions).toBeLessThan(1_100);
  });
});
