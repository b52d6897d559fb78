/** Does a twin of a mapped file larger than memory reclaim as the original would? */
import { expect, it } from "vitest";
import type { RunResult } from "../result.ts";
import { runExperiment } from "../run.ts";
import { parseSpec } from "../spec.ts";

/** Threads enough that most of them reclaim for themselves. */
function full(scale: number, rampS = 40): RunResult {
  return runExperiment(
    parseSpec({
      drives: 1,
      backend: "mmap",
      // Twin time: memory is full after half a minute of the original's.
      rampUs: rampS * 1e6 * scale,
      runtimeUs: 20e6 * scale,
      workload: {
        kind: "file-access",
        access: "random",
        hint: "random",
        threads: 100,
        intervals: 10,
        scale,
      },
    }),
  );
}

const coarse = full(1 / 1_000);

it("counts a page that a thread reclaims for itself when it is evicted, as all others", () => {
  for (const { metrics } of coarse.intervals!) {
    const evictions = metrics.evictionsPerS!;
    expect(metrics.directEvictionsPerS).toBeLessThanOrEqual(evictions);
  }
});

it("warns when memory has not filled yet, so that nothing is evicted, and only then", () => {
  expect(coarse.warnings).toEqual([]);
  const { warnings, metrics } = full(1 / 1_000, 0);
  expect(metrics.evictionsPerS).toBe(0);
  expect(warnings).toEqual([
    expect.stringMatching(/^memory was still filling: \d+ of its 26214 pages were read and none /),
  ]);
});
