import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantError } from "../../base/assert.ts";
import { UsageError } from "../../base/usage-error.ts";
import { NvmeUnderTest } from "../../testing/nvme-device-under-test.ts";
import { READ, WRITE } from "./command-table.ts";
import { CompletionWatch } from "./completion-watch.ts";

describe("NvmeArray", () => {
  it("names the limit that a queue pair breaks", () => {
    const { array } = new NvmeUnderTest();
    expect(() => array.createQueuePair(0, 4_097)).toThrow(InvariantError);
    for (let count = 2; count <= 8; count++) array.createQueuePair(0, 16);
    expect(() => array.createQueuePair(0, 16)).toThrow(UsageError);
    expect(() => array.createQueuePair(0, 16)).toThrow(/queue pairs of one drive: 9 .* at most 8/);
  });

  it("counts queue pairs by drive", () => {
    const { array } = new NvmeUnderTest({ drives: 2 });
    for (let count = 0; count < 8; count++) array.createQueuePair(1, 16);
    expect(() => array.createQueuePair(1, 16)).toThrow(UsageError);
    expect(array.createQueuePair(0, 16).drive).toBe(0);
  });

  it("knows its queue pairs by number only", () => {
    const { array, queuePair } = new NvmeUnderTest();
    expect(array.queuePair(0)).toBe(queuePair);
    expect(() => array.queuePair(1)).toThrow(InvariantError);
  });

  it("keeps drives apart", () => {
    const device = new NvmeUnderTest({ drives: 2 });
    const other = device.array.createQueuePair(1, 16);
    device.issue(1, 0);
    device.issue(2, 0, 4_096, READ, other);
    const { controllerPs, fixedLatencyPs, readPs, linkPsPerByte } = device.times;
    const donePs = controllerPs + fixedLatencyPs + readPs + 4_096 * linkPsPerByte;
    device.earliestAt(1, donePs);
    expect(device.probe(donePs, other)).toBe(true);
    expect(device.takeAll(donePs, other)).toEqual([2]);
    expect(device.array.drives.map((drive) => drive.completions)).toEqual([1, 1]);
  });

  it("conserves commands: what goes in comes out once, from the queue pair it went into", () => {
    const request = fc.record({
      queuePair: fc.nat(5),
      offset: fc.nat(4_000).map((sector) => sector * 512),
      bytes: fc.integer({ min: 1, max: 80 }).map((sectors) => sectors * 512),
      isRead: fc.boolean(),
      gap: fc.oneof(fc.constant(0), fc.nat(3_000_000)),
      reap: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 150 }), (requests) => {
        const device = new NvmeUnderTest({ drives: 3 });
        const queuePairs = [0, 1, 2, 0, 1, 2].map((drive) => {
          return device.array.createQueuePair(drive, 5);
        });
        const inFlight = queuePairs.map(() => new Set<number>());
        const take = (): void =>
          queuePairs.forEach((queuePair, index) => {
            for (const tag of device.takeAll(device.simulation.nowPs, queuePair)) {
              expect(inFlight[index]!.delete(tag)).toBe(true);
            }
          });
        requests.forEach(({ queuePair, offset, bytes, isRead, gap, reap }, tag) => {
          const opcode = isRead ? READ : WRITE;
          if (!queuePairs[queuePair]!.isFull) {
            device.issue(tag, offset, bytes, opcode, queuePairs[queuePair]!);
            inFlight[queuePair]!.add(tag);
          }
          device.simulation.runUntil(device.simulation.nowPs + gap);
          if (reap) take();
        });
        for (let round = 0; round < 200; round++) {
          device.simulation.runUntil(device.simulation.nowPs + 1_000_000_000);
          take();
        }
        expect(inFlight.map((tags) => tags.size)).toEqual([0, 0, 0, 0, 0, 0]);
        expect(device.array.commands.inFlight).toBe(0);
        for (const stages of device.array.utilisation()) {
          for (const share of Object.values(stages)) expect(share).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 54, numRuns: 100 },
    );
  });
});

describe("CompletionWatch", () => {
  it("tells when the earliest posted entry becomes visible, and of each later one", () => {
    const device = new NvmeUnderTest({ drives: 2 });
    const other = device.array.createQueuePair(1, 16);
    const watch = new CompletionWatch([device.queuePair, other]);
    const seen: number[] = [];
    const poller = { visibleAt: (atPs: number) => void seen.push(atPs) };
    const { controllerPs, fixedLatencyPs, readPs, linkPsPerByte } = device.times;
    const alonePs = controllerPs + fixedLatencyPs + readPs + 4_096 * linkPsPerByte;
    expect(watch.arm(poller)).toBe(Number.POSITIVE_INFINITY);
    device.issue(1, 0);
    device.issue(2, 0, 4_096, READ, other);
    device.issue(3, 4_096, 4_096, READ, other);
    device.simulation.runUntil(alonePs);
    expect(seen).toContain(alonePs);
    expect(watch.posted).toBeGreaterThanOrEqual(2);
    watch.disarm();
    const before = seen.length;
    device.simulation.runUntil(alonePs + 2 * controllerPs);
    expect(watch.posted).toBe(3);
    expect(device.takeAll(alonePs)).toEqual([1]);
    expect(watch.posted).toBe(2);
    expect(watch.arm(poller)).toBe(alonePs);
    expect(seen.length - before).toBeLessThanOrEqual(1);
  });
});
