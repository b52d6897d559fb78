/** A drive against formulas: latency alone is the sum of its parts, throughput the slowest part. */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { NvmeUnderTest, ROUND_TIMES } from "../../testing/nvme-device-under-test.ts";
import { type Opcode, READ, WRITE } from "./command-table.ts";
import type { DriveTimes } from "./drive.ts";
import { NO_COMPLETION } from "./queue-pair.ts";

const { readPs, fixedLatencyPs, controllerPs, partialUnitPs, partialUnitLatencyPs } = ROUND_TIMES;
const { furtherUnitPs, linkPsPerByte, writeLatencyPs, suspendPs } = ROUND_TIMES;

describe("one command alone", () => {
  it.each([
    ["one unit", 4_096, 0, 1, 1],
    ["the four units of four dies", 16_384, 0, 4, 1],
    ["five units, two of them of one die", 20_480, 0, 5, 2],
    ["twelve units, three of each die", 49_152, 0, 12, 3],
    ["two halves of units", 4_096, 2_048, 2, 1],
  ])("reads %s in the sum of its parts", (_, bytes, offset, units, readsOfOneDie) => {
    const device = new NvmeUnderTest();
    device.simulation.runUntil(777);
    device.issue(1, offset, bytes);
    const workPs = controllerPs + (units - 1) * furtherUnitPs;
    const diePs = readsOfOneDie * readPs;
    device.earliestAt(1, 777 + workPs + fixedLatencyPs + diePs + bytes * linkPsPerByte);
  });

  it("reads less than a unit with its extra time and latency", () => {
    const device = new NvmeUnderTest();
    device.issue(1, 4_096, 512);
    const extraPs = partialUnitPs + partialUnitLatencyPs;
    device.earliestAt(1, controllerPs + fixedLatencyPs + extraPs + readPs + 512 * linkPsPerByte);
  });

  it("writes in controller, link and buffer time", () => {
    const device = new NvmeUnderTest();
    device.issue(1, 0, 8_192, WRITE);
    device.earliestAt(1, controllerPs + 8_192 * linkPsPerByte + writeLatencyPs);
  });

  it("reads slow, middle and fast pages in their own times", () => {
    const seen = new Set<number>();
    for (let unit = 0; unit < 20; unit++) {
      const device = new NvmeUnderTest({ times: { readSpreadPs: 4_000_000 } });
      device.issue(1, unit * 4_096);
      device.simulation.runUntil(100_000_000);
      seen.add(device.queuePair.earliestVisiblePs());
    }
    const middlePs = controllerPs + fixedLatencyPs + readPs + 4_096 * linkPsPerByte;
    expect([...seen].sort((a, b) => a - b)).toEqual([
      middlePs - 4_000_000,
      middlePs,
      middlePs + 4_000_000,
    ]);
  });
});

describe("two commands at once", () => {
  const firstPs = controllerPs + fixedLatencyPs + readPs + 4_096 * linkPsPerByte;

  it("queue at the controller when their dies differ", () => {
    const device = new NvmeUnderTest();
    device.issue(1, 0);
    device.issue(2, 4_096);
    device.earliestAt(1, firstPs);
    device.earliestAt(2, firstPs + controllerPs);
  });

  it("queue at their die when it is the same", () => {
    const device = new NvmeUnderTest();
    device.issue(1, 0);
    device.issue(2, 16_384);
    device.earliestAt(1, firstPs);
    device.earliestAt(2, firstPs + readPs);
  });

  it("queue at the link when they are large", () => {
    const device = new NvmeUnderTest({ times: { linkPsPerByte: 1_000, controllerPs: 0 } });
    device.issue(1, 0, 4_096);
    device.issue(2, 4_096, 4_096);
    const transferPs = 4_096_000;
    device.earliestAt(1, fixedLatencyPs + readPs + transferPs);
    device.earliestAt(2, fixedLatencyPs + readPs + 2 * transferPs);
  });

  it("complete in the order in which they are done", () => {
    const device = new NvmeUnderTest();
    device.issue(1, 0);
    device.issue(2, 16_384);
    device.issue(3, 4_096);
    device.earliestAt(1, firstPs);
    device.earliestAt(3, firstPs + 2 * controllerPs);
    device.earliestAt(2, firstPs + readPs);
  });

  it("do not wait for a write's buffer when they are reads", () => {
    const device = new NvmeUnderTest({ times: { writeLatencyPs: 90_000_000 } });
    device.issue(1, 0, 4_096, WRITE);
    device.issue(2, 4_096);
    device.earliestAt(2, firstPs + controllerPs);
    device.earliestAt(1, controllerPs + 4_096 * linkPsPerByte + 90_000_000);
  });

  it("are taken in the order of their doorbells, however far ahead of the clock one is", () => {
    const device = new NvmeUnderTest();
    const other = device.array.createQueuePair(0, 64);
    // A core that prepares 1 MiB rings 40 µs after the beginning of its burst.
    device.queuePair.submit(READ, 0, 4_096, 1);
    device.queuePair.ringSubmissionDoorbell(40_000_000);
    device.simulation.runUntil(1_000_000);
    device.issue(2, 4_096, 4_096, READ, other);
    device.earliestAt(2, 1_000_000 + firstPs, other);
    device.earliestAt(1, 40_000_000 + firstPs);
  });

  it("meet at the die when one is a read and the other one's program runs there", () => {
    const device = new NvmeUnderTest();
    device.issue(1, 0, 8 * 4_096, WRITE);
    device.simulation.runUntil(50_000_000);
    expect(device.takeAll(50_000_000)).toEqual([1]);
    // The first full program unit went to die 0.
    device.issue(2, 0);
    device.issue(3, 4_096);
    device.earliestAt(3, 50_000_000 + firstPs + controllerPs);
    device.earliestAt(2, 50_000_000 + firstPs + suspendPs);
  });
});

/** Completions per picosecond over `endPs` with `depth` commands always in flight. */
function throughput(
  times: Partial<DriveTimes>,
  depth: number,
  bytes: number,
  opcode: Opcode = READ,
): number {
  const device = new NvmeUnderTest({ times, depth: depth + 1 });
  const random = new RandomStream(1, "offsets");
  const endPs = 20_000_000_000;
  let completed = 0;
  const issue = (tag: number): void =>
    device.issue(tag, random.below(16_384) * bytes, bytes, opcode);
  for (let tag = 0; tag < depth; tag++) issue(tag);
  while (device.simulation.nowPs < endPs) {
    device.simulation.step();
    const { nowPs } = device.simulation;
    for (const tag of device.takeAll(nowPs)) {
      completed += 1;
      issue(tag);
    }
    const nextPs = device.queuePair.earliestVisiblePs();
    if (nextPs < Number.POSITIVE_INFINITY) device.simulation.runUntil(nextPs);
  }
  return completed / endPs;
}

describe("many commands", () => {
  it("are served at the controller's rate when it is the slowest", () => {
    const rate = throughput({ dies: 4_096 }, 512, 4_096) * controllerPs;
    expect(rate).toBeGreaterThan(0.99);
    expect(rate).toBeLessThanOrEqual(1.0001);
  });

  it("below one unit are served at the controller's lower rate", () => {
    const rate = throughput({ dies: 4_096 }, 512, 512) * (controllerPs + partialUnitPs);
    expect(rate).toBeGreaterThan(0.99);
    expect(rate).toBeLessThanOrEqual(1.0001);
  });

  it("are served at the dies' rate when they are the slowest", () => {
    const dies = 16;
    const rate = (throughput({ dies }, 1_024, 4_096) * readPs) / dies;
    expect(rate).toBeGreaterThan(0.97);
    expect(rate).toBeLessThanOrEqual(1.0001);
  });

  it("of 64 KiB are served at the link's bandwidth", () => {
    const rate = throughput({ dies: 4_096, linkPsPerByte: 100 }, 256, 65_536) * 65_536 * 100;
    expect(rate).toBeGreaterThan(0.99);
    expect(rate).toBeLessThanOrEqual(1.0001);
  });

  it("of writing are served at the rate of programming, once the buffer is full", () => {
    const rate = throughput({}, 256, 4_096, WRITE) * (ROUND_TIMES.programPs / (4 * 8));
    expect(rate).toBeGreaterThan(0.97);
    expect(rate).toBeLessThan(1.2);
  });

  it("never keep a stage busy for longer than there is time", () => {
    const device = new NvmeUnderTest({ times: { linkPsPerByte: 500 } });
    for (let tag = 0; tag < 40; tag++) {
      device.issue(tag, tag * 4_096, 4_096, tag % 2 === 0 ? READ : WRITE);
      device.simulation.runUntil(device.simulation.nowPs + 200_000);
      const [stages] = device.array.utilisation();
      for (const share of Object.values(stages!)) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
    }
    expect(device.queuePair.poll(0)).toBe(NO_COMPLETION);
  });
});
