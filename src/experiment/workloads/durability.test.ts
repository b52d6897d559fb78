import { describe, expect, it } from "vitest";
import type { Metrics } from "../metric.ts";
import { runExperiment } from "../run.ts";
import { type ExperimentInput, parseSpec } from "../spec.ts";

const metricsOf = (workload: object, more: Partial<ExperimentInput> = {}): Metrics =>
  runExperiment(
    parseSpec({
      drives: 2,
      backend: "linux",
      workload: { kind: "durability", transactions: 200, ...workload } as never,
      rampUs: 0,
      runtimeUs: 1_000,
      ...more,
    }),
  ).metrics;

describe("the durability workload", () => {
  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    "loses nothing when write %d fails and the process recovers",
    (failingWrite) => {
      expect(metricsOf({ failingWrite }).lostTransactions).toBe(0);
      const direct = metricsOf({ failingWrite, file: "direct", onSyncError: "retry" });
      expect(direct.lostTransactions).toBe(0);
    },
  );

  it("loses whole pages of transactions when it retries, if the page is not written again", () => {
    const lost = Array.from({ length: 12 }, (_, index) => {
      return metricsOf({ failingWrite: index + 1, onSyncError: "retry" }).lostTransactions ?? 0;
    });
    expect(lost.filter((count) => count > 0).length).toBeGreaterThan(2);
    expect(Math.max(...lost)).toBe(32);
  });

  it("acknowledges everything and finds it again when nothing fails", () => {
    expect(metricsOf({ failingWrite: 0 })).toEqual({
      acknowledgedTransactions: 200,
      lostTransactions: 0,
      failedSyncs: 0,
      restarts: 0,
    });
  });

  it("runs with direct I/O on every backend that has no page cache", () => {
    for (const backend of ["bypass", "unikernel", "unikernel-port", "null"]) {
      expect(metricsOf({ file: "direct" }, { backend }).lostTransactions).toBe(0);
    }
  });

  it("refuses what makes no sense, by name", () => {
    expect(() => metricsOf({}, { backend: "bypass" })).toThrow(
      /file: this system has no page cache/,
    );
    expect(() => metricsOf({}, { drives: 1 })).toThrow(/drives: log and data need one each/);
  });
});
