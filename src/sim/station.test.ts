import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponential } from "../base/distribution.ts";
import { RandomStream } from "../base/random.ts";
import { FifoStation, MultiStation, SlotCalendar } from "./station.ts";

const SERVICE_PS = 1_000_000;

/** Mean wait of Poisson arrivals at a station that is busy for `load` of the time. */
function meanWaitPs(load: number, service: (stream: RandomStream) => number): number {
  const arrivals = new RandomStream(1, "arrivals");
  const services = new RandomStream(2, "services");
  const station = new FifoStation();
  const count = 1_500_000;
  let nowPs = 0;
  let waitedPs = 0;
  for (let index = 0; index < count; index++) {
    nowPs += Math.round(exponential(arrivals, SERVICE_PS / load));
    const servicePs = service(services);
    waitedPs += station.serve(nowPs, servicePs) - servicePs - nowPs;
  }
  return waitedPs / count;
}

describe("FifoStation", () => {
  it.each([0.3, 0.5, 0.7])("is M/D/1 with constant service at load %s", (load) => {
    const expected = (load * SERVICE_PS) / (2 * (1 - load));
    const wait = meanWaitPs(load, () => SERVICE_PS);
    expect(Math.abs(wait / expected - 1)).toBeLessThan(0.02);
  });

  it.each([0.3, 0.5, 0.7])("is M/M/1 with exponential service at load %s", (load) => {
    const expected = (load * SERVICE_PS) / (1 - load);
    const wait = meanWaitPs(load, (stream) => Math.round(exponential(stream, SERVICE_PS)));
    expect(Math.abs(wait / expected - 1)).toBeLessThan(0.02);
  });

  it("starts at once when free and queues when not", () => {
    const station = new FifoStation();
    expect(station.serve(100, 10)).toBe(110);
    expect(station.serve(105, 10)).toBe(120);
    expect(station.serve(300, 10)).toBe(310);
    expect(station.busyPs).toBe(30);
    expect(station.busyBeforePs(305)).toBe(25);
    expect(station.busyBeforePs(400)).toBe(30);
  });

  it("never reports less than nothing, nor more than the time that has passed", () => {
    const calls = fc.array(
      fc.record({
        delay: fc.integer({ min: 0, max: 50 }),
        service: fc.integer({ min: 0, max: 50 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 1_000 }), (requests, nowPs) => {
        const station = new FifoStation();
        let atPs = 0;
        for (const { delay, service } of requests) {
          atPs += delay;
          station.serve(atPs, service);
        }
        // Requests may be announced before they arrive, as a drive does with its link.
        expect(station.busyBeforePs(nowPs)).toBeGreaterThanOrEqual(0);
        expect(station.busyBeforePs(nowPs)).toBeLessThanOrEqual(nowPs);
      }),
      { seed: 21, numRuns: 1_000 },
    );
  });
});

describe("SlotCalendar", () => {
  it("gives each request the first free slot from its arrival on, in any order of calls", () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), arrivals, (slotPs, times) => {
        const horizon = 131_072;
        const calendar = new SlotCalendar(slotPs, horizon);
        const taken = new Set<number>();
        for (const arrivalPs of times) {
          const startPs = calendar.reserveSlots(arrivalPs, 1);
          let slot = Math.floor(arrivalPs / slotPs);
          while (taken.has(slot)) slot += 1;
          taken.add(slot);
          expect(startPs).toBeGreaterThanOrEqual(arrivalPs);
          expect(Math.floor(startPs / slotPs)).toBe(slot);
        }
      }),
      { seed: 22, numRuns: 500 },
    );
  });

  it("fills a gap before the future that was announced first", () => {
    const calendar = new SlotCalendar(10);
    expect(calendar.reserveSlots(100, 1)).toBe(100);
    expect(calendar.reserveSlots(100, 1)).toBe(110);
    expect(calendar.reserveSlots(43, 1)).toBe(43);
    expect(calendar.reserveSlots(45, 1)).toBe(50);
  });

  it("never gives a slot twice, however long the queue", () => {
    const calendar = new SlotCalendar(10, 8);
    const starts = Array.from({ length: 5_000 }, (_, call) => calendar.reserveSlots(call % 7, 1));
    expect(new Set(starts.map((startPs) => Math.floor(startPs / 10))).size).toBe(5_000);
    expect(Math.max(...starts)).toBe(49_990);
  });

  it("grows with its arrivals' spread: who comes early finds what was taken before", () => {
    const calendar = new SlotCalendar(10, 8);
    calendar.reserveSlots(0, 1);
    calendar.reserveSlots(1_000, 1);
    expect([calendar.reserveSlots(0, 1), calendar.reserveSlots(1_000, 1)]).toEqual([10, 1_010]);
  });

  it("works lap after lap of its ring", () => {
    const calendar = new SlotCalendar(10, 8);
    for (let atPs = 0; atPs < 10_000; atPs += 30) {
      expect(calendar.reserveSlots(atPs, 1)).toBe(atPs);
      expect(calendar.reserveSlots(atPs, 1)).toBe(atPs + 10);
    }
  });
});

describe("MultiStation", () => {
  it("works on as many requests as it has servers, in the order of their arrival", () => {
    const station = new MultiStation(2);
    expect([0, 0, 0, 5].map((arrivalPs) => station.serve(arrivalPs, 10))).toEqual([10, 10, 20, 20]);
    expect(station.serve(100, 10)).toBe(110);
  });

  it("with one server is a FifoStation", () => {
    const [many, one] = [new MultiStation(1), new FifoStation()];
    for (const arrivalPs of [0, 3, 3, 40, 41]) {
      expect(many.serve(arrivalPs, 7)).toBe(one.serve(arrivalPs, 7));
    }
  });
});
