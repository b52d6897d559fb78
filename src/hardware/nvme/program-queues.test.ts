import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/simulation.ts";
import { Flash } from "./flash.ts";
import type { CollectionPlan } from "./garbage-collection.ts";
import { sustainedRate } from "./garbage-collection.ts";
import { ProgramQueues } from "./program-queues.ts";

const PROGRAM_PS = 10_000;
const DIES = 4;
const PLAN: CollectionPlan = {
  copiesPerProgram: 1.25,
  readsPerCopy: 1.5,
  readPs: 2_000,
  erasePs: 50_000,
  programsPerErase: 8,
};

function bench(collection?: CollectionPlan, programSpread = 0, seed = 0) {
  const simulation = new Simulation();
  const flash = new Flash({
    dies: DIES,
    readPs: PLAN.readPs,
    readSpreadPs: 0,
    programPs: PROGRAM_PS,
    suspendPs: 0,
    safePointPs: 0,
  });
  let done = 0;
  const times = { dies: DIES, programPs: PROGRAM_PS, programSpread, seed, collection };
  const queues = new ProgramQueues(simulation, flash, times, () => {
    done += 1;
  });
  return { simulation, flash, queues, done: () => done };
}

function programAll(collection: CollectionPlan | undefined, count: number) {
  const run = bench(collection);
  for (let index = 0; index < count; index++) run.queues.program(1);
  while (run.simulation.step());
  return run;
}

describe("ProgramQueues", () => {
  it("programs only, on a fresh drive", () => {
    const { queues, done, simulation } = programAll(undefined, 1_000);
    expect([queues.programs, queues.copies, queues.erases]).toEqual([1_000, 0, 0]);
    expect(done()).toBe(1_000);
    expect(simulation.nowPs).toBe((1_000 / DIES) * PROGRAM_PS);
  });

  it("copies and erases in proportion, on one that has been written full", () => {
    const { queues, done } = programAll(PLAN, 4_000);
    expect([queues.programs, queues.copies, done()]).toEqual([4_000, 5_000, 4_000]);
    expect(Math.abs(queues.erases - 9_000 / 8)).toBeLessThanOrEqual(DIES);
  });

  it("keeps copies less than one behind what they are owed", () => {
    const { queues, simulation } = bench(PLAN);
    for (let index = 1; index <= 100; index++) {
      queues.program(1);
      while (simulation.step());
      expect(queues.copies).toBe(Math.floor(index * 1.25));
    }
  });

  it("takes in the long run what the formula says", () => {
    const count = 4_000;
    const { simulation } = programAll(PLAN, count);
    const rate = count / simulation.nowPs;
    expect(rate / sustainedRate(DIES, 1, PROGRAM_PS, PLAN)).toBeGreaterThan(0.99);
    expect(rate / sustainedRate(DIES, 1, PROGRAM_PS, PLAN)).toBeLessThan(1.01);
  });

  it("gives out exactly the die time of its operations", () => {
    const { queues, flash } = programAll(PLAN, 400);
    const { programs, copies, erases } = queues;
    expect(flash.busyPs).toBe(
      (programs + copies) * PROGRAM_PS + copies * 1.5 * PLAN.readPs + erases * PLAN.erasePs,
    );
  });

  it("draws each program's time from its range, with the mean that was asked for", () => {
    const spread = 0.1;
    const rounds = 4_000;
    const { simulation, flash, queues } = bench(undefined, spread);
    let shortestPs = Number.POSITIVE_INFINITY;
    let longestPs = 0;
    for (let index = 0; index < rounds; index++) {
      const startPs = simulation.nowPs;
      const busyPs = flash.busyPs;
      queues.program(1);
      expect(flash.busyPs - busyPs).toBe(flash.programEndPs(index % DIES) - startPs);
      shortestPs = Math.min(shortestPs, flash.busyPs - busyPs);
      longestPs = Math.max(longestPs, flash.busyPs - busyPs);
      while (simulation.step());
    }
    expect(shortestPs).toBeGreaterThanOrEqual((1 - spread) * PROGRAM_PS);
    expect(longestPs).toBeLessThanOrEqual((1 + spread) * PROGRAM_PS);
    expect(longestPs - shortestPs).toBeGreaterThan(1.98 * spread * PROGRAM_PS);
    expect(Math.abs(flash.busyPs / (rounds * PROGRAM_PS) - 1)).toBeLessThan(0.005);
  });

  it("draws other times for each drive of an array", () => {
    const ends = [0, 1].map((seed) => {
      const { flash, queues } = bench(undefined, 0.1, seed);
      queues.program(1);
      return Math.max(...Array.from({ length: DIES }, (_, die) => flash.programEndPs(die)));
    });
    expect(ends[0]).not.toBe(ends[1]);
  });

  it("begins at another die on each drive of an array, and then takes them in turn", () => {
    const firsts = Array.from({ length: 16 }, (_, seed) => {
      const { queues } = bench(undefined, 0, seed);
      queues.program(1);
      const first = queues.pendingPrograms.indexOf(1);
      for (let index = 1; index < DIES; index++) queues.program(1);
      expect([...queues.pendingPrograms]).toEqual([1, 1, 1, 1]);
      return first;
    });
    expect(firsts[0]).toBe(0);
    expect([...new Set(firsts)].sort()).toEqual([0, 1, 2, 3]);
  });

  it("spreads erases: dies do not erase in step", () => {
    const { simulation, queues, flash } = bench({ ...PLAN, copiesPerProgram: 0.001 });
    for (let index = 0; index < 2 * DIES; index++) queues.program(1);
    const ends = new Set(Array.from({ length: DIES }, (_, die) => flash.programEndPs(die)));
    expect(ends.size).toBe(1);
    while (simulation.step());
    const late = Array.from({ length: DIES }, (_, die) => flash.programEndPs(die));
    expect(new Set(late).size).toBeGreaterThan(1);
  });
});
