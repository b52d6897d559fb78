import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/simulation.ts";
import { Flash } from "./flash.ts";
import { WriteBuffer } from "./write-buffer.ts";

const PROGRAM_PS = 10_000;

/** A buffer of which a command's number is its size in hundreds: command 203 has two units. */
function bench(
  capacityUnits: number,
  programUnits: number,
  dies = 2,
  readOld: (command: number) => number = () => 0,
) {
  const simulation = new Simulation();
  const accepted: { command: number; atPs: number }[] = [];
  const flushed: { command: number; atPs: number }[] = [];
  const flash = new Flash({
    dies,
    readPs: 1_000,
    readSpreadPs: 0,
    programPs: PROGRAM_PS,
    suspendPs: 0,
    safePointPs: 0,
  });
  const buffer = new WriteBuffer(
    simulation,
    flash,
    { capacityUnits, programUnits, programPs: PROGRAM_PS, programSpread: 0, seed: 0, dies },
    (command) => Math.floor(command / 100),
    readOld,
    (command) => accepted.push({ command, atPs: simulation.nowPs }),
    (command) => flushed.push({ command, atPs: simulation.nowPs }),
  );
  const write = simulation.register({ handle: (command) => buffer.write(command) });
  return { simulation, flash, buffer, accepted, flushed, write };
}

describe("a flush of the write buffer", () => {
  it("ends at once when nothing is in the buffer", () => {
    const { buffer, flushed } = bench(8, 4);
    buffer.flush(1);
    expect(flushed).toEqual([{ command: 1, atPs: 0 }]);
  });

  it("programs what does not fill a unit, and gives its room back exactly", () => {
    const { simulation, buffer, flushed } = bench(8, 4);
    buffer.write(100);
    buffer.flush(1);
    expect(flushed).toEqual([]);
    simulation.runUntil(PROGRAM_PS);
    expect(flushed).toEqual([{ command: 1, atPs: PROGRAM_PS }]);
    expect([buffer.occupied, buffer.drain.programs]).toEqual([0, 1]);
  });

  it("does not take what other dies program after it for what a slow one has still to do", () => {
    const { simulation, flash, buffer, flushed } = bench(100, 1);
    for (const command of [100, 101]) buffer.write(command);
    buffer.flush(1);
    for (const command of [102, 103, 104, 105]) buffer.write(command);
    // Reads keep die 0 from its program while die 1 does two.
    for (let read = 0; read < 15; read++) flash.read(0, 1);
    simulation.runUntil(100 * PROGRAM_PS);
    expect(flushed).toEqual([{ command: 1, atPs: PROGRAM_PS + 15 * 1_000 }]);
  });

  it("waits for every program before it, on every die, and for none after it", () => {
    const { simulation, buffer, flushed } = bench(100, 1);
    // Three programs on two dies: the second die is free again first.
    for (const command of [100, 101, 102]) buffer.write(command);
    buffer.flush(1);
    for (const command of [103, 104, 105, 106]) buffer.write(command);
    buffer.flush(2);
    simulation.runUntil(100 * PROGRAM_PS);
    expect(flushed).toEqual([
      { command: 1, atPs: 2 * PROGRAM_PS },
      { command: 2, atPs: 4 * PROGRAM_PS },
    ]);
    expect(buffer.occupied).toBe(0);
  });
});

describe("old content that is kept", () => {
  const READ_PS = 3_000;
  /** Writes `commands`, of which the first keeps old content; when room came back, by time. */
  function roomAt(programUnits: number, commands: readonly number[], isFlushed = false) {
    const readOld = (command: number): number => (command === commands[0] ? READ_PS : 0);
    const { simulation, buffer } = bench(100, programUnits, 2, readOld);
    commands.forEach((command, index) => {
      buffer.write(command);
      if (index === 0 && isFlushed) buffer.flush(1);
    });
    return [PROGRAM_PS, PROGRAM_PS + READ_PS].map((atPs) => {
      simulation.runUntil(atPs);
      return buffer.occupied;
    });
  }

  it("holds up the program that takes it, and not the next one", () => {
    expect(roomAt(2, [200, 201])).toEqual([2, 0]);
    expect(roomAt(2, [100, 200], true)).toEqual([1, 0]);
  });

  it("holds up every program that takes a part of its write", () => {
    expect(roomAt(2, [300, 101])).toEqual([4, 0]);
  });

  it("is waited for although a later write of the unit has its own sooner", () => {
    const readOld = (command: number): number => (command === 100 ? READ_PS : 1_000);
    const { simulation, buffer } = bench(100, 2, 1, readOld);
    for (const command of [100, 101]) buffer.write(command);
    simulation.runUntil(PROGRAM_PS + READ_PS - 1);
    expect(buffer.occupied).toBe(2);
    simulation.runUntil(PROGRAM_PS + READ_PS);
    expect(buffer.occupied).toBe(0);
  });
});

describe("WriteBuffer", () => {
  it("accepts at once while there is room", () => {
    const { buffer, accepted } = bench(4, 4);
    for (const command of [100, 101, 102]) buffer.write(command);
    expect(accepted.map(({ command }) => command)).toEqual([100, 101, 102]);
    expect(buffer.occupied).toBe(3);
  });

  it("holds writes back until a program has made room, then takes them in order", () => {
    const { simulation, buffer, accepted } = bench(4, 2);
    for (const command of [200, 201, 202, 103, 104, 105]) buffer.write(command);
    expect(accepted.map(({ command }) => command)).toEqual([200, 201]);
    // Both dies program two units each and end together.
    simulation.runUntil(PROGRAM_PS - 1);
    expect(accepted).toHaveLength(2);
    simulation.runUntil(PROGRAM_PS);
    expect(accepted.slice(2).map(({ command }) => command)).toEqual([202, 103, 104]);
    simulation.runUntil(2 * PROGRAM_PS);
    expect(accepted.slice(5)).toEqual([{ command: 105, atPs: 2 * PROGRAM_PS }]);
  });

  it("does not let a small write overtake a large one that waits", () => {
    const { buffer, accepted } = bench(4, 4);
    for (const command of [300, 201, 102]) buffer.write(command);
    expect(accepted.map(({ command }) => command)).toEqual([300]);
  });

  it("returns the room of whole program units, and keeps what has gathered", () => {
    const { simulation, buffer } = bench(8, 4);
    for (const command of [300, 301]) buffer.write(command);
    expect(buffer.occupied).toBe(6);
    while (simulation.step());
    expect(buffer.occupied).toBe(2);
  });

  it("programs the dies in turn, one operation each at a time", () => {
    const { simulation, flash, buffer } = bench(100, 2, 2);
    for (let index = 0; index < 6; index++) buffer.write(200 + index);
    expect([flash.programEndPs(0), flash.programEndPs(1)]).toEqual([PROGRAM_PS, PROGRAM_PS]);
    while (simulation.step());
    expect([flash.programEndPs(0), flash.programEndPs(1)]).toEqual([30_000, 30_000]);
    expect(buffer.occupied).toBe(0);
  });

  it("waits for a program that reads have suspended", () => {
    const { simulation, flash, buffer } = bench(4, 2, 1);
    buffer.write(200);
    simulation.runUntil(5_000);
    flash.read(0, 5_000);
    simulation.runUntil(PROGRAM_PS + 999);
    expect(buffer.occupied).toBe(2);
    simulation.runUntil(PROGRAM_PS + 1_000);
    expect(buffer.occupied).toBe(0);
  });

  it("takes in the long run what the dies can program", () => {
    const { simulation, accepted, write } = bench(64, 8, 4);
    const count = 20_000;
    for (let index = 0; index < count; index++) simulation.schedule(0, write, 100 + (index % 100));
    while (simulation.step());
    expect(accepted).toHaveLength(count);
    const unitsPerPs = count / accepted[count - 1]!.atPs;
    const limit = (4 * 8) / PROGRAM_PS;
    expect(unitsPerPs / limit).toBeGreaterThan(0.99);
    expect(unitsPerPs / limit).toBeLessThan(1.01);
  });

  it("accepts every write exactly once and in order, within its capacity", () => {
    const writes = fc.array(
      fc.record({ gap: fc.nat(20_000), units: fc.integer({ min: 1, max: 6 }) }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(writes, fc.integer({ min: 1, max: 4 }), (requests, programUnits) => {
        // Room for the largest write beside what may have gathered.
        const capacity = 6 + programUnits - 1;
        const { simulation, buffer, accepted, write } = bench(capacity, programUnits, 3);
        let atPs = 0;
        const commands = requests.map(({ gap, units }, index) => {
          atPs += gap;
          simulation.schedule(atPs, write, 100 * units + (index % 100));
          return 100 * units + (index % 100);
        });
        while (simulation.step()) {
          expect(buffer.occupied).toBeGreaterThanOrEqual(0);
          expect(buffer.occupied).toBeLessThanOrEqual(capacity);
        }
        expect(accepted.map(({ command }) => command)).toEqual(commands);
        expect(buffer.occupied).toBeLessThan(programUnits);
      }),
      { seed: 53, numRuns: 300 },
    );
  });
});
