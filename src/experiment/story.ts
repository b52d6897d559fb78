/** A failure, moment by moment, as one run went through it. */
import { UsageError } from "../base/usage-error.ts";
import type { Moment } from "../workload/witness.ts";
import type { Metrics } from "./metric.ts";
import { runExperiment } from "./run.ts";
import type { ExperimentSpec } from "./spec.ts";

export interface Story {
  readonly specHash: string;
  readonly seed: number;
  readonly moments: readonly Moment[];
  readonly metrics: Metrics;
}

/** @throws UsageError when this kind of workload has no story to tell. */
export function storyOf(spec: ExperimentSpec): Story {
  const moments: Moment[] = [];
  const { specHash, seed, metrics } = runExperiment(spec, {
    onAssembled: ({ workload }) => {
      if (workload.tell === undefined) {
        throw new UsageError(`workload.kind: "${spec.workload.kind}" has no story to tell`);
      }
      workload.tell((moment) => moments.push(moment));
    },
  });
  return { specHash, seed, moments, metrics };
}
