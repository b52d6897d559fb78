import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Core } from "./core.ts";
import { InterProcessorInterrupts } from "./ipi.ts";
import { CAUSE } from "./ledger.ts";

const END_PS = 1_000_000_000;

describe("inter-processor interrupts", () => {
  it("are all acknowledged, after their own work, by handlers that do not overlap", () => {
    const request = fc.record({
      gapPs: fc.integer({ min: 0, max: 2_000 }),
      workPs: fc.integer({ min: 0, max: 700 }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
        const ipis = new InterProcessorInterrupts(1);
        const core = new Core(0, 0, 1, [0, END_PS]);
        let atPs = 0;
        let lastPs = 0;
        let workPs = 0;
        for (const { gapPs, workPs: ownPs } of requests) {
          atPs += gapPs;
          workPs += ownPs;
          const ackPs = ipis.request(core, atPs, 400, ownPs);
          expect(ackPs).toBeGreaterThanOrEqual(Math.max(atPs, lastPs) + ownPs);
          lastPs = ackPs;
        }
        expect(ipis.requested).toBe(requests.length);
        expect(ipis.acknowledged).toBe(requests.length);
        core.passUntil(END_PS, CAUSE.idle);
        const spent = core.rowBetween(0, 1)[CAUSE.shootdownReceive];
        expect(spent).toBe(ipis.interrupts * 400 + workPs);
      }),
      { seed: 44, numRuns: 300 },
    );
  });

  it("lengthen the burst that they interrupt", () => {
    const ipis = new InterProcessorInterrupts(1);
    const core = new Core(0, 0, 1, []);
    core.isOccupied = true;
    core.charge(CAUSE.application, 10_000);
    expect(ipis.request(core, 4_000, 400, 300)).toBe(4_700);
    expect(core.cursorPs).toBe(10_700);
  });

  it("do not lengthen a wait that ends later anyway", () => {
    const ipis = new InterProcessorInterrupts(1);
    const core = new Core(0, 0, 1, [0, 20_000]);
    core.isOccupied = true;
    core.beginWait(10_000, CAUSE.shootdownWait);
    ipis.request(core, 4_000, 400, 300);
    ipis.request(core, 9_800, 400, 300);
    core.endWait();
    expect(core.cursorPs).toBe(10_500);
    core.passUntil(20_000, CAUSE.idle);
    const row = core.rowBetween(0, 1);
    expect(row[CAUSE.shootdownWait]).toBe(9_100);
    expect(row[CAUSE.shootdownReceive]).toBe(1_400);
  });

  it("may find more to do, which keeps the next handler out", () => {
    const ipis = new InterProcessorInterrupts(1);
    const core = new Core(0, 0, 1, [0, 20_000]);
    const doneAtPs = ipis.request(core, 1_000, 400, 300);
    // Another core's confirmation was waited for.
    expect(ipis.prolong(core, doneAtPs + 50, 200, CAUSE.wakeUp)).toBe(1_950);
    expect(ipis.request(core, 1_800, 400, 300)).toBe(2_650);
    core.passUntil(20_000, CAUSE.application);
    const row = core.rowBetween(0, 1);
    expect([row[CAUSE.wakeUp], row[CAUSE.idle]]).toEqual([200, 1_050]);
  });

  it("share one interrupt when they arrive before its handler has begun", () => {
    const ipis = new InterProcessorInterrupts(1);
    const core = new Core(0, 0, 1, []);
    expect(ipis.request(core, 1_000, 400, 300)).toBe(1_700);
    expect(ipis.request(core, 1_100, 400, 300)).toBe(2_400);
    expect(ipis.request(core, 1_600, 400, 300)).toBe(2_700);
    expect(ipis.interrupts).toBe(2);
  });
});
