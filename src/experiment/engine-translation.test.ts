/** What does address translation take of a scaled database? As much as of its original. */
import { expect, it } from "vitest";
import { metricOf } from "./metric.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";
import type { EngineSpec } from "./workloads/engine-spec.ts";

interface Lookups {
  readonly perS: number;
  /** Nanoseconds of page walks for each. */
  readonly walksNs: number;
  /** Of the engine's phases, in nanoseconds, what is not the engine's own work. */
  readonly inPhasesNs: number;
}

/** Lookups in a database that lies in memory, by one thread, on a twin of 40 MB. */
function lookups(
  dataBytes: number,
  buffer: EngineSpec["buffer"],
  more: Partial<ExperimentInput> = {},
): Lookups {
  const inMemory = { dataBytes, ramBytes: 2 * dataBytes, wal: false, scale: 40e6 / dataBytes };
  const result = runExperiment(
    parseSpec({
      backend: "linux",
      rampUs: 100,
      runtimeUs: 500,
      ...more,
      workload: { kind: "engine", benchmark: "lookup", buffer, ...inMemory },
    }),
  );
  const walksPs = Number(result.ledger.total["addressTranslation"]);
  const phases = metricOf(result, "databasePhaseCyclesPerTransaction");
  const inPhases = phases - metricOf(result, "databaseCyclesPerTransaction");
  return {
    perS: metricOf(result, "transactionsPerS"),
    walksNs: walksPs / result.operations / 1e3,
    inPhasesNs: inPhases / result.clockGHz,
  };
}

it("a twin on vmcache walks page tables of its original's size", () => {
  const [small, large] = [lookups(400e6, "vmcache"), lookups(20e9, "vmcache")];
  // One load from memory (106 ns) for most leaves of 20 GB; the tables of 400 MB lie in caches.
  expect(large.walksNs).toBeGreaterThan(60);
  expect(large.walksNs).toBeLessThan(130);
  expect(large.walksNs).toBeGreaterThan(2 * small.walksNs);
  // A clock around the engine counts them.
  expect(large.inPhasesNs).toBeCloseTo(large.walksNs, 0);
});

it("a virtual machine's second dimension costs vmcache's small pages, not a pool of frames", () => {
  const share = (buffer: EngineSpec["buffer"]): number =>
    lookups(20e9, buffer, { isolation: "vm" }).perS / lookups(20e9, buffer).perS;
  expect(share("vmcache")).toBeGreaterThan(0.85);
  expect(share("vmcache")).toBeLessThan(0.95);
  expect(share("swizzling")).toBeCloseTo(1, 3);
});
