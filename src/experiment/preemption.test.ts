/** Preemption at any moment: the engine survives it, and latches show why it is masked. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metricOf } from "./metric.ts";
import { runExperiment } from "./run.ts";
import { type ExperimentInput, parseSpec } from "./spec.ts";

describe("the storage engine under preemption", () => {
  const systems = fc.constantFrom<Partial<ExperimentInput>>(
    { backend: "unikernel", options: { queue_pairs: "core" } },
    { backend: "unikernel", options: { completion: "interrupt" } },
    { backend: "bypass", options: { threads: "tasks", preemption: "timer" } },
  );
  const setting = fc.record({
    system: systems,
    benchmark: fc.constantFrom("ycsb-a" as const, "ycsb-e" as const),
    sliceNs: fc.integer({ min: 1_000, max: 10_000 }),
    threads: fc.integer({ min: 3, max: 7 }),
    seed: fc.nat(1_000),
  });

  it("keeps its laws and makes progress, whatever the quantum", () => {
    let preemptions = 0;
    fc.assert(
      fc.property(setting, ({ system, benchmark, sliceNs, threads, seed }) => {
        const name = system.backend === "bypass" ? "task.slice" : "unikernel.slice";
        const spec = parseSpec({
          ...system,
          drives: 2,
          cores: 2,
          seed,
          set: { [name]: sliceNs },
          workload: {
            kind: "engine",
            benchmark,
            threads,
            dataBytes: 20_000_000,
            ramBytes: 8_000_000,
          },
          rampUs: 200,
          runtimeUs: 1_500,
        });
        const result = runExperiment(spec, {
          onAssembled: ({ simulation, system: { scheduler } }) => {
            const counter = simulation.register({
              handle: () => {
                preemptions += scheduler.preemptions;
              },
            });
            simulation.schedule(1_500_000_000, counter, 0);
          },
        });
        expect(result.operations).toBeGreaterThan(0);
      }),
      { seed: 17, numRuns: 8 },
    );
    expect(preemptions).toBeGreaterThan(10);
  });
});

describe("a latch whose holder may be preempted", () => {
  const rate = (isMasked: boolean, threads: number): number =>
    metricOf(
      runExperiment(
        parseSpec({
          backend: "unikernel",
          machine: "xeon5418y",
          drives: 1,
          cores: 4,
          set: { "unikernel.slice": 10_000 },
          workload: {
            kind: "sched",
            work: { pattern: "latch", threads, outsideUs: 5, insideUs: 2, isMasked },
          },
          rampUs: 1_000,
          runtimeUs: 20_000,
        }),
      ),
      "operationsPerS",
    );

  it("loses most of its throughput to spinning, and none when preemption is masked inside", () => {
    expect(rate(false, 16) / rate(true, 16)).toBeLessThan(0.5);
  });

  it("does not need the mask while every thread has a core", () => {
    expect(rate(false, 4) / rate(true, 4)).toBeCloseTo(1, 2);
  });
});
