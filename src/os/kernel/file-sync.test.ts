import { describe, expect, it } from "vitest";
import type { Cause } from "../../hardware/cpu/ledger.ts";
import { type Media, SparseMedia } from "../../hardware/nvme/media.ts";
import { type BareRun, bareRun, STEADY_DRIVES, spentUntil } from "../../testing/bare-run.ts";
import {
  FLUSH,
  FLUSH_METADATA,
  IO_OK,
  IO_WRITE_FAULT,
  type Opcode,
  type Thread,
  type ThreadTask,
  WRITE,
} from "../model.ts";

const END_PS = 50_000_000_000;
/** Beyond a tick of the file system's clock. */
const TICK_PS = 4_100_000_000;

/** Counts what reaches the drives. */
class CountingMedia extends SparseMedia implements Media {
  writes = 0;
  flushes = 0;
  answer: typeof IO_OK | typeof IO_WRITE_FAULT = IO_OK;

  override write(): typeof IO_OK | typeof IO_WRITE_FAULT {
    this.writes += 1;
    return this.answer;
  }
  override flush(): typeof IO_OK {
    this.flushes += 1;
    return IO_OK;
  }
}

interface Setting {
  readonly options?: Record<string, string | boolean>;
  readonly isVolatile?: boolean;
  readonly drives?: number;
}

interface Outcome {
  readonly run: BareRun;
  readonly media: CountingMedia;
  readonly spent: Record<Cause, number>;
  readonly statuses: readonly number[];
  /** When each request was known to have ended. */
  readonly endsPs: readonly number[];
}

/** One thread does `requests` one after the other; "tick" lets the file's clock move on. */
function outcomeOf(
  requests: readonly (Opcode | "tick" | "fail")[],
  { options = {}, isVolatile = false, drives = 1 }: Setting,
): Outcome {
  const run = bareRun(
    {
      drives,
      backend: "linux",
      options: { ...options },
      workload: { kind: "raw-io" },
      set: { ...STEADY_DRIVES, "drive.volatileCache": isVolatile ? 1 : 0 },
    },
    END_PS,
  );
  const media = new CountingMedia(drives);
  run.machine.array.media = media;
  const statuses: number[] = [];
  const endsPs: number[] = [];
  run.system.scheduler.spawn(0, function* (thread: Thread): ThreadTask {
    const channel = run.system.storage.openChannel(thread, 4);
    for (const request of requests) {
      if (request === "fail") media.answer = IO_WRITE_FAULT;
      else if (request === "tick") {
        const atPs = thread.core.cursorPs + TICK_PS;
        const nobody = { kind: "sleep", earliestPs: () => Number.POSITIVE_INFINITY } as const;
        yield { kind: "until", atPs, other: nobody };
      } else {
        channel.prepare(request, 0, 0, request === WRITE ? 4_096 : 0, 1);
        channel.submit();
        while (channel.reap(1) === 0) yield channel.completionWait;
        statuses.push(channel.completedStatus[0]!);
        endsPs.push(thread.core.cursorPs);
      }
    }
  });
  return { run, media, spent: spentUntil(run, END_PS), statuses, endsPs };
}

/** What the last request of `requests` costs, by cause. */
function costOfLast(requests: readonly (Opcode | "tick")[], setting: Setting): Outcome["spent"] {
  const whole = outcomeOf(requests, setting).spent;
  const before = outcomeOf(requests.slice(0, -1), setting).spent;
  for (const cause of Object.keys(whole) as Cause[]) whole[cause] -= before[cause];
  return whole;
}

describe("fdatasync", () => {
  it("ends in the kernel where no cache is volatile: one crossing and the call", () => {
    const spent = costOfLast([WRITE, FLUSH], {});
    const { costsPs } = outcomeOf([], {}).run;
    const { idle: _, ...rest } = spent;
    expect(Object.values(rest).reduce((sum, ps) => sum + ps, 0)).toBe(
      costsPs["kernel.systemCall"]! + costsPs["kernel.fsyncCall"]!,
    );
    expect(spent.systemCall).toBe(costsPs["kernel.systemCall"]);
    expect(spent.ioInterface).toBe(costsPs["kernel.fsyncCall"]);
    expect(outcomeOf([WRITE, FLUSH], {}).media.flushes).toBe(0);
  });

  it("is one flush where it is: block layer, driver, interrupt, wake-up", () => {
    const setting = { isVolatile: true };
    const spent = costOfLast([WRITE, FLUSH], setting);
    const { costsPs } = outcomeOf([], setting).run;
    expect(spent.blockLayer).toBe(costsPs["kernel.flush"]);
    expect(spent.driver).toBe(costsPs["kernel.driver"]);
    expect(spent.interrupt).toBe(costsPs["kernel.interruptEntry"]);
    expect(spent.wakeUp).toBe(costsPs["kernel.wakeUp"]);
    expect(spent.pagePinning).toBe(0);
    expect(outcomeOf([WRITE, FLUSH], setting).media.flushes).toBe(1);
  });

  it("commits no journal on ext4", () => {
    const options = { filesystem: "ext4" };
    expect(outcomeOf([WRITE, FLUSH], { options }).media.writes).toBe(1);
  });

  it("goes through a kernel worker with libaio and io_uring", () => {
    for (const ioengine of ["libaio", "io_uring"]) {
      const setting = { options: { ioengine } };
      const spent = costOfLast([WRITE, FLUSH], setting);
      const { costsPs } = outcomeOf([], setting).run;
      expect(spent.contextSwitch).toBe(costsPs["kernel.contextSwitch"]);
    }
  });

  it("flushes every member of a RAID, and of separate drives the one that was written", () => {
    for (const [raid, flushes] of [["md0", 3] as const, ["none", 1] as const]) {
      const setting = { options: { raid }, isVolatile: true, drives: 3 };
      expect(outcomeOf([WRITE, FLUSH], setting).media.flushes).toBe(flushes);
    }
  });

  it("is the drive's own flush when passed through, whatever the cache", () => {
    const setting = { options: { ioengine: "io_uring_cmd" } };
    expect(outcomeOf([WRITE, FLUSH, FLUSH_METADATA], setting).media.flushes).toBe(2);
  });
});

describe("fsync on ext4", () => {
  const options = { filesystem: "ext4" };

  it("commits the journal in two writes, one after the other", () => {
    const { media, spent, run } = outcomeOf([WRITE, FLUSH_METADATA], { options });
    expect([media.writes, media.flushes]).toEqual([3, 0]);
    const { fileSystem } = costOfLast([WRITE, FLUSH_METADATA], { options });
    expect(fileSystem).toBe(run.costsPs["kernel.journalCommit"]);
    expect(spent.interrupt).toBe(3 * run.costsPs["kernel.interruptEntry"]!);
  });

  it("flushes before and after the commit record where the cache is volatile", () => {
    const { media } = outcomeOf([WRITE, FLUSH_METADATA], { options, isVolatile: true });
    expect([media.writes, media.flushes]).toEqual([3, 2]);
  });

  /** Of an SQPOLL ring the application's thread and the kernel's poll, and keep their cores. */
  it.each([false, true])("takes its steps in turn on a core that polls, volatile: %s", (cache) => {
    const sqpoll = { ...options, ioengine: "io_uring", sqthread_poll: true };
    const { media, statuses } = outcomeOf([WRITE, FLUSH_METADATA], {
      options: sqpoll,
      isVolatile: cache,
    });
    expect(statuses).toEqual([IO_OK, IO_OK]);
    expect([media.writes, media.flushes]).toEqual([3, cache ? 2 : 0]);
  });

  it("ends no earlier on a core that polls than the commands that it waits for", () => {
    const sqpoll = { ...options, ioengine: "io_uring", sqthread_poll: true };
    const ofPolling = outcomeOf([WRITE, FLUSH_METADATA], { options: sqpoll });
    const ofSleeping = outcomeOf([WRITE, FLUSH_METADATA], { options: { ...options } });
    const lastOf = ({ endsPs }: Outcome): number => endsPs[1]! - endsPs[0]!;
    const { costsPs } = ofSleeping.run;
    // What a caller that sleeps has beside: to be woken.
    const wakeUpPs = costsPs["kernel.wakeUp"]! + costsPs["kernel.contextSwitch"]!;
    expect(lastOf(ofPolling)).toBeGreaterThan(lastOf(ofSleeping) - 2 * wakeUpPs);
  });

  it("finds the inode clean until its time has moved on", () => {
    const twice = [WRITE, FLUSH_METADATA, WRITE, FLUSH_METADATA] as const;
    expect(outcomeOf(twice, { options }).media.writes).toBe(4);
    const later = [WRITE, FLUSH_METADATA, "tick", WRITE, FLUSH_METADATA] as const;
    expect(outcomeOf(later, { options }).media.writes).toBe(6);
  });

  it("is an fdatasync on a block device", () => {
    expect(outcomeOf([WRITE, FLUSH_METADATA], {}).media.writes).toBe(1);
  });

  it("reports a failed journal write, and writes no commit record after it", () => {
    const { media, statuses } = outcomeOf([WRITE, "fail", FLUSH_METADATA], { options });
    expect(statuses).toEqual([IO_OK, IO_WRITE_FAULT]);
    expect(media.writes).toBe(2);
  });
});
