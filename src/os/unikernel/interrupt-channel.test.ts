/** A driver with interrupts: what it hands over, when it rings, and how much a call takes. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import {
  bareRun,
  freeSoftware,
  STEADY_DRIVES,
  spentUntil,
  TWO_CORES,
} from "../../testing/bare-run.ts";
import { CATCH_UP, READ } from "../model.ts";

const US = 1_000_000;
const END_PS = 500 * US;

/**
 * Reads of `drives`, one each and all prepared before the first is submitted, through queue pairs
 * of 16 entries; when all that are under way have ended, they are reaped, `limit` at a time.
 */
function reads(drives: readonly number[], set: Record<string, number> = {}, limit = 64) {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "unikernel",
      drives: 2,
      options: { io_queue_size: 16, completion: "interrupt" },
      set: { ...STEADY_DRIVES, ...freeSoftware("unikernel"), ...set },
      workload: { kind: "raw-io" },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  const reaped: number[] = [];
  scheduler.spawn(0, function* (thread) {
    const channel = storage.openChannel(thread, drives.length);
    for (const [tag, drive] of drives.entries()) {
      channel.prepare(READ, drive, tag * 4_096, 4_096, tag);
    }
    channel.submit();
    yield { kind: "compute", remainingPs: 100 * US, cause: CAUSE.application };
    for (let left = drives.length; left > 0; ) {
      const found = channel.reap(limit);
      left -= found;
      if (found > 0) reaped.push(found);
      if (left > 0 && found === 0) yield channel.completionWait;
      else if (thread.isAhead()) yield CATCH_UP;
    }
  });
  return { reaped, driverPs: spentUntil(run, END_PS).driver, costsPs: run.costsPs };
}

describe("requests", () => {
  const doorbells = (drives: readonly number[]) => {
    const { driverPs, costsPs } = reads(drives, { "unikernel.doorbell": 1_000 });
    return driverPs / costsPs["unikernel.doorbell"]!;
  };

  it("share a doorbell if they go to one drive one after the other", () => {
    expect(doorbells([0, 0, 0, 1, 1, 1])).toBe(2);
    expect(doorbells([0, 1, 0, 1])).toBe(4);
  });

  it("that find their queue pair full are built once, when there is room", () => {
    const { reaped, driverPs, costsPs } = reads(new Array(20).fill(0), {
      "unikernel.submit": 1_000,
    });
    expect(reaped).toEqual([15, 5]);
    expect(driverPs / costsPs["unikernel.submit"]!).toBe(20);
  });
});

it("a call takes as many completions as it is asked for", () => {
  expect(reads(new Array(10).fill(0), {}, 4).reaped).toEqual([4, 4, 2]);
});
