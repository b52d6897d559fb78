/** What a blocking read of the port copies, and says about what it could not read. */
import { expect, it } from "vitest";
import { IO_MEDIA_ERROR, IO_OK } from "../../hardware/nvme/status.ts";
import { bareRun } from "../../testing/bare-run.ts";
import { ScratchedMedia } from "../../testing/paged-file.ts";
import { CAUSE, READ, type Thread } from "../model.ts";
import type { PosixChannel } from "./storage/posix-channel.ts";

const END_PS = 1_000_000_000;

/** Reads so many bytes at each offset, one after the other; their statuses, and pages copied. */
function reading(requests: readonly (readonly [offset: number, bytes: number])[]) {
  const run = bareRun(
    { backend: "unikernel-port", drives: 1, workload: { kind: "raw-io" } },
    END_PS,
  );
  run.machine.array.media = new ScratchedMedia(1);
  const statuses: number[] = [];
  run.system.scheduler.spawn(0, function* (thread) {
    const channel = run.system.storage.openChannel(thread, 1);
    for (const [offset, bytes] of requests) {
      channel.prepare(READ, 0, offset, bytes, 0);
      channel.submit();
      while (channel.reap(1) === 0) yield channel.completionWait;
      statuses.push(channel.completedStatus[0]!);
    }
  });
  run.simulation.runUntil(END_PS);
  run.system.scheduler.settle(END_PS);
  const copiedPs = run.machine.cores[0]!.rowBetween(0, 1)[CAUSE.copy]!;
  return { statuses, copied: copiedPs / run.costsPs["port.copyPage"]! };
}

it("copies each page of which a read wants a part", () => {
  const found = reading([
    [0, 512],
    [0, 4_608],
  ]);
  expect(found).toEqual({ statuses: [IO_OK, IO_OK], copied: 1 + 2 });
});

it("tells what could not be read, and nobody else, and copies none of it", () => {
  const { statuses, copied } = reading([
    [0, 512],
    [8_192, 512],
    [0, 512],
  ]);
  expect(statuses).toEqual([IO_OK, IO_MEDIA_ERROR, IO_OK]);
  expect(copied).toBe(2);
});

it("has its result when the completion thread has woken it, on whichever core that was", () => {
  const run = bareRun(
    { backend: "unikernel-port", drives: 1, workload: { kind: "raw-io" } },
    END_PS,
  );
  const wokenAt: number[] = [];
  const [core] = run.machine.cores;
  const thread = { core, wake: (atPs: number) => wokenAt.push(atPs) } as unknown as Thread;
  const channel = run.system.storage.openChannel(thread, 1) as PosixChannel;
  channel.requestDone(5_000, IO_OK);
  expect(wokenAt).toEqual([5_000]);
  expect(channel.completionWait.earliestPs!()).toBe(5_000);
  expect(channel.reap()).toBe(0);
  core!.passUntil(5_000, CAUSE.idle);
  expect(channel.reap()).toBe(1);
});
