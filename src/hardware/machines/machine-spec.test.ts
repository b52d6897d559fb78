import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../base/usage-error.ts";
import { findMachine, MACHINE_IDS, machines } from "./index.ts";
import type { ClockPoint } from "./machine-spec.ts";
import { clockGHz, parseMachine } from "./machine-spec.ts";

const milan = machines["milan-pm1733"];

const point = (activeCores: number, value: number): ClockPoint => ({
  activeCores,
  clock: { value, unit: "GHz", provenance: "datasheet", source: "toy", where: "here" },
});

/** The error that a machine file gives. */
function errorOf(machine: unknown): string {
  try {
    findMachine(machine as Record<string, unknown>);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error("the machine was accepted");
}

/** A machine file that changes one number of the drive or the processor. */
const drive = (name: string, change: object): unknown => ({
  extends: "milan-pm1733",
  drive: { numbers: { [name]: { ...milan.drive.numbers.readTime, ...change } } },
});

describe("clockGHz", () => {
  const clocks = [point(1, 3.6), point(32, 2.5), point(64, 2)];

  it("meets the given points and stays there beyond the last one", () => {
    expect(clockGHz(clocks, 1)).toBe(3.6);
    expect(clockGHz(clocks, 32)).toBe(2.5);
    expect(clockGHz(clocks, 64)).toBe(2);
    expect(clockGHz(clocks, 1_000)).toBe(2);
    expect(clockGHz([point(1, 3)], 17)).toBe(3);
  });

  it("lies on straight lines in between", () => {
    expect(clockGHz(clocks, 48)).toBeCloseTo(2.25, 12);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 63 }), (cores) => {
        const fall = clockGHz(clocks, cores) - clockGHz(clocks, cores + 1);
        expect(fall).toBeCloseTo(cores < 32 ? 1.1 / 31 : 0.5 / 32, 12);
      }),
      { seed: 41 },
    );
  });
});

describe("a machine file", () => {
  it("extends a built-in machine and replaces numbers as a whole", () => {
    const readTime = {
      value: 50,
      unit: "µs",
      provenance: "measured",
      source: "me",
      where: "fio",
    };
    const machine = findMachine({
      extends: "milan-pm1733",
      id: "mine",
      driveCount: 3,
      drive: { numbers: { readTime } },
    });
    expect(machine.drive.numbers.readTime).toEqual(readTime);
    expect(machine.drive.numbers.dies).toEqual(milan.drive.numbers.dies);
    expect([machine.id, machine.driveCount, machine.cpu.cores]).toEqual(["mine", 3, 64]);
    expect(milan.drive.numbers.readTime.value).not.toBe(50);
  });

  it("is found by its name", () => {
    for (const id of MACHINE_IDS) expect(findMachine(id).id).toBe(id);
    expect(errorOf("nowhere")).toMatch(/"nowhere".*milan-pm1733/);
    expect(errorOf("constructor")).toMatch(/"constructor" is not a machine/);
    expect(errorOf({ cpu: { cores: 8 } })).toMatch(
      /^the machine \(needs every field without "extends"\): id is missing; title is missing/,
    );
    expect(errorOf({ extends: "toString" })).toMatch(/extends: "toString"/);
    expect(errorOf({ extends: 7 })).toMatch(/extends: 7/);
    // A path is for the command line: nothing here reads files.
    expect(errorOf({ extends: "./mine.json" })).toMatch(
      /"\.\/mine\.json" is not a machine.*xeon8480-p5800x$/,
    );
  });

  it.each([
    ["a value out of range", drive("readTime", { value: -1 }), /drive\.numbers\.readTime.*-1/],
    ["a wrong unit", drive("readTime", { unit: "GHz" }), /readTime\.unit.*"GHz".*ns/],
    ["half a die", drive("dies", { value: 1.5, unit: "1" }), /dies.*1\.5.*whole number/],
    ["cycles without a clock", drive("readTime", { unit: "cycles" }), /readTime\.atGHz is missing/],
    ["microseconds in Greek", drive("readTime", { unit: "\u03bcs" }), /unit.*\\u00b5s/],
    ["microseconds in ASCII", drive("readTime", { unit: "us" }), /unit.*\\u00b5s/],
    ["a misspelt number", drive("readTimes", {}), /"readTimes" in drive.numbers; is it readTime\?/],
    ["an unknown number", drive("speed", {}), /speed/],
    [
      "an assumed number without range",
      drive("readTime", { provenance: "assumed" }),
      /range is missing: an a/,
    ],
    ["no number at all", drive("readTime", { value: "fast" }), /value/],
    ["not a number", drive("readTime", { value: Number.NaN }), /value/],
    ["no drives", { extends: "milan-pm1733", driveCount: 0 }, /driveCount/],
    ["three threads per core", { extends: "milan-pm1733", cpu: { threadsPerCore: 3 } }, /threads/],
    ["a path as id", { extends: "milan-pm1733", id: "../../etc" }, /id/],
    [
      "no id of its own",
      { extends: "milan-pm1733", driveCount: 3 },
      /^the machine: id: "milan-pm1733".*own$/,
    ],
    [
      "another built-in machine's id",
      { extends: "milan-pm1733", id: "xeon5418y" },
      /id: "xeon5418y" is not allowed/,
    ],
    [
      "a range of a measured number",
      drive("readTime", { range: [1, 2] }),
      /"range" in drive\.numbers\.readTime: only an assumed number/,
    ],
    ["an unknown field", { extends: "milan-pm1733", speed: 1 }, /speed/],
    ["a list", { extends: "milan-pm1733", drive: [] }, /drive/],
    ["nothing", {}, /id/],
  ])("with %s is refused with the field's name", (_, machine, message) => {
    expect(errorOf(machine)).toMatch(message);
  });

  it("must give clocks from one core on, ascending", () => {
    const clocks = (...cores: number[]): unknown => ({
      extends: "milan-pm1733",
      cpu: { clocks: cores.map((count) => point(count, 2)) },
    });
    expect(errorOf(clocks(2))).toMatch(/clocks\[0\].activeCores: 2/);
    expect(errorOf(clocks(1, 8, 8))).toMatch(/clocks\[2\].activeCores: 8/);
    expect(errorOf(clocks())).toMatch(/clocks/);
  });

  it("cannot reach into prototypes", () => {
    const hostile = JSON.parse(
      '{"extends":"milan-pm1733","__proto__":{"polluted":1},"costs":{"__proto__":{"polluted":1}}}',
    ) as Record<string, unknown>;
    try {
      findMachine(hostile);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
    }
    expect((Object.prototype as unknown as Record<string, unknown>)["polluted"]).toBe(undefined);
    expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
  });

  it("is a machine or a UsageError, whatever it contains", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (data, inner) => {
        for (const input of [data, { extends: "milan-pm1733", ...data, drive: inner }]) {
          try {
            parseMachine(findMachine(input));
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        }
      }),
      { seed: 42, numRuns: 300 },
    );
  });
});

/** Machines with Intel's caches, whose levels the cores' clock drives. */
const INTEL = Object.values(machines).filter(({ id }) => /^(i\d|xeon)/.test(id));

describe("an Intel machine", () => {
  it.each(INTEL)("$id loads from its own caches in cycles of its own clock", ({ cpu }) => {
    const { cacheL1Latency, cacheL2Latency, tlbL2Hit } = cpu.numbers;
    for (const number of [cacheL1Latency, cacheL2Latency, tlbL2Hit]) {
      expect(number.unit).toBe("cycles");
      expect(number.atGHz).toBe(clockGHz(cpu.clocks, 1));
    }
  });

  it.each(INTEL)("$id has a slice of the last-level cache per core", ({ cpu }) => {
    expect(cpu.numbers.cacheL3Bytes.value).toBe(cpu.coresPerComplex * 1_572_864);
  });
});
