import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { NvmeUnderTest, ROUND_TIMES } from "../../testing/nvme-device-under-test.ts";
import { READ, WRITE } from "./command-table.ts";
import type { DriveTimes } from "./drive.ts";
import type { CollectionPlan } from "./garbage-collection.ts";
import { sustainedRate } from "./garbage-collection.ts";

const UNIT = 4_096;
const PLAN: CollectionPlan = {
  copiesPerProgram: 2,
  readsPerCopy: 4,
  readPs: ROUND_TIMES.readPs,
  erasePs: 3_000_000_000,
  programsPerErase: 64,
};

/** Keeps `depth` writes in flight up to `endPs`; returns how many have completed. */
function writeFor(device: NvmeUnderTest, depth: number, endPs: number): number {
  let completed = 0;
  for (let tag = 0; tag < depth; tag++) device.issue(tag, tag * UNIT, UNIT, WRITE);
  while (device.simulation.nowPs < endPs && device.simulation.step()) {
    for (const tag of device.takeAll(device.simulation.nowPs)) {
      completed += 1;
      device.issue(tag, (completed % 1_000) * UNIT, UNIT, WRITE);
    }
    const nextPs = device.queuePair.earliestVisiblePs();
    if (nextPs < endPs) device.simulation.runUntil(nextPs);
  }
  return completed;
}

const deviceWith = (times: Partial<DriveTimes>): NvmeUnderTest =>
  new NvmeUnderTest({ times, depth: 257 });

describe("sustained writes", () => {
  it("run at the rate of programs less garbage collection, never above but for the buffer", () => {
    for (const collection of [undefined, PLAN]) {
      const device = deviceWith({ collection });
      const endPs = 200_000_000_000;
      const completed = writeFor(device, 128, endPs);
      const { dies, programUnits, programPs, writeBufferUnits } = ROUND_TIMES;
      const limit = sustainedRate(dies, programUnits, programPs, collection) * endPs;
      expect(completed).toBeGreaterThan(0.97 * limit);
      expect(completed).toBeLessThanOrEqual(1.01 * limit + writeBufferUnits);
    }
  });

  it("move nothing and erase nothing on a fresh drive", () => {
    const device = deviceWith({});
    writeFor(device, 64, 20_000_000_000);
    const { programs, copies, erases } = device.array.drives[0]!.operations;
    expect(programs).toBeGreaterThan(50);
    expect([copies, erases]).toEqual([0, 0]);
  });

  it("conserve units: what was accepted is in the buffer or was programmed", () => {
    const device = deviceWith({ collection: PLAN });
    const completed = writeFor(device, 64, 20_000_000_000);
    while (device.simulation.step());
    const drive = device.array.drives[0]!;
    const accepted = drive.completions;
    expect(accepted).toBeGreaterThanOrEqual(completed);
    expect(drive.bufferedUnits).toBeLessThan(ROUND_TIMES.programUnits);
    const { programs, copies } = drive.operations;
    expect(accepted).toBe(programs * ROUND_TIMES.programUnits + drive.bufferedUnits);
    expect(Math.abs(copies - 2 * programs)).toBeLessThan(1);
  });

  it("never hold more than the buffer has room for", () => {
    const device = deviceWith({ collection: PLAN });
    for (let tag = 0; tag < 200; tag++) device.issue(tag, tag * UNIT, UNIT, WRITE);
    let fullest = 0;
    while (device.simulation.step()) {
      fullest = Math.max(fullest, device.array.drives[0]!.bufferedUnits);
    }
    expect(fullest).toBe(ROUND_TIMES.writeBufferUnits);
  });
});

describe("the controller", () => {
  it("takes its own time for writes", () => {
    const device = deviceWith({ writeControllerPs: 700_000 });
    device.issue(1, 0, UNIT, WRITE);
    device.issue(2, 0, UNIT, READ);
    const { linkPsPerByte, writeLatencyPs, controllerPs, fixedLatencyPs, readPs } = ROUND_TIMES;
    device.earliestAt(1, 700_000 + UNIT * linkPsPerByte + writeLatencyPs);
    device.earliestAt(2, 700_000 + controllerPs + fixedLatencyPs + readPs + UNIT * linkPsPerByte);
  });

  it("sends and receives at the same time: the link is full duplex", () => {
    const device = deviceWith({ linkPsPerByte: 10_000, readPs: 0, fixedLatencyPs: 0 });
    device.issue(1, 0, UNIT, READ);
    device.issue(2, UNIT, UNIT, WRITE);
    const { controllerPs, writeLatencyPs } = ROUND_TIMES;
    const transferPs = UNIT * 10_000;
    device.earliestAt(1, controllerPs + transferPs);
    device.earliestAt(2, 2 * controllerPs + transferPs + writeLatencyPs);
  });

  it("lets a read pass writes that wait for room, while it has slots for them", () => {
    const device = deviceWith({ writeBufferUnits: 8, writeSlots: 100 });
    for (let tag = 0; tag < 40; tag++) device.issue(tag, tag * UNIT, UNIT, WRITE);
    device.issue(99, 0, UNIT, READ);
    device.simulation.runUntil(30_000_000);
    expect(device.takeAll(30_000_000)).toContain(99);
  });

  it("keeps a read behind them when it has none", () => {
    const device = deviceWith({ writeBufferUnits: 8, writeSlots: 16 });
    for (let tag = 0; tag < 40; tag++) device.issue(tag, tag * UNIT, UNIT, WRITE);
    device.issue(99, 0, UNIT, READ);
    const drive = device.array.drives[0]!;
    device.simulation.runUntil(30_000_000);
    expect(drive.heldCommands).toBe(40 - 8 - 16 + 1);
    expect(device.takeAll(30_000_000)).not.toContain(99);
    while (device.simulation.step());
    const order = device.takeAll(Number.MAX_SAFE_INTEGER);
    expect(order).toHaveLength(41 - 8);
    expect(order).toContain(99);
    expect(drive.heldCommands).toBe(0);
  });

  it("starts no command before its doorbell, held or not", () => {
    const device = deviceWith({ writeBufferUnits: 8, writeSlots: 1, programPs: 1_000 });
    for (let tag = 0; tag < 8; tag++) device.issue(tag, tag * UNIT, UNIT, WRITE);
    device.queuePair.submit(READ, 0, UNIT, 50);
    device.queuePair.ringSubmissionDoorbell(1_900_000);
    while (device.simulation.step());
    device.takeAll(1_900_000 + ROUND_TIMES.controllerPs + ROUND_TIMES.readPs);
    expect(device.queuePair.earliestVisiblePs()).toBeGreaterThan(
      1_900_000 + ROUND_TIMES.controllerPs + ROUND_TIMES.readPs,
    );
  });
});

describe("a write that covers a unit in part", () => {
  const { writeControllerPs, linkPsPerByte, writeLatencyPs, partialUnitPs } = ROUND_TIMES;

  /** A drive that programs single units and has just been given one write. */
  function written(bytes: number, offset: number) {
    const device = deviceWith({ programUnits: 1 });
    device.issue(1, offset, bytes, WRITE);
    while (device.simulation.step());
    const extraPs = bytes < UNIT ? partialUnitPs : 0;
    const inBufferPs = writeControllerPs + extraPs + bytes * linkPsPerByte;
    return { device, inBufferPs };
  }

  it.each([
    ["a whole unit", UNIT, UNIT, 0],
    ["its beginning", 512, UNIT, 1],
    ["its end", 512, 2 * UNIT - 512, 1],
    ["its middle", 512, UNIT + 1_024, 1],
    ["the ends of two neighbours, which are read together", UNIT, UNIT - 512, 1],
    ["one unit and the beginning of the next", UNIT + 512, UNIT, 1],
  ])("%s, is programmed after what is kept has been read", (_, bytes, offset, reads) => {
    const { device, inBufferPs } = written(bytes, offset);
    const { readPs, programPs } = ROUND_TIMES;
    // Neither unit is programmed on the die that it is read from while that still reads.
    expect(device.simulation.nowPs).toBeGreaterThanOrEqual(inBufferPs + reads * readPs + programPs);
    expect(device.simulation.nowPs).toBeLessThanOrEqual(
      inBufferPs + reads * (2 * readPs) + programPs,
    );
    device.earliestAt(1, inBufferPs + writeLatencyPs);
  });

  it("costs the dies its read, so small writes are slower than those of whole units", () => {
    const rateOf = (bytes: number): number => {
      const device = deviceWith({ programPs: 50_000_000 });
      let completed = 0;
      const random = new RandomStream(1, "offsets");
      const issue = (tag: number): void =>
        device.issue(tag, random.below(4_096) * UNIT, bytes, WRITE);
      for (let tag = 0; tag < 128; tag++) issue(tag);
      while (device.simulation.nowPs < 20_000_000_000 && device.simulation.step()) {
        for (const tag of device.takeAll(device.simulation.nowPs)) {
          completed += 1;
          issue(tag);
        }
        const nextPs = device.queuePair.earliestVisiblePs();
        if (nextPs < 20_000_000_000) device.simulation.runUntil(nextPs);
      }
      return completed;
    };
    // A program of 8 units takes 50 µs, their reads 80, and each suspends a program for 2.
    const share = rateOf(512) / rateOf(UNIT);
    expect(share).toBeLessThan(50 / (50 + 80));
    expect(share).toBeGreaterThan(50 / (50 + 80 + 8 * 4));
  });
});
