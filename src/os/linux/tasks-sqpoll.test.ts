/** Kernel threads that serve workers with tasks: how many there are, and whose time is theirs. */
import { expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import { bareRun, readInRounds, STEADY_DRIVES, TWO_CORES } from "../../testing/bare-run.ts";

const END_PS = 1_000_000_000;

it("a worker's tasks share one, whose core is accounted for to the end", () => {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "linux",
      drives: 1,
      cores: 1,
      options: { ioengine: "io_uring", sqthread_poll: true, threads: "tasks" },
      set: STEADY_DRIVES,
      workload: { kind: "raw-io", jobs: 3 },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  let served = 0;
  for (let task = 0; task < 3; task++) {
    scheduler.spawn(task, function* (thread) {
      yield* readInRounds(storage, thread, 2, 1);
      served += 1;
    });
  }
  run.simulation.runUntil(END_PS);
  scheduler.settle(END_PS);
  const [worker, helper] = run.machine.cores.map((core) => core.rowBetween(0, 1));
  // Several would take turns that are longer than the run.
  expect(served).toBe(3);
  expect(worker![CAUSE.driver]).toBe(0);
  expect(helper![CAUSE.driver]).toBeGreaterThan(0);
  expect(helper!.reduce((sum, ps) => sum + ps, 0)).toBe(END_PS);
});
