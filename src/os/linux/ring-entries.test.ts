/** What an entry of a ring costs: once, whatever its request meets. */
import { describe, expect, it } from "vitest";
import { NOP } from "../../hardware/nvme/command-table.ts";
import {
  bareRun,
  freeSoftware,
  readInRounds,
  STEADY_DRIVES,
  spentUntil,
  TWO_CORES,
} from "../../testing/bare-run.ts";
import { ENTRY_COSTS } from "../../testing/variants.ts";
import { READ, type StorageFacet, type Thread, type ThreadTask, WRITE } from "../model.ts";

const US = 1_000_000;
const END_PS = 2_000 * US;

/** A machine whose software costs nothing but what `set` says, and its only thread. */
function ring(
  options: Record<string, string | boolean>,
  set: Record<string, number>,
  body: (thread: Thread, storage: StorageFacet) => ThreadTask,
) {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "linux",
      drives: 1,
      options,
      set: { ...STEADY_DRIVES, ...freeSoftware("linux"), ...set },
      workload: { kind: "raw-io" },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  const thread = scheduler.spawn(0, (own) => body(own, storage));
  return { run, thread };
}

describe("an entry", () => {
  it.each(ENTRY_COSTS)(
    "is taken once, however often its queue pair is found full: %j",
    (options, cost) => {
      const entries = 1_100;
      // All are taken in eleven microseconds, and a read takes twenty.
      const { run } = ring(options, { [cost]: 10 }, (thread, storage) =>
        readInRounds(storage, thread, 1, entries),
      );
      expect(spentUntil(run, END_PS).ioInterface).toBe(entries * run.costsPs[cost]!);
    },
  );

  it("has no task work behind it if it is a NOP", () => {
    const { run } = ring(
      { ioengine: "io_uring" },
      { "linux.taskWork": 1_000 },
      function* (own, storage) {
        const channel = storage.openChannel(own, 5);
        for (const [tag, opcode] of ([NOP, READ, NOP, NOP, READ] as const).entries()) {
          channel.prepare(opcode, 0, tag * 4_096, 4_096, tag);
        }
        channel.submit();
        for (let left = 5; left > 0; ) {
          const found = channel.reap(64);
          left -= found;
          if (found === 0) yield channel.completionWait;
        }
      },
    );
    expect(spentUntil(run, END_PS).completion).toBe(2 * US);
  });
});

describe("a call that waits for several", () => {
  it.each(["io_uring", "libaio"])(
    "goes on when something else wakes its thread: %s",
    (ioengine) => {
      const set = { "kernel.systemCall": 1_000, "drive.writeLatency": 100 };
      let found = 0;
      const { run, thread } = ring({ ioengine }, set, function* (own, storage) {
        const channel = storage.openChannel(own, 3);
        for (const [tag, opcode] of ([READ, READ, WRITE] as const).entries()) {
          channel.prepare(opcode, 0, tag * 4_096, 4_096, tag);
        }
        channel.submit();
        while (found < 3) {
          const got = channel.reap(64, 3 - found);
          found += got;
          if (got === 0) yield channel.completionWait;
        }
      });
      run.simulation.runUntil(50 * US);
      thread.wake(50 * US);
      const { systemCall } = spentUntil(run, END_PS);
      expect(found).toBe(3);
      expect(systemCall).toBe(2 * run.costsPs["kernel.systemCall"]!);
    },
  );
});
