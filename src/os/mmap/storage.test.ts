/** The drives beside the mapping: what calls share with page faults, and with each other. */
import { expect, it, vi } from "vitest";
import { bareRun, STEADY_DRIVES, spentUntil, TWO_CORES } from "../../testing/bare-run.ts";
import { MappedBytes } from "../../testing/mapped-bytes.ts";
import { READ } from "../model.ts";

const END_PS = 1_000_000_000;

/** What two threads pay, each of which reads from the drive given. */
function reading(drives: readonly [number, number]) {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "mmap",
      drives: 2,
      set: STEADY_DRIVES,
      workload: { kind: "raw-io", jobs: 2 },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  drives.forEach((drive, index) => {
    scheduler.spawn(index, function* (thread) {
      const channel = storage.openChannel(thread, 1);
      for (let round = 0; round < 10; round++) {
        channel.prepare(READ, drive, 0, 4_096, 0);
        channel.submit();
        while (channel.reap(1) === 0) yield channel.completionWait;
      }
    });
  });
  return spentUntil(run, END_PS);
}

it("each drive is a file of its own, whose references its readers alone count", () => {
  expect(reading([0, 1]).contention).toBe(0);
  expect(reading([0, 0]).contention).toBeGreaterThan(0);
});

it("calls go to a drive, past the RAID that the mapped file lies on", () => {
  expect(reading([0, 1]).raid).toBe(0);
});

it("faults and calls of a core go through one queue pair of each drive", () => {
  const file = new MappedBytes(1);
  const { array } = file.run.machine;
  const created = vi.spyOn(array, "createQueuePair");
  file.perform(function* (thread) {
    const channel = file.run.system.storage.openChannel(thread, 1);
    yield* file.load(thread, 0);
    channel.prepare(READ, created.mock.calls[0]![0], 0, 4_096, 0);
    channel.submit();
    while (channel.reap(1) === 0) yield channel.completionWait;
  });
  expect(created.mock.calls).toHaveLength(1);
});
