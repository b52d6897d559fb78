/** The VFS's lock: who waits gives up its core, turns come in order, and are handed over. */
import { describe, expect, it } from "vitest";
import { runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";

const HOLD_NS = 1_000;

/** Reads by so many threads on drives that take no time worth mentioning. */
function reads(jobs: number, overrides: Record<string, number> = {}) {
  const { metrics, ledger, operations } = runExperiment(
    parseSpec({
      machine: "milan-pm1733",
      drives: 8,
      backend: "unikernel-port",
      workload: { kind: "raw-io", rw: "randread", jobs },
      set: { "port.vfsLock": HOLD_NS, ...overrides },
      rampUs: 500,
      runtimeUs: 2_000,
    }),
  );
  const perRead = (cause: "contention" | "idle"): number =>
    Number(ledger.total[cause]) / operations;
  return { perS: metrics.iops!, perRead };
}

describe("the VFS's lock", () => {
  it("lets one thread in at a time, however many want to", () => {
    for (const jobs of [32, 64, 128]) expect(reads(jobs).perS).toBeLessThan(1e9 / HOLD_NS);
  });

  it("is handed over: wake-up and switch lie between two holders that wait", () => {
    const handOver = { "port.wakeUp": 0, "port.contextSwitch": 0 };
    const [usual, quick] = [reads(64), reads(64, handOver)];
    expect(quick.perS).toBeGreaterThan(1.1 * usual.perS);
  });

  it("keeps nobody's core busy who waits", () => {
    const { perRead } = reads(64);
    expect(perRead("contention")).toBe(0);
    expect(perRead("idle")).toBeGreaterThan(0);
  });
});
