import { describe, expect, it } from "vitest";
import { Alarm } from "./alarm.ts";
import { Simulation } from "./simulation.ts";

/** An alarm and the moments at which it has acted. */
function logged(): { simulation: Simulation; alarm: Alarm; log: number[] } {
  const simulation = new Simulation();
  const log: number[] = [];
  return { simulation, alarm: new Alarm(simulation, () => log.push(simulation.nowPs)), log };
}

describe("Alarm", () => {
  it("acts once, at the earliest of the moments that it was set for", () => {
    const { simulation, alarm, log } = logged();
    expect([alarm.set(30), alarm.set(40), alarm.set(30), alarm.set(20)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    simulation.runUntil(100);
    expect(log).toEqual([20]);
    expect(alarm.isSet).toBe(false);
  });

  it("can be set again by what it does, also for a moment whose event lies in the queue", () => {
    const simulation = new Simulation();
    const log: number[] = [];
    const alarm = new Alarm(simulation, () => {
      log.push(simulation.nowPs);
      if (log.length === 1) alarm.set(30);
    });
    alarm.set(30);
    alarm.set(20);
    simulation.runUntil(100);
    expect(log).toEqual([20, 30]);
  });

  it("takes a moment that has passed for now", () => {
    const { simulation, alarm, log } = logged();
    simulation.runUntil(50);
    alarm.set(10);
    simulation.runUntil(60);
    expect(log).toEqual([50]);
  });

  it("moves the clock where nothing else happens, and is not set then", () => {
    const { simulation, alarm, log } = logged();
    const other = simulation.register({ handle: () => {} });
    let moved: boolean[] = [];
    const first = simulation.register({
      handle: () => {
        moved = [alarm.advanceTo(20), alarm.advanceTo(40)];
      },
    });
    simulation.schedule(10, first, 0);
    simulation.schedule(30, other, 0);
    simulation.runUntil(100);
    expect(moved).toEqual([true, false]);
    expect(alarm.isSet).toBe(false);
    expect(log).toEqual([]);
  });
});
