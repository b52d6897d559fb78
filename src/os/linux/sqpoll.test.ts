/** SQPOLL's kernel thread: when it sleeps, what wakes it, and what it does in a round. */
import { describe, expect, it } from "vitest";
import type { ExperimentInput } from "../../experiment/spec.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import {
  type BareRun,
  bareRun,
  freeSoftware,
  STEADY_DRIVES,
  spentUntil,
  TWO_CORES,
} from "../../testing/bare-run.ts";
import { CATCH_UP, type IoChannel, READ, type Thread, type ThreadTask, WRITE } from "../model.ts";

const US = 1_000_000;
const MS = 1_000 * US;
const END_PS = 20 * MS;

interface Talk extends BareRun {
  readonly thread: Thread;
  readonly channel: IoChannel;
}

/** Runs `body` on core 0, with a kernel thread on core 1 that sleeps after a millisecond. */
function sqpoll(input: Partial<ExperimentInput>, body: (talk: Talk) => ThreadTask): BareRun {
  const run = bareRun(
    {
      machine: TWO_CORES,
      backend: "linux",
      drives: 1,
      workload: { kind: "raw-io" },
      ...input,
      options: {
        ioengine: "io_uring",
        sqthread_poll: true,
        sq_thread_idle: 1,
        ...input.options,
      },
      set: { ...STEADY_DRIVES, ...input.set },
    },
    END_PS,
  );
  const { scheduler, storage } = run.system;
  scheduler.spawn(0, function* (thread) {
    yield* body({ ...run, thread, channel: storage.openChannel(thread, 256) });
  });
  return run;
}

/** Waits for the next result. */
function* awaitOne(channel: IoChannel): ThreadTask {
  while (channel.reap(1) === 0) yield channel.completionWait;
}

/** One read each, so many microseconds after the last one's end; returns how long each took. */
function* reads({ channel, thread }: Talk, pausesUs: readonly number[], tookPs: number[]) {
  const { core } = thread;
  for (const pauseUs of pausesUs) {
    yield {
      kind: "compute",
      remainingPs: pauseUs * US,
      cause: CAUSE.application,
    } as const;
    const fromPs = core.cursorPs;
    channel.prepare(READ, 0, 0, 4_096, 0);
    channel.submit();
    yield* awaitOne(channel);
    tookPs.push(core.cursorPs - fromPs);
  }
}

describe("the kernel thread of SQPOLL", () => {
  it("sleeps a while after its last work, not its first, and must then be woken", () => {
    const tookPs: number[] = [];
    const run = sqpoll({ set: { "linux.sqpollWake": 100 } }, (talk) =>
      reads(talk, [10, 800, 800, 800, 1_100, 10], tookPs),
    );
    const { systemCall } = spentUntil(run, END_PS);
    expect(systemCall / run.costsPs["kernel.systemCall"]!).toBeCloseTo(1, 6);
    const [, , , awake, woken, again] = tookPs;
    expect(woken! - awake!).toBeGreaterThan(100 * US);
    expect(woken! - awake!).toBeLessThan(105 * US);
    expect(Math.abs(again! - awake!)).toBeLessThan(US);
  });

  it.each([true, false])("finishes what outlasts that while: IOPOLL %s", (hipri) => {
    const tookPs: number[] = [];
    const slow = { "drive.fixedLatency": 3_000, "linux.taskWork": 250 };
    const run = sqpoll({ options: { hipri }, set: slow }, (talk) => reads(talk, [1, 1], tookPs));
    // It polls and is awake for the second read, or has been woken to do task work for the first.
    const { systemCall } = spentUntil(run, END_PS);
    expect(systemCall).toBe(0);
    expect(tookPs.map((ps) => Math.round(ps / MS))).toEqual([3, 3]);
  });

  it("does not sleep over a completion that comes as it is about to", () => {
    for (let ns = 0; ns < 2_000; ns += 50) {
      const tookPs: number[] = [];
      const set = {
        ...freeSoftware("linux"),
        "linux.taskWork": 1,
        "drive.fixedLatency": 999 + ns / 1_000,
      };
      spentUntil(
        sqpoll({ set }, (talk) => reads(talk, [1], tookPs)),
        END_PS,
      );
      expect(tookPs).toHaveLength(1);
    }
  });

  it("looks for new entries before it has done all the task work that there is", () => {
    let writtenPs = 0;
    const set = {
      ...freeSoftware("linux"),
      "linux.taskWork": 10_000,
      "drive.writeLatency": 3_000,
    };
    const run = sqpoll({ set }, function* ({ channel, thread }) {
      for (let tag = 1; tag <= 200; tag++) channel.prepare(READ, 0, tag * 4_096, 4_096, tag);
      channel.submit();
      yield* awaitOne(channel);
      channel.prepare(WRITE, 0, 0, 4_096, 0);
      channel.submit();
      for (let left = 200; left > 0; left--) {
        yield* awaitOne(channel);
        if (thread.isAhead()) yield CATCH_UP;
      }
      writtenPs = thread.core.cursorPs;
    });
    spentUntil(run, END_PS);
    // The first 32 took 0.3 ms; all 200, 2 ms.
    expect(writtenPs).toBeGreaterThan(3.25 * MS);
    expect(writtenPs).toBeLessThan(3.5 * MS);
  });

  it("tells a drive once of what it has found in a round", () => {
    const set = { "vm.virtioRequest": 0 };
    const emulated = { isolation: "vm", virtualStorage: "virtio", set } as const;
    const run = sqpoll({ ...emulated, options: { hipri: true } }, function* ({ channel }) {
      for (let tag = 0; tag < 16; tag++) channel.prepare(READ, 0, tag * 4_096, 4_096, tag);
      channel.submit();
      for (let left = 16; left > 0; left--) yield* awaitOne(channel);
    });
    const { hypervisor } = spentUntil(run, END_PS);
    expect(hypervisor / run.costsPs["vm.exit"]!).toBeCloseTo(1, 6);
  });
});
