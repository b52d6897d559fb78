/** fio's jobs on libaio sync by fsync(2), which blocks them; on io_uring a sync is a request. */
import { describe, expect, it } from "vitest";
import { PS_PER_NS } from "../base/units.ts";
import { parseSpec } from "../experiment/spec.ts";
import { type IoRunResult, runIo } from "../testing/io-run.ts";

const DEPTH = 16;
const WINDOW_NS = 40_000_000;
const WAKE_UP_NS = 300;

const run = (ioengine: string, volatileCache: 0 | 1, submitBatch = 1): IoRunResult =>
  runIo(
    parseSpec({
      backend: "linux",
      options: { ioengine },
      drives: 1,
      runtimeUs: WINDOW_NS / 1_000,
      workload: { kind: "raw-io", rw: "randwrite", ioDepth: DEPTH, fdatasync: DEPTH, submitBatch },
      set: { "drive.volatileCache": volatileCache, "kernel.wakeUp": WAKE_UP_NS },
    }),
  );

describe("a job that syncs by a call of its own", () => {
  it.each([1, 6])("does nothing else before it returns, batches of %i", (submitBatch) => {
    const { write, sync } = run("libaio", 1, submitBatch).jobs[0]!;
    // Writes take microseconds, a flush milliseconds: what was written meanwhile would show.
    expect(sync.ios).toBeGreaterThan(10);
    expect(write.ios / sync.ios).toBeGreaterThan(DEPTH - 2);
    expect(write.ios / sync.ios).toBeLessThan(DEPTH + 2);
    expect(sync.ios * sync.total.meanNs).toBeGreaterThan(0.9 * WINDOW_NS - sync.total.meanNs);
    // Those that were under way are seen when it has returned.
    expect(write.total.meanNs).toBeGreaterThan(0.5 * sync.total.meanNs);
  });

  it("is woken once for each sync: writes that complete meanwhile let it sleep", () => {
    const { ledger, jobs } = run("libaio", 1);
    const { wakeUp } = ledger.total as { readonly wakeUp: string };
    const wakeUpNs = Number(wakeUp) / PS_PER_NS;
    const syncs = jobs[0]!.sync.ios;
    expect(Math.abs(wakeUpNs / WAKE_UP_NS - syncs)).toBeLessThanOrEqual(2);
  });

  it("has several syncs under way where they are requests", () => {
    const { write, sync } = run("io_uring", 1).jobs[0]!;
    expect(sync.ios * sync.total.meanNs).toBeGreaterThan(5 * WINDOW_NS);
    expect(write.total.meanNs).toBeLessThan(0.1 * sync.total.meanNs);
  });

  it("pays one system call and no kernel worker", () => {
    const { sync } = run("libaio", 0).jobs[0]!;
    const blocking = run("psync", 0).jobs[0]!.sync;
    expect(sync.total.meanNs).toBeCloseTo(blocking.total.meanNs, 0);
  });
});
