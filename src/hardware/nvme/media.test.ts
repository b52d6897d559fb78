import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NvmeUnderTest, ROUND_TIMES } from "../../testing/nvme-device-under-test.ts";
import { FLUSH, READ, WRITE } from "./command-table.ts";
import { type Media, SparseMedia } from "./media.ts";
import { IO_MEDIA_ERROR, IO_OK, IO_WRITE_FAULT } from "./status.ts";

const bytesOf = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe("SparseMedia", () => {
  it("reads as zeroes what was never written", () => {
    const into = bytesOf(8_192, 7);
    new SparseMedia(1).read(0, 123_456, 8_192, into);
    expect(into.every((byte) => byte === 0)).toBe(true);
  });

  it("equals a plain array of bytes under any writes and reads", () => {
    const access = fc.record({
      isWrite: fc.boolean(),
      offset: fc.integer({ min: 0, max: 300_000 }),
      bytes: fc.integer({ min: 1, max: 150_000 }),
      value: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(access, { maxLength: 12 }), (accesses) => {
        const media = new SparseMedia(2);
        const oracle = new Uint8Array(450_000);
        for (const { isWrite, offset, bytes, value } of accesses) {
          if (isWrite) {
            media.write(1, offset, bytes, bytesOf(bytes, value));
            oracle.fill(value, offset, offset + bytes);
          } else {
            const into = new Uint8Array(bytes);
            media.read(1, offset, bytes, into);
            expect(Buffer.compare(into, oracle.subarray(offset, offset + bytes))).toBe(0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("leaves an image as it was, whoever writes", () => {
    const first = new SparseMedia(2);
    first.write(1, 60_000, 10_000, bytesOf(10_000, 5));
    const image = first.image();
    const second = new SparseMedia(2);
    second.adopt(image);
    expect(second.heldBytes).toBe(4 * 4_096);
    first.write(1, 60_000, 10, bytesOf(10, 6));
    second.write(1, 66_000, 10, bytesOf(10, 7));
    const third = new SparseMedia(2);
    third.adopt(image);
    const expected = (changes: readonly [at: number, value: number][]): Uint8Array => {
      const bytes = bytesOf(10_000, 5);
      for (const [at, value] of changes) bytes.fill(value, at, at + 10);
      return bytes;
    };
    const into = new Uint8Array(10_000);
    for (const [media, bytes] of [
      [first, expected([[0, 6]])],
      [second, expected([[6_000, 7]])],
      [third, expected([])],
    ] as const) {
      media.read(1, 60_000, 10_000, into);
      expect(into).toEqual(bytes);
    }
  });

  it("keeps memory for what was written only", () => {
    const media = new SparseMedia(1);
    media.write(0, 3.8e12 - 4_096, 4_096, bytesOf(4_096, 1));
    expect(media.heldBytes).toBe(4_096);
  });
});

describe("a drive with media", () => {
  it("moves real bytes, at any offset inside a unit", () => {
    const device = new NvmeUnderTest();
    device.array.media = new SparseMedia(1);
    const written = Uint8Array.from({ length: 1_024 }, (_, index) => index % 251);
    const into = new Uint8Array(4_096);
    const { commands } = device.array;
    const { queuePair, simulation } = device;
    queuePair.submit(WRITE, 4_096 * 5 + 512, 1_024, 1, commands.hold(written));
    queuePair.ringSubmissionDoorbell(0);
    simulation.runUntil(100_000_000);
    expect(device.takeAll(simulation.nowPs)).toEqual([1]);
    queuePair.submit(READ, 4_096 * 5, 4_096, 2, commands.hold(into));
    queuePair.ringSubmissionDoorbell(simulation.nowPs);
    simulation.runUntil(200_000_000);
    expect(device.takeAll(simulation.nowPs)).toEqual([2]);
    expect([...into.subarray(512, 1_536)]).toEqual([...written]);
    expect(into.subarray(0, 512).every((byte) => byte === 0)).toBe(true);
  });

  it("takes exactly as long as one without", () => {
    const timesOf = (media: Media | undefined): number[] => {
      const device = new NvmeUnderTest();
      device.array.media = media;
      for (let tag = 0; tag < 20; tag++) {
        device.issue(tag, tag * 8_192, 8_192, tag % 3 === 0 ? WRITE : READ);
      }
      device.issue(20, 0, 0, FLUSH);
      const seen: number[] = [];
      for (let atPs = 0; atPs < 1e9; atPs += 50_000) {
        device.simulation.runUntil(atPs);
        for (const _ of device.takeAll(atPs)) seen.push(atPs);
      }
      return seen;
    };
    expect(timesOf(new SparseMedia(1))).toEqual(timesOf(undefined));
    expect(timesOf(undefined)).toHaveLength(21);
  });

  it("reports what the media says", () => {
    const device = new NvmeUnderTest();
    device.array.media = {
      read: () => IO_MEDIA_ERROR,
      write: () => IO_WRITE_FAULT,
      acceptedSoFar: () => 0,
      flush: () => IO_WRITE_FAULT,
    };
    for (const [opcode, expected] of [
      [READ, IO_MEDIA_ERROR],
      [WRITE, IO_WRITE_FAULT],
      [FLUSH, IO_WRITE_FAULT],
    ] as const) {
      device.issue(1, 0, opcode === FLUSH ? 0 : 4_096, opcode);
      device.simulation.runUntil(device.simulation.nowPs + 100_000_000);
      device.takeAll(device.simulation.nowPs);
      expect(device.queuePair.polledStatus).toBe(expected);
    }
    device.array.media = undefined;
    device.issue(1);
    device.simulation.runUntil(device.simulation.nowPs + 100_000_000);
    device.takeAll(device.simulation.nowPs);
    expect(device.queuePair.polledStatus).toBe(IO_OK);
  });
});

describe("a flush", () => {
  const { writeControllerPs, flushPs } = ROUND_TIMES;

  it("costs the firmware's time where capacitors protect the buffer", () => {
    const device = new NvmeUnderTest();
    for (let tag = 0; tag < 4; tag++) device.issue(tag, tag * 4_096, 4_096, WRITE);
    device.simulation.runUntil(20_000_000);
    device.takeAll(20_000_000);
    device.issue(9, 0, 0, FLUSH);
    device.earliestAt(9, 20_000_000 + writeControllerPs + flushPs);
  });

  it("keeps a core of writes busy where they have some, and none of reads", () => {
    const times = { writeCores: 2, writeControllerPs: 4_000_000 };
    const device = new NvmeUnderTest({ times });
    for (let tag = 0; tag < 3; tag++) device.issue(tag, 0, 0, FLUSH);
    device.issue(9, 0, 4_096);
    device.earliestAt(0, times.writeControllerPs + flushPs);
    expect(device.takeAll(times.writeControllerPs + flushPs)).toEqual([1]);
    device.earliestAt(2, 2 * times.writeControllerPs + flushPs);
    const { controllerPs, fixedLatencyPs, readPs, linkPsPerByte } = ROUND_TIMES;
    device.earliestAt(9, controllerPs + fixedLatencyPs + readPs + 4_096 * linkPsPerByte);
  });

  it("waits for the flash where the buffer is volatile", () => {
    const device = new NvmeUnderTest({ times: { hasVolatileCache: true } });
    device.issue(0, 0, 4_096, WRITE);
    device.simulation.runUntil(20_000_000);
    device.takeAll(20_000_000);
    device.issue(9, 0, 0, FLUSH);
    const begunPs = 20_000_000 + writeControllerPs + flushPs;
    device.earliestAt(9, begunPs + ROUND_TIMES.programPs);
  });

  it("makes durable what had been accepted when it began, not what came while it ran", () => {
    const flushes: number[] = [];
    let accepted = 0;
    const device = new NvmeUnderTest({ times: { hasVolatileCache: true } });
    device.array.media = {
      read: () => IO_OK,
      write: () => {
        accepted += 1;
        return IO_OK;
      },
      acceptedSoFar: () => accepted,
      flush: (_drive, mark) => {
        flushes.push(mark);
        return IO_OK;
      },
    };
    device.issue(0, 0, 4_096, WRITE);
    device.simulation.runUntil(20_000_000);
    device.issue(9, 0, 0, FLUSH);
    device.simulation.runUntil(100_000_000);
    device.issue(1, 8_192, 4_096, WRITE);
    device.simulation.runUntil(1e9);
    expect(accepted).toBe(2);
    expect(flushes).toEqual([1]);
  });
});
