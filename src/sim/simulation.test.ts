import { describe, expect, it } from "vitest";
import { InvariantError } from "../base/assert.ts";
import { Simulation } from "./simulation.ts";

/** A simulation and the log of what its one handler saw. */
function logged(): { simulation: Simulation; handler: number; log: [number, number][] } {
  const simulation = new Simulation();
  const log: [number, number][] = [];
  const handler = simulation.register({
    handle: (argument) => log.push([simulation.nowPs, argument]),
  });
  return { simulation, handler, log };
}

describe("Simulation", () => {
  it("handles events in the order of time, ties in the order of scheduling", () => {
    const { simulation, handler, log } = logged();
    simulation.schedule(20, handler, 1);
    simulation.schedule(10, handler, 2);
    simulation.schedule(20, handler, 3);
    expect(simulation.pendingEvents).toBe(3);
    while (simulation.step());
    expect(log).toEqual([
      [10, 2],
      [20, 1],
      [20, 3],
    ]);
    expect([simulation.nowPs, simulation.eventCount, simulation.pendingEvents]).toEqual([20, 3, 0]);
  });

  it("refuses an event in the past, and takes one in the present", () => {
    const { simulation, handler, log } = logged();
    simulation.runUntil(100);
    expect(() => simulation.schedule(99, handler, 0)).toThrow(InvariantError);
    simulation.schedule(100, handler, 7);
    simulation.runUntil(100);
    expect(log).toEqual([[100, 7]]);
  });

  it("runs up to and including the end, and leaves the clock there", () => {
    const { simulation, handler, log } = logged();
    for (const atPs of [5, 10, 11]) simulation.schedule(atPs, handler, atPs);
    simulation.runUntil(10);
    expect(log.map(([atPs]) => atPs)).toEqual([5, 10]);
    expect(simulation.nowPs).toBe(10);
    simulation.runUntil(50);
    expect(log.map(([atPs]) => atPs)).toEqual([5, 10, 11]);
    expect(simulation.nowPs).toBe(50);
  });

  it("does not move the clock backwards", () => {
    const { simulation } = logged();
    simulation.runUntil(50);
    simulation.runUntil(20);
    expect(simulation.nowPs).toBe(50);
  });

  it("lets a handler schedule more for the same instant", () => {
    const simulation = new Simulation();
    let count = 0;
    const handler: number = simulation.register({
      handle: () => {
        count += 1;
        if (count < 5) simulation.schedule(simulation.nowPs, handler, 0);
      },
    });
    simulation.schedule(3, handler, 0);
    simulation.runUntil(3);
    expect([count, simulation.nowPs]).toEqual([5, 3]);
  });

  it("moves the clock for a handler only as far as nothing else happens and the run goes", () => {
    const simulation = new Simulation();
    const answers: [boolean, number][] = [];
    const asker = simulation.register({
      handle: (atPs) => answers.push([simulation.advanceTo(atPs), simulation.nowPs]),
    });
    const other = simulation.register({ handle: () => {} });
    simulation.schedule(10, asker, 29);
    simulation.schedule(30, other, 0);
    simulation.schedule(40, asker, 60);
    simulation.schedule(60, other, 0);
    simulation.schedule(70, asker, 100);
    simulation.schedule(100, asker, 101);
    simulation.runUntil(100);
    // Before the other event; at the same moment as it; before an own one at 100; beyond the end.
    expect(answers).toEqual([
      [true, 29],
      [false, 40],
      [false, 70],
      [false, 100],
    ]);
    simulation.schedule(200, asker, 250);
    simulation.step();
    expect(answers.at(-1)).toEqual([false, 200]);
  });
});
