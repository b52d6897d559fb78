import { describe, expect, it } from "vitest";
import { type OperationTrace, traceRun } from "./request-trace.ts";
import type { RunResult } from "./result.ts";
import { runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";
import { resultHash } from "./spec-hash.ts";

const alone = (backend: string, options: Record<string, string | boolean> = {}) =>
  parseSpec({
    machine: "milan-pm1733",
    drives: 1,
    backend,
    options,
    workload: { kind: "raw-io", jobs: 1, ioDepth: 1 },
    rampUs: 200,
    runtimeUs: 2_000,
  });

const PATHS = [
  ["pread", alone("linux", { ioengine: "psync" })],
  ["ext4 on RAID", alone("linux", { ioengine: "psync", filesystem: "ext4", raid: "md0" })],
  ["libaio", alone("linux", { ioengine: "libaio" })],
  ["io_uring", alone("linux", { ioengine: "io_uring" })],
  ["IOPOLL", alone("linux", { ioengine: "io_uring", hipri: true })],
  ["bypass", alone("bypass")],
  ["unikernel", alone("unikernel", { completion: "interrupt" })],
  ["unikernel-port", alone("unikernel-port")],
] as const;

/** Causes whose time in the trace is not what the ledger charges per operation, in per cent. */
function disagreements(trace: OperationTrace, { ledger, operations }: RunResult): string[] {
  return Object.entries(ledger.total).flatMap(([cause, ps]) => {
    // Waiting takes as long as the drive does, which differs from read to read.
    if (["idle", "pollingEmpty"].includes(cause)) return [];
    const steps = trace.steps.filter((step) => step.cause === cause);
    const traced = steps.reduce((sum, step) => sum + step.endPs - step.startPs, 0);
    const charged = Number(ps) / operations;
    return Math.abs(traced - charged) <= 0.08 * charged ? [] : [`${cause} ${traced} ${charged}`];
  });
}

describe("a traced operation", () => {
  for (const [name, spec] of PATHS) {
    it(`costs what the ledger says: ${name}`, () => {
      const { trace, result } = traceRun(spec, "request");
      expect(disagreements(trace, result)).toEqual([]);
      const [first] = trace.steps;
      const without = { ...trace, steps: trace.steps.filter((step) => step !== first) };
      expect(disagreements(without, result), "the planted fault: a step is lost").toHaveLength(1);
    });

    it(`does not change the run: ${name}`, () => {
      expect(resultHash(traceRun(spec, "request").result)).toBe(resultHash(runExperiment(spec)));
    });
  }

  it("goes down to the drive and comes back, without a gap", () => {
    for (const [, spec] of PATHS) {
      const { steps, durationPs } = traceRun(spec, "request").trace;
      let reachedPs = 0;
      for (const { startPs, endPs } of steps) {
        expect(startPs).toBeLessThanOrEqual(reachedPs);
        reachedPs = Math.max(reachedPs, endPs);
      }
      expect(reachedPs).toBe(durationPs);
      const drive = steps.find(({ kind }) => kind === "drive")!;
      expect(drive.endPs - drive.startPs).toBeGreaterThan(50e6);
    }
  });

  it("may begin with a cause", () => {
    const { trace } = traceRun(PATHS[0][1], "interrupt");
    expect(trace.steps[0]?.cause).toBe("interrupt");
    expect(trace.steps.at(-1)?.kind).toBe("wait");
  });

  it("needs a run that is long enough", () => {
    const short = { ...PATHS[0][1], rampUs: 0, runtimeUs: 50 };
    expect(() => traceRun(short, "request")).toThrow(/runtimeUs: only \d operations began/);
  });
});
