import { expect, it } from "vitest";
import { ENGINE_COST_MEANINGS, ENGINE_COSTS, engineCostsAt } from "../engine/costs.ts";
import { findMachine } from "../hardware/machines/index.ts";
import { clockGHz } from "../hardware/machines/machine-spec.ts";
import { costDurations, resolveExperiment } from "./assemble.ts";
import { metricOf } from "./metric.ts";
import { runExperiment } from "./run.ts";
import { parseSpec } from "./spec.ts";

/** The engine's own cycles per transaction in a run that does a little of everything. */
function cycles(set: Record<string, number>): number {
  const workload = {
    kind: "engine",
    benchmark: "ycsb-e",
    threads: 4,
    valueBytes: 100,
    // More than a last-level cache holds, so that leaves can be cold.
    dataBytes: 64e6,
    ramBytes: 32e6,
    scale: 0.06,
  } as const;
  const update = { ...workload, benchmark: "ycsb-a" } as const;
  const copying = { ...update, updateProtocol: "user-copy-on-write" } as const;
  const runs = [
    { backend: "null", workload },
    { backend: "null", workload: update },
    { backend: "mmap", options: { machine_memory_gib: 1, read_ahead_kb: 128 }, workload: copying },
  ];
  return runs.reduce((sum, run) => {
    const spec = { ...run, drives: 2, rampUs: 0, runtimeUs: 4_000, set };
    return sum + metricOf(runExperiment(parseSpec(spec)), "databaseCyclesPerTransaction");
  }, 0);
}

it("every cost of the engine has a meaning and is charged", () => {
  expect(Object.keys(ENGINE_COST_MEANINGS)).toEqual(Object.keys(ENGINE_COSTS));
  const all = cycles({});
  for (const [name, { value }] of Object.entries(ENGINE_COSTS)) {
    expect(cycles({ [name]: 20 * value }), name).toBeGreaterThan(1.005 * all);
  }
});

it("a slower clock stretches the engine's work, but not its waiting for memory", () => {
  const costsOn = (cores: number): Readonly<Record<string, number>> =>
    costDurations(
      resolveExperiment(
        parseSpec({
          machine: "milan-pm1733",
          backend: "null",
          cores,
          workload: { kind: "engine", threads: cores, scale: 0.01 },
        }),
      ),
    );
  const alone = costsOn(1);
  const together = costsOn(64);
  const names = Object.keys(ENGINE_COST_MEANINGS) as (keyof typeof ENGINE_COST_MEANINGS)[];
  for (const name of names) {
    const factor = name === "engine.coldLeaf" ? 1 : 3.675 / 2.5;
    expect(together[name]! / alone[name]!, name).toBeCloseTo(factor, 4);
  }
});

it("another machine's engine takes as many cycles, and waits for memory as long", () => {
  const costsOn = (machine: string): Readonly<Record<string, number>> =>
    costDurations(
      resolveExperiment(
        parseSpec({ machine, backend: "null", workload: { kind: "engine", scale: 0.01 } }),
      ),
    );
  const milan = costsOn("milan-pm1733");
  for (const [machine, clock] of [["xeon5418y", 2] as const, ["xeon8480-p5800x", 3.8] as const]) {
    const other = costsOn(machine);
    for (const name of Object.keys(ENGINE_COST_MEANINGS)) {
      const factor = name === "engine.coldLeaf" ? 1 : 3.675 / clock;
      expect(other[name]! / milan[name]!, `${name} on ${machine}`).toBeCloseTo(factor, 2);
    }
  }
  // They were measured on Milan, at its clock: there nothing is scaled.
  const { clocks } = findMachine("milan-pm1733").cpu;
  expect(engineCostsAt(clockGHz(clocks, 1))).toBe(ENGINE_COSTS);
  // What a machine says of itself stays as it is.
  expect(costsOn("genoa-cm7")["engine.evictPage"]).toBe(86_000);
});

it("a busy sibling stretches the engine's work, but not its waiting for memory", () => {
  /** Database time per lookup that costs nothing but `name`, by so many threads on 64 cores. */
  const timeOf = (name: keyof typeof ENGINE_COSTS, threads: number): number => {
    const none = Object.fromEntries(Object.keys(ENGINE_COSTS).map((one) => [one, 0]));
    const workload = { kind: "engine", benchmark: "lookup", threads, wal: false } as const;
    const spec = {
      backend: "null",
      workload: { ...workload, isolationLevel: "read-uncommitted", dataBytes: 4e9, scale: 0.02 },
      rampUs: 50,
      runtimeUs: 200,
      set: { ...none, [name]: 500 },
    } as const;
    return metricOf(runExperiment(parseSpec(spec)), "databaseCyclesPerTransaction");
  };
  expect(timeOf("engine.coldLeaf", 128) / timeOf("engine.coldLeaf", 64)).toBeCloseTo(1, 1);
  expect(timeOf("engine.nodeVisit", 128) / timeOf("engine.nodeVisit", 64)).toBeCloseTo(1 / 0.68, 1);
});
