/**
 * Says when a rate of skewed changes is more than one entry can take.
 *
 * A change in memory is one plain step of the engine: it takes no simulated time in which another
 * core would meet the leaf's latch, and the latch's line does not travel (`engine/README.md`, Not
 * modelled). So rates rise with the cores whatever the skew. What a change cannot do without is
 * known all the same: an optimistic latch's version is read and then swapped, and its line crosses
 * twice. How long the change itself takes comes on top of that.
 */
import { PS_PER_SECOND } from "../../base/units.ts";
import { firstShare } from "../../workload/zipf-twin.ts";
import { changedShareOf, entriesTwinOf } from "./engine-benchmarks.ts";
import type { EngineSpec } from "./engine-spec.ts";

const CROSSINGS_PER_CHANGE = 2;
/** From here on a queue for the latch would show in the rate; chosen: no result depends on it. */
const BUSY_MAX = 0.5;

/** @param farPs how long a line travels between cores of two complexes. */
export function hotEntryWarnings(
  spec: EngineSpec,
  transactionsPerS: number,
  farPs: number,
): readonly string[] {
  const { benchmark, distribution, theta, threads } = spec;
  // The latest entries of YCSB-D and what E inserts are no changes of a popular entry.
  if (benchmark === "tpcc" || distribution !== "zipfian" || threads === 1) return [];
  const share = changedShareOf(benchmark) * firstShare(theta, entriesTwinOf(spec).nominalCount);
  const changesPerS = transactionsPerS * share;
  const busy = (changesPerS * CROSSINGS_PER_CHANGE * farPs) / PS_PER_SECOND;
  if (busy < BUSY_MAX) return [];
  return [
    `the most popular entry would be changed ${(changesPerS / 1e6).toPrecision(2)} million times ` +
      `per second, for ${Math.round(100 * busy)} % of which its latch's cache line would be on ` +
      "its way between cores: waiting for latches in memory is not modelled, so the rate is too " +
      "high; believe it with fewer threads, or a smaller theta",
  ];
}
