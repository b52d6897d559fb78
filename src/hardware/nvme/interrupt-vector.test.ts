import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/simulation.ts";
import type { Coalescing } from "./interrupt-vector.ts";
import { InterruptVector, NO_COALESCING } from "./interrupt-vector.ts";

const DELIVERY_PS = 300;

/** A vector with a handler that takes every visible completion and notes when it ran. */
function bench(coalescing: Coalescing, handlerPs = 0, lookaheadPs = 0) {
  const simulation = new Simulation();
  const posted: number[] = [];
  const interrupts: { atPs: number; found: number }[] = [];
  const target = {
    interrupt: (_: number, atPs: number): void => {
      // The handler looks again until it finds nothing, so it sees what came while it ran.
      let found = 0;
      while (posted.length > 0 && posted[0]! <= atPs + handlerPs) {
        posted.shift();
        found += 1;
      }
      interrupts.push({ atPs, found });
      const nextPs = posted[0] ?? Number.POSITIVE_INFINITY;
      vector.served(nextPs, posted.length, atPs + handlerPs);
    },
  };
  const times = { deliveryPs: DELIVERY_PS, lookaheadPs };
  const vector = new InterruptVector(simulation, target, 0, times, coalescing);
  const post = simulation.register({
    handle: (delay) => {
      posted.push(simulation.nowPs + delay);
      posted.sort((a, b) => a - b);
      vector.completionPosted(simulation.nowPs + delay);
    },
  });
  /** Posts at `atPs` an entry that can be seen `delay` later. */
  const complete = (atPs: number, delay = 0): void => simulation.schedule(atPs, post, delay);
  return { simulation, posted, interrupts, complete };
}

describe("an interrupt vector", () => {
  it("interrupts once the entry is visible and the message delivered", () => {
    const { simulation, interrupts, complete } = bench(NO_COALESCING);
    complete(1_000, 40);
    simulation.runUntil(1_339);
    expect(interrupts).toEqual([]);
    simulation.runUntil(1_340);
    expect(interrupts).toEqual([{ atPs: 1_340, found: 1 }]);
  });

  it("sends nothing more while one interrupt is on its way", () => {
    const { simulation, interrupts, complete } = bench(NO_COALESCING);
    for (const atPs of [1_000, 1_100, 1_299]) complete(atPs);
    simulation.runUntil(10_000);
    expect(interrupts).toEqual([{ atPs: 1_300, found: 3 }]);
  });

  it("sends the next one after it was served", () => {
    const { simulation, interrupts, complete } = bench(NO_COALESCING);
    complete(1_000);
    complete(1_301);
    simulation.runUntil(10_000);
    expect(interrupts.map(({ atPs }) => atPs)).toEqual([1_300, 1_601]);
  });

  it("comes earlier when a later entry can be seen earlier", () => {
    const { simulation, interrupts, complete } = bench(NO_COALESCING);
    complete(1_000, 5_000);
    complete(1_100, 10);
    simulation.runUntil(20_000);
    expect(interrupts).toEqual([
      { atPs: 1_410, found: 1 },
      { atPs: 6_300, found: 1 },
    ]);
  });

  it("gathers completions up to the threshold", () => {
    const { simulation, interrupts, complete } = bench({ threshold: 3, timePs: 100_000 });
    for (const atPs of [1_000, 2_000, 3_000, 9_000]) complete(atPs);
    simulation.runUntil(50_000);
    expect(interrupts).toEqual([{ atPs: 3_300, found: 3 }]);
  });

  it("gathers no longer than the time allows", () => {
    const { simulation, interrupts, complete } = bench({ threshold: 3, timePs: 5_000 });
    complete(1_000);
    complete(4_000);
    simulation.runUntil(6_299);
    expect(interrupts).toEqual([]);
    simulation.runUntil(50_000);
    expect(interrupts).toEqual([{ atPs: 6_300, found: 2 }]);
  });

  it("counts what was posted but could not be seen yet when it was served", () => {
    const { simulation, interrupts, complete } = bench({ threshold: 3, timePs: 100_000 });
    for (const atPs of [1_000, 2_000, 3_000]) complete(atPs);
    complete(3_200, 1_000);
    complete(3_250, 1_100);
    complete(6_000);
    simulation.runUntil(50_000);
    expect(interrupts).toEqual([
      { atPs: 3_300, found: 3 },
      { atPs: 6_300, found: 3 },
    ]);
  });

  it("gathers nothing that the handler has found before it returned", () => {
    const { simulation, interrupts, complete } = bench({ threshold: 3, timePs: 100_000 }, 500);
    for (const atPs of [1_000, 2_000, 3_000, 3_500, 9_000, 10_000]) complete(atPs);
    simulation.runUntil(50_000);
    expect(interrupts).toEqual([
      { atPs: 3_300, found: 3 },
      { atPs: 3_800, found: 1 },
    ]);
  });

  it("is never lost, and never comes for nothing", () => {
    const settings = fc.record({
      threshold: fc.integer({ min: 1, max: 5 }),
      timePs: fc.integer({ min: 0, max: 3_000 }),
    });
    const arrivals = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 900 }),
        delay: fc.integer({ min: 0, max: 500 }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(
        settings,
        arrivals,
        fc.nat(700),
        fc.nat(2_000),
        (coalescing, completions, ...more) => {
          const { simulation, posted, interrupts, complete } = bench(coalescing, ...more);
          let atPs = 0;
          for (const { gap, delay } of completions) {
            atPs += gap;
            complete(atPs, delay);
          }
          while (simulation.step());
          expect(posted).toEqual([]);
          expect(interrupts.reduce((sum, { found }) => sum + found, 0)).toBe(completions.length);
          // Whoever looks longer than an entry was announced ahead finds it before its interrupt.
          if (more[0] === 0) {
            for (const { found } of interrupts) expect(found).toBeGreaterThan(0);
          }
          expect(interrupts.length).toBeLessThanOrEqual(completions.length);
        },
      ),
      { seed: 52, numRuns: 800 },
    );
  });
});
