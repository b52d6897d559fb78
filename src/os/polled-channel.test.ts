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
import {
  CATCH_UP,
  type IoChannel,
  READ,
  type StorageFacet,
  type Thread,
  type ThreadTask,
} from "./model.ts";

const US = 1_000_000;
const END_PS = 500 * US;

/** A reactor whose queue pairs have 16 entries, 12 of them for commands; `set` is all it costs. */
function reactor(
  drives: number,
  set: Record<string, number>,
  body: (thread: Thread, storage: StorageFacet) => ThreadTask,
) {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "bypass",
      drives,
      options: { io_queue_size: 16 },
      set: { ...STEADY_DRIVES, ...freeSoftware("bypass"), ...set },
      workload: { kind: "raw-io" },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  scheduler.spawn(0, (thread) => body(thread, storage));
  return { spent: spentUntil(run, END_PS), costsPs: run.costsPs };
}

function* pause(): ThreadTask {
  yield { kind: "compute", remainingPs: 100 * US, cause: CAUSE.application };
}

/** Reaps `count` reads, but not before they are all done that a queue pair has room for. */
function* reapLate(thread: Thread, channel: IoChannel, count: number): ThreadTask {
  yield* pause();
  for (let left = count; left > 0 || channel.isCut === true; ) {
    const found = channel.reap(64);
    left -= found;
    if (left > 0 && found === 0) yield channel.completionWait;
    else if (thread.isAhead()) yield CATCH_UP;
  }
}

/** How often `cost`, the only one that there is, is paid for `count` reads of drives in turn. */
function times(cost: string, cause: "driver" | "pollingEmpty", count: number, drives = 1): number {
  const { spent, costsPs } = reactor(drives, { [cost]: 1_000 }, function* (thread, storage) {
    const channel = storage.openChannel(thread, count);
    for (let tag = 0; tag < count; tag++) {
      channel.prepare(READ, tag % drives, tag * 4_096, 4_096, tag);
    }
    channel.submit();
    channel.reap(64);
    yield* reapLate(thread, channel, count);
  });
  return spent[cause] / costsPs[cost]!;
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

describe("a queue pair", () => {
  it("has as many commands under way as leave room for a visit's completions", () => {
    let done = 0;
    reactor(1, {}, function* (thread, storage) {
      const channel = storage.openChannel(thread, 16);
      for (let tag = 0; tag < 16; tag++) channel.prepare(READ, 0, tag * 4_096, 4_096, tag);
      channel.reap(64);
      yield* pause();
      for (let found = -1; found !== 0; done += found) found = channel.reap(64);
    });
    expect(done).toBe(12);
  });
});

describe("a request that finds its queue pair full", () => {
  it("is built once, when there is room", () => {
    expect(times("bypass.submit", "driver", 20)).toBe(20);
  });

  it("is overtaken by none that comes later", () => {
    const order: number[] = [];
    reactor(1, {}, function* (thread, storage) {
      const channel = storage.openChannel(thread, 21);
      const read = (tag: number) => channel.prepare(READ, 0, tag * 4_096, 4_096, tag);
      for (let tag = 0; tag < 20; tag++) read(tag);
      channel.reap(64);
      yield* pause();
      while (order.length < 21) {
        const found = channel.reap(64);
        // The queue pair has room now, and eight wait for it.
        if (order.length === 0 && found > 0) read(20);
        order.push(...channel.completed.subarray(0, found));
        if (found === 0) yield channel.completionWait;
        else if (thread.isAhead()) yield CATCH_UP;
      }
    });
    expect(order).toEqual(Array.from({ length: 21 }, (_, tag) => tag));
  });
});
