/** A driver with interrupts: what it hands over, when it rings, and how much a call takes. */
import { describe, expect, it } from "vitest";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import {
  bareRun,
  freeSoftware,
  readInRounds,
  STEADY_DRIVES,
  spentUntil,
  TWO_CORES,
} from "../../testing/bare-run.ts";
import { CATCH_UP, IO_OK, READ, type Thread } from "../model.ts";
import { REAP_MAX } from "../polled-channel.ts";
import type { InterruptChannel } from "./storage/interrupt-channel.ts";

const US = 1_000_000;
const END_PS = 500 * US;

const site = (set: Record<string, number> = {}, entries = 16) =>
  bareRun(
    {
      machine: TWO_CORES,
      backend: "unikernel",
      drives: 2,
      options: { io_queue_size: entries, completion: "interrupt" },
      set: { ...STEADY_DRIVES, ...set },
      workload: { kind: "raw-io" },
    },
    END_PS,
  );

/**
 * Reads of `drives`, one each and all prepared before the first is submitted, through queue pairs
 * of so many entries; when all that are under way have ended, they are reaped, `limit` at a time.
 */
function reads(
  drives: readonly number[],
  set: Record<string, number> = {},
  limit = 64,
  entries = 16,
) {
  const run = site({ ...freeSoftware("unikernel"), ...set }, entries);
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

it("a call takes no more completions than it has room for, however many it is asked for", () => {
  const set = { "drive.queueDepthMax": 1_024 };
  const { reaped } = reads(new Array(200).fill(0), set, 1_000, 256);
  expect(reaped).toEqual([REAP_MAX, REAP_MAX, REAP_MAX, 200 - 3 * REAP_MAX]);
});

it("a thread is interrupted on the core on which it has opened its channel", () => {
  const run = site();
  run.system.scheduler.spawn(1, (thread) => readInRounds(run.system.storage, thread, 3, 1));
  spentUntil(run, END_PS);
  const interrupts = run.machine.cores.map((core) => core.rowBetween(0, 1)[CAUSE.interrupt]! > 0);
  expect(interrupts).toEqual([false, true]);
});

it("a completion is there when the handler has woken the thread, on whichever core", () => {
  const run = site();
  const [core, other] = run.machine.cores;
  const wokenAt: number[] = [];
  const wake = (atPs: number) => wokenAt.push(atPs);
  const thread = { core, isSleeping: true, wake } as unknown as Thread;
  const channel = run.system.storage.openChannel(thread, 1) as InterruptChannel;
  const wakeUpPs = run.costsPs["unikernel.wakeUp"]!;
  expect(channel.complete(7, 0, other!, US, IO_OK)).toBe(wakeUpPs);
  expect(other!.cursorPs).toBe(wakeUpPs);
  expect(wokenAt).toEqual([US + wakeUpPs]);
  expect(channel.completionWait.earliestPs!()).toBe(US + wakeUpPs);
  core!.passUntil(US, CAUSE.idle);
  expect(channel.reap(1)).toBe(0);
  core!.passUntil(US + wakeUpPs, CAUSE.idle);
  expect(channel.reap(1)).toBe(1);
});
