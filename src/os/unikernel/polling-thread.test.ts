/** A light thread that polls for a completion sees that another one tells it to go on. */
import { expect, it } from "vitest";
import { bareRun, STEADY_DRIVES, TWO_CORES } from "../../testing/bare-run.ts";
import { tellReader } from "../../testing/told-reader.ts";

const US = 1_000_000;
const DRIVES = 4;

/** How long a thread that has begun a read of 20 µs polls on after another one has told it. */
function polledOn() {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "unikernel",
      drives: DRIVES,
      set: STEADY_DRIVES,
      workload: { kind: "raw-io", jobs: 2 },
    },
    100 * US,
  );
  const reader = tellReader(run.system, 9 * US);
  run.simulation.runUntil(100 * US);
  const roundPs = DRIVES * run.costsPs["unikernel.emptyPoll"]!;
  return { polledPs: reader.wentOnPs - reader.toldPs, roundPs };
}

it("goes on at the end of a round, not with its read", () => {
  const { polledPs, roundPs } = polledOn();
  expect(polledPs).toBeGreaterThan(0);
  expect(polledPs).toBeLessThan(US / 2 + roundPs);
});
