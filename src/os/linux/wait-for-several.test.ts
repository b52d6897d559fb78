/** A call that waits for several completions: how often its thread is woken, and what it costs. */
import { describe, expect, it } from "vitest";
import { runIo } from "../../testing/io-run.ts";
import { CompletionRing } from "../completion-ring.ts";

const DEPTH = 16;
const CLOCK_GHZ = 2.5;
const CALL_NS = 230 / CLOCK_GHZ;

/** Per I/O of a job that is alone with one drive, and mostly asleep. */
function perIo(ioengine: string, completeMin: number) {
  const { ledger, metrics } = runIo({
    machine: "milan-pm1733",
    drives: 1,
    options: { ioengine },
    workload: { kind: "raw-io", ioDepth: DEPTH, submitBatch: DEPTH, completeMin },
    rampUs: 1_000,
    runtimeUs: 5_000,
  });
  const nsOf = (cause: string) => Number(ledger.total[cause]) / 1_000 / metrics.simulatedIos;
  return {
    calls: nsOf("systemCall") / CALL_NS,
    switches: metrics.contextSwitchesPerIo,
    wakeUpNs: nsOf("wakeUp"),
  };
}

describe("a call that waits for several completions", () => {
  it("is one call, with both interfaces: beside it only the one that hands over", () => {
    for (const ioengine of ["libaio", "io_uring"]) {
      for (const completeMin of [4, 16]) {
        expect(perIo(ioengine, completeMin).calls).toBeLessThan(2.1 / completeMin);
      }
    }
  });

  it("sleeps until all are there with io_uring: one wake-up and one switch", () => {
    const { wakeUpNs, switches } = perIo("io_uring", 1);
    for (const completeMin of [4, 16]) {
      const several = perIo("io_uring", completeMin);
      expect(several.switches).toBeLessThan(1.05 / completeMin);
      expect(several.wakeUpNs / several.switches / (wakeUpNs / switches)).toBeCloseTo(1, 1);
    }
  });

  it("is woken inside io_getevents for each interrupt's", () => {
    expect(perIo("libaio", 16).switches).toBeGreaterThan(0.8 * perIo("libaio", 1).switches);
  });
});

describe("a ring of completions", () => {
  it("says when so many of them can be seen", () => {
    const ring = new CompletionRing();
    for (const [tag, atPs] of [30, 50, 40, 60].entries()) ring.push(tag, atPs, 0);
    expect([1, 2, 3, 4, 5].map((count) => ring.readyPs(count))).toEqual([
      30,
      50,
      50,
      60,
      Number.POSITIVE_INFINITY,
    ]);
    ring.take(30);
    expect(ring.length).toBe(3);
    expect(ring.readyPs(3)).toBe(60);
  });
});
