import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  planCollection,
  sustainedRate,
  validShare,
  writeAmplification,
} from "./garbage-collection.ts";

const spares = fc.double({ min: 0.02, max: 10, noNaN: true });

/** The definition: a log that is overwritten at random and collects its oldest block. */
function simulatedAmplification(spare: number): number {
  const unitsPerBlock = 64;
  const blocks = 400;
  const user = Math.floor((blocks * unitsPerBlock) / (1 + spare));
  const place = new Int32Array(user).fill(-1);
  const log: Int32Array[] = [];
  let open = new Int32Array(unitsPerBlock).fill(-1);
  let filled = 0;
  let written = 0;
  let serial = 0;
  const append = (unit: number): void => {
    place[unit] = serial * unitsPerBlock + filled;
    open[filled] = unit;
    filled += 1;
    written += 1;
    if (filled < unitsPerBlock) return;
    log.push(open);
    serial += 1;
    open = new Int32Array(unitsPerBlock).fill(-1);
    filled = 0;
  };
  let oldest = 0;
  const write = (unit: number): void => {
    append(unit);
    while (log.length >= blocks - 1) {
      const victim = log.shift()!;
      victim.forEach((moved, slot) => {
        if (place[moved] === oldest * unitsPerBlock + slot) append(moved);
      });
      oldest += 1;
    }
  };
  let state = 12_345;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * user);
  };
  for (let unit = 0; unit < user; unit++) write(unit);
  for (let step = 0; step < 4 * user; step++) write(next());
  const before = written;
  for (let step = 0; step < 4 * user; step++) write(next());
  return (written - before) / (4 * user);
}

describe("write amplification", () => {
  it("is that of a log that collects its oldest block", () => {
    for (const spare of [0.15, 0.3, 1]) {
      const simulated = simulatedAmplification(spare);
      expect(Math.abs(writeAmplification(spare) / simulated - 1), `spare ${spare}`).toBeLessThan(
        0.03,
      );
    }
  });

  it("is 2.36 with 30 % of spare room", () => {
    expect(writeAmplification(0.3)).toBeCloseTo(2.36, 2);
  });

  it("solves its equation, and lies between none and what an average block would cost", () => {
    fc.assert(
      fc.property(spares, (spare) => {
        const valid = validShare(spare);
        expect(Math.log(valid) + (1 + spare) * (1 - valid)).toBeCloseTo(0, 9);
        expect(writeAmplification(spare)).toBeGreaterThanOrEqual(1);
        expect(writeAmplification(spare)).toBeLessThan((1 + spare) / spare);
      }),
      { seed: 61 },
    );
  });

  it("falls as spare room grows, towards 1", () => {
    fc.assert(
      fc.property(spares, (spare) => {
        expect(writeAmplification(spare * 1.05)).toBeLessThan(writeAmplification(spare));
      }),
      { seed: 62 },
    );
    expect(writeAmplification(20)).toBeLessThan(1.001);
    expect(writeAmplification(0.01)).toBeGreaterThan(40);
  });

  it("needs spare room", () => {
    expect(() => validShare(0)).toThrow(/spare/);
  });
});

describe("planCollection", () => {
  const inputs = {
    spare: 0.3,
    programUnits: 16,
    pageUnits: 4,
    eraseUnits: 4_096,
    readPs: 1_000,
    erasePs: 70_000,
  };

  it("reads whole pages of which the valid part is moved", () => {
    const plan = planCollection(inputs);
    expect(plan.copiesPerProgram).toBeCloseTo(writeAmplification(0.3) - 1, 9);
    expect(plan.readsPerCopy).toBe(16 / (4 * validShare(0.3)));
    expect(plan.programsPerErase).toBe(256);
  });

  it("reads at least one unit at a time", () => {
    expect(planCollection({ ...inputs, pageUnits: 1, spare: 3 }).readsPerCopy).toBe(16);
  });

  it("sustains the program rate less what copies and erases take", () => {
    const fresh = sustainedRate(4, 16, 20_000, undefined);
    expect(fresh).toBeCloseTo((4 * 16) / 20_000, 12);
    const free = planCollection({ ...inputs, readPs: 0, erasePs: 0 });
    expect(fresh / sustainedRate(4, 16, 20_000, free)).toBeCloseTo(writeAmplification(0.3), 9);
    expect(sustainedRate(4, 16, 20_000, planCollection(inputs))).toBeLessThan(
      sustainedRate(4, 16, 20_000, free),
    );
  });
});
