import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NvmeUnderTest } from "../../../testing/nvme-device-under-test.ts";
import { collectionOf, driveTimes } from "../../build-machine.ts";
import { WRITE } from "../../nvme/command-table.ts";
import { sustainedRate } from "../../nvme/garbage-collection.ts";
import { findMachine, MACHINE_IDS } from "../index.ts";
import type { DriveSpec } from "../machine-spec.ts";
import { DRIVE_IDS, drives } from "./index.ts";

const FITTED_MAX = 8;
const named = Object.entries(drives);

describe.each(named)("drive %s", (_, drive) => {
  const numbers = Object.entries(drive.numbers);
  const times = driveTimes(drive);

  it(`has at most ${FITTED_MAX} fitted numbers`, () => {
    const fitted = numbers.filter(([, number]) => number.calibrated === true);
    expect(fitted.length, fitted.map(([name]) => name).join(", ")).toBeLessThanOrEqual(FITTED_MAX);
  });

  it("gives every assumed number a range that contains it", () => {
    for (const [name, number] of numbers) {
      if (number.provenance !== "assumed") continue;
      const [low, high] = number.range;
      expect(number.value, name).toBeGreaterThanOrEqual(low);
      expect(number.value, name).toBeLessThanOrEqual(high);
    }
  });

  it("is a drive that a machine can have by name", () => {
    expect(findMachine({ extends: "milan-pm1733", id: "other", drive: _ }).drive.title).toBe(
      drive.title,
    );
  });

  it("reads at its controller's rate: dies do not limit it below", () => {
    expect((times.dies / times.readPs) * times.controllerPs).toBeGreaterThanOrEqual(1);
  });

  it("has no more program rate than its link can bring", () => {
    const bytesPerPs = sustainedRate(times.dies, times.programUnits, times.programPs, undefined);
    expect(bytesPerPs * 4_096 * times.linkPsPerByte).toBeLessThan(2);
  });
});

/** Writes of 4 KiB that a full fresh drive takes in each slice of 200 µs of `fromMs` to `toMs`. */
function writesBySlice(drive: DriveSpec, fromMs: number, toMs: number): readonly number[] {
  const slicePs = 200_000_000;
  const times = driveTimes(drive);
  const device = new NvmeUnderTest({ times, depth: 64 });
  const endPs = toMs * 1e9;
  const slices = new Array<number>(endPs / slicePs).fill(0);
  let written = 0;
  const write = (tag: number): void => {
    device.issue(tag, (written % 1_000) * 4_096, 4_096, WRITE);
    written += 1;
  };
  for (let tag = 0; tag < 32; tag++) write(tag);
  while (device.simulation.nowPs < endPs) {
    const nowPs = device.simulation.nowPs;
    for (const tag of device.takeAll(nowPs)) {
      slices[Math.floor(nowPs / slicePs)]! += 1;
      write(tag);
    }
    const nextPs = device.queuePair.earliestVisiblePs();
    if (nextPs < endPs) device.simulation.runUntil(nextPs);
    else if (!device.simulation.step()) break;
  }
  return slices.slice((fromMs * 1e9) / slicePs);
}

describe("a fresh drive that writes all it can", () => {
  it("comes to write evenly, at the rate of its programs: dies do not stay in step", () => {
    const { dies, programUnits, programPs } = driveTimes(drives.pm1733);
    const slices = writesBySlice(drives.pm1733, 60, 130);
    const mean = slices.reduce((sum, writes) => sum + writes, 0) / slices.length;
    const rate = sustainedRate(dies, programUnits, programPs, undefined) * 200e6;
    expect(Math.abs(mean / rate - 1)).toBeLessThan(0.01);
    // All dies at once, then a pause: 1.2. Room for 7 programs in each slice, at random: 0.37.
    const variance = slices.reduce((sum, writes) => sum + (writes - mean) ** 2, 0) / slices.length;
    expect(Math.sqrt(variance) / mean).toBeLessThan(0.5);
  });
});

describe("what follows from data sheets alone", () => {
  /** Sustained random writes per second as published or measured; no number was fitted to them. */
  it.each([
    ["pm1733", 135_000],
    ["pm9a3", 75_000],
    ["p5520", 118_000],
  ] as const)("%s sustains about %i random writes per second", (name, published) => {
    const drive = drives[name];
    const { dies, programUnits, programPs } = driveTimes(drive);
    const rate = sustainedRate(dies, programUnits, programPs, collectionOf(drive)) * 1e12;
    expect(Math.abs(rate / published - 1)).toBeLessThan(0.15);
  });
});

describe("a drive's name", () => {
  it("is refused when there is no such drive", () => {
    for (const drive of ["pm1", "constructor", "__proto__"]) {
      const machine = { extends: "milan-pm1733", drive };
      expect(() => findMachine(machine)).toThrow(new RegExp(`"${drive}" is not a drive`));
    }
    expect(DRIVE_IDS).toContain("cm7r");
  });
});

describe("the example machine", () => {
  const text = (path: string): string =>
    readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
  const example: unknown = JSON.parse(text("bench/machines/example.json"));

  it("is valid", () => {
    const machine = findMachine(example as Record<string, unknown>);
    expect([machine.id, machine.drive.title]).toEqual(["my-server", drives.pm9a3.title]);
  });

  it("is the one that the README explains", () => {
    const readme = text("src/hardware/machines/README.md");
    const block = /```jsonc\n([\s\S]*?)```/.exec(readme)![1]!;
    expect(JSON.parse(block.replace(/^\s*\/\/.*$/gm, ""))).toEqual(example);
    for (const id of MACHINE_IDS) expect(readme).toContain(`\`${id}\``);
    for (const id of DRIVE_IDS) expect(readme).toContain(id);
  });
});
