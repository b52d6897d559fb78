/** A light thread that polls for a completion sees that another one tells it to go on. */
import { expect, it } from "vitest";
import { READ } from "../../hardware/nvme/command-table.ts";
import { bareRun, STEADY_DRIVES, TWO_CORES } from "../../testing/bare-run.ts";
import { SLEEP, type ThreadTask } from "../model.ts";

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
  const { scheduler, storage } = run.system;
  let wentOnPs = 0;
  let toldPs = 0;
  const reader = scheduler.spawn(0, function* (self): ThreadTask {
    const channel = storage.openChannel(self, 1);
    channel.prepare(READ, 0, 0, 4_096, 0);
    channel.submit();
    expect(channel.reap(1)).toBe(0);
    yield channel.completionWait;
    wentOnPs = self.core.cursorPs;
    while (channel.reap(1) === 0) yield channel.completionWait;
  });
  scheduler.spawn(1, function* (self): ThreadTask {
    yield { kind: "until", atPs: 9 * US, other: SLEEP };
    toldPs = self.core.cursorPs;
    self.unpark(reader);
  });
  run.simulation.runUntil(100 * US);
  const roundPs = DRIVES * run.costsPs["unikernel.emptyPoll"]!;
  return { polledPs: wentOnPs - toldPs, roundPs };
}

it("goes on at the end of a round, not with its read", () => {
  const { polledPs, roundPs } = polledOn();
  expect(polledPs).toBeGreaterThan(0);
  expect(polledPs).toBeLessThan(US / 2 + roundPs);
});
