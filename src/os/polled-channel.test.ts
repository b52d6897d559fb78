/** A driver that polls: what one visit of a queue pair takes and announces. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import {
  bareRun,
  freeSoftware,
  STEADY_DRIVES,
  spentUntil,
  TWO_CORES,
} from "../testing/bare-run.ts";
import { CATCH_UP, READ } from "./model.ts";

const US = 1_000_000;
const END_PS = 500 * US;

/**
 * One thread prepares `count` reads, from the drives in turn, and reaps them when all are done;
 * returns how often the only cost that there is, of 1 µs, was paid.
 */
function times(cost: string, cause: "driver" | "pollingEmpty", count: number, drives = 1): number {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "bypass",
      drives,
      options: { io_queue_size: 16 },
      set: { ...STEADY_DRIVES, ...freeSoftware("bypass"), [cost]: 1_000 },
      workload: { kind: "raw-io" },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  let paid = 0;
  scheduler.spawn(0, function* (thread) {
    const channel = storage.openChannel(thread, count);
    for (let tag = 0; tag < count; tag++) {
      channel.prepare(READ, tag % drives, tag * 4_096, 4_096, tag);
    }
    channel.submit();
    channel.reap(64);
    yield { kind: "compute", remainingPs: 100 * US, cause: CAUSE.application };
    for (let left = count; left > 0 || channel.isCut; ) {
      left -= channel.reap(64);
      if (thread.isAhead()) yield CATCH_UP;
    }
    paid = thread.core.cursorPs - 100 * US;
  });
  const spent = spentUntil(run, END_PS);
  expect(paid).toBeGreaterThan(0);
  return spent[cause] / run.costsPs[cost]!;
}

describe("a visit", () => {
  it("is paid as an empty one only if it takes nothing", () => {
    // A call makes a visit more than there are queues: four before anything is there, one after.
    expect(times("bypass.emptyPoll", "pollingEmpty", 3, 3)).toBe(4 + 1);
  });

  it("takes a quarter of its queue's entries at most, and gives each quarter back", () => {
    // One doorbell for twelve commands, then one for each four completions.
    expect(times("bypass.doorbell", "driver", 12)).toBe(1 + 3);
    expect(times("bypass.doorbell", "driver", 4)).toBe(1 + 1);
  });
});
