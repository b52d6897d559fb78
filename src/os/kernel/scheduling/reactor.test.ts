import { describe, expect, it } from "vitest";
import { CAUSE } from "../../../hardware/cpu/ledger.ts";
import { READ } from "../../../hardware/nvme/command-table.ts";
import { bareRun, STEADY_DRIVES, TWO_CORES } from "../../../testing/bare-run.ts";
import type { StorageFacet, Thread, ThreadTask } from "../../model.ts";
import { CATCH_UP } from "../../model.ts";

const END_PS = 20_000_000_000;
const TASKS = 48;

/** Reads a page, computes for some time, and begins again. */
function* readAndCompute(storage: StorageFacet, thread: Thread, ended: () => void): ThreadTask {
  const channel = storage.openChannel(thread, 1);
  for (let round = 1; ; round++) {
    channel.prepare(READ, 0, round * 4_096, 4_096, 0);
    channel.submit();
    while (channel.reap(1) === 0) yield channel.completionWait;
    thread.core.charge(CAUSE.database, 700_000 + 10_000 * ((round * 37) % 50));
    ended();
    if (thread.isAhead()) yield CATCH_UP;
  }
}

/** Reads that the tasks of one worker have done until the end. */
function reads(backend: string, options: Record<string, unknown>, lookaheadPs: number): number {
  const run = bareRun(
    {
      machine: TWO_CORES,
      cores: 1,
      backend,
      options: { ...options, threads: "tasks" } as Record<string, string>,
      drives: 1,
      set: STEADY_DRIVES,
      workload: { kind: "raw-io", jobs: TASKS },
    },
    END_PS,
    lookaheadPs,
  );
  let done = 0;
  for (let task = 0; task < TASKS; task++) {
    run.system.scheduler.spawn(0, (thread) =>
      readAndCompute(run.system.storage, thread, () => {
        done += 1;
      }),
    );
  }
  run.simulation.runUntil(END_PS);
  return done;
}

describe.each([
  ["bypass", {}, 500_000],
  // One completion takes longer than the usual look-ahead: farther, there would be several.
  ["linux", { ioengine: "libaio" }, 5_000_000],
  ["linux", { ioengine: "io_uring", hipri: true }, 5_000_000],
])("a worker's look for completions on %s %j", (backend, options, farPs) => {
  it("ends where the round does, not where the look-ahead does", () => {
    const far = reads(backend, options, farPs);
    const near = reads(backend, options, 1);
    expect(Math.abs(near / far - 1)).toBeLessThan(0.01);
  });
});
