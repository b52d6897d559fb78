import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Flash } from "./flash.ts";

const READ_PS = 1_000;
const SUSPEND_PS = 70;
const SAFE_PS = 400;
const flashOf = (safePointPs = SAFE_PS, dies = 1): Flash =>
  new Flash({ dies, readPs: READ_PS, readSpreadPs: 0, suspendPs: SUSPEND_PS, safePointPs });

describe("a read that meets a program", () => {
  it("waits for the next safe point, then for the suspension", () => {
    for (const [atPs, safePs] of [
      [1, 400],
      [399, 400],
      [400, 400],
      [401, 800],
    ] as const) {
      const flash = flashOf();
      flash.program(0, 0, 100_000);
      expect(flash.read(0, atPs)).toBe(safePs + SUSPEND_PS + READ_PS);
      expect(flash.programEndPs(0)).toBe(100_000 + SUSPEND_PS + READ_PS);
      expect(flash.suspensions).toBe(1);
    }
  });

  it("waits for the end when that comes first, and costs the program nothing", () => {
    const flash = flashOf();
    flash.program(0, 0, 900);
    expect(flash.read(0, 850)).toBe(900 + READ_PS);
    expect(flash.programEndPs(0)).toBe(900);
    expect(flash.suspensions).toBe(0);
  });

  it("always waits for the end when there is no safe point before it", () => {
    const flash = flashOf(5_000);
    flash.program(0, 0, 4_000);
    expect(flash.read(0, 1)).toBe(4_000 + READ_PS);
  });

  it("finds the safe points counted from where the program went on", () => {
    const flash = flashOf();
    flash.program(0, 0, 100_000);
    const firstPs = flash.read(0, 1);
    expect(firstPs).toBe(SAFE_PS + SUSPEND_PS + READ_PS);
    expect(flash.read(0, firstPs + 1)).toBe(firstPs + SAFE_PS + SUSPEND_PS + READ_PS);
  });
});

describe("laws", () => {
  const reads = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 200 });

  it("a read waits for a program for one safe point and one suspension at most", () => {
    fc.assert(
      fc.property(reads, fc.integer({ min: 0, max: 2_000 }), (gaps, safePointPs) => {
        const flash = flashOf(safePointPs);
        flash.program(0, 0, 50_000);
        let atPs = 0;
        let freePs = 0;
        for (const gap of gaps) {
          atPs += gap;
          const donePs = flash.read(0, atPs);
          const waitedPs = donePs - READ_PS - Math.max(atPs, freePs);
          expect(waitedPs).toBeGreaterThanOrEqual(0);
          expect(waitedPs).toBeLessThanOrEqual(safePointPs + SUSPEND_PS);
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
    const programPs = 10 * SAFE_PS;
    flash.program(0, 0, programPs);
    let atPs = 1;
    // A read arrives whenever the last one has just been given back.
    while (atPs < flash.programEndPs(0)) atPs = flash.read(0, atPs) + 1;
    expect(flash.suspensions).toBeLessThanOrEqual(10);
    expect(flash.programEndPs(0)).toBeLessThan(programPs + 10 * (SUSPEND_PS + READ_PS) + 1);
  });
});
