/** A game whose turns take no time never ends. */
import { describe, expect, it } from "vitest";
import { runExperiment } from "../../experiment/run.ts";
import { type ExperimentInput, parseSpec } from "../../experiment/spec.ts";

const turn = (system: Partial<ExperimentInput>, isSameCore: boolean): number | undefined =>
  runExperiment(
    parseSpec({
      machine: "xeon5418y",
      drives: 1,
      cores: 2,
      ...system,
      workload: { kind: "sched", work: { pattern: "ping-pong", isSameCore } },
      rampUs: 10,
      runtimeUs: 100,
    }),
  ).metrics["operationNsMean"];

describe("two threads that wake each other in turn", () => {
  it.each([true, false])("are refused where that is free (same core: %s)", (isSameCore) => {
    const free = { backend: "null" } as const;
    expect(() => turn(free, isSameCore)).toThrow(/pattern.*ping-pong.*no time.*another backend/);
    expect(turn({ backend: "unikernel" }, isSameCore)).toBeGreaterThan(0);
  });
});
