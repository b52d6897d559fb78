/** IOPOLL gives a saturated core its requests back in the order in which they were submitted. */
import { describe, expect, it } from "vitest";
import { IO_OK } from "../../hardware/nvme/status.ts";
import { runIo } from "../../testing/io-run.ts";
import { CompletionRing } from "../completion-ring.ts";
import { PollList } from "./storage/poll-list.ts";

const DEPTH = 256;

function totals(sqthreadPoll: boolean) {
  const result = runIo({
    machine: "milan-pm1733",
    drives: 8,
    options: { ioengine: "io_uring", hipri: true, sqthread_poll: sqthreadPoll },
    workload: { kind: "raw-io", ioDepth: DEPTH, completeBatch: 1 },
    rampUs: 2_000,
    runtimeUs: 5_000,
  });
  return result.allJobs!.read.total;
}

describe("IOPOLL on a core that is slower than eight drives", () => {
  it("makes every request wait about as long, whichever drive it went to", () => {
    for (const sqthreadPoll of [false, true]) {
      const { minNs, meanNs, percentilesNs } = totals(sqthreadPoll);
      expect(minNs / meanNs).toBeGreaterThan(0.6);
      expect(percentilesNs["99.000000"]! / meanNs).toBeLessThan(1.25);
    }
  });
});

describe("polled queues", () => {
  it("belong to the CPUs that poll, however many more the machine has", () => {
    const { metrics, spec } = runIo({
      machine: "xeon8380-p5800x",
      options: { ioengine: "io_uring", hipri: true },
      workload: { kind: "raw-io", jobs: 2, ioDepth: 16 },
    });
    expect(spec.machine).toBe("xeon8380-p5800x");
    expect(metrics.iops).toBeGreaterThan(1e6);
  });
});

describe("a call that polls for several results", () => {
  it("returns when it has them: a batch costs a call to submit and one to wait", () => {
    const { ledger, metrics } = runIo({
      machine: "milan-pm1733",
      drives: 8,
      options: { ioengine: "io_uring", hipri: true },
      workload: { kind: "raw-io", ioDepth: 64, submitBatch: 16, completeMin: 16 },
      rampUs: 1_000,
      runtimeUs: 5_000,
    });
    const callNs = 230 / 2.5;
    const calls = Number(ledger.total["systemCall"]) / 1_000 / metrics.simulatedIos / callNs;
    expect(calls).toBeLessThan(3 / 16);
  });
});

describe("a ring's list of requests to be polled for", () => {
  const posted = (list: PollList): number[] => {
    const ring = new CompletionRing();
    return Array.from({ length: list.post(ring, 0) }, () => ring.take(0));
  };

  it("posts the oldest finished request and those right behind it, and keeps the others", () => {
    const list = new PollList();
    for (const tag of [40, 7, 3, 20, 5]) list.add(tag, tag);
    for (const tag of [5, 3, 7]) list.finish(tag, IO_OK);
    expect(list.isOldestFinished).toBe(false);
    expect(list.oldestDrive).toBe(40);
    expect(posted(list)).toEqual([7, 3]);
    expect(posted(list)).toEqual([5]);
    expect(posted(list)).toEqual([]);
    list.finish(40, IO_OK);
    expect(list.isOldestFinished).toBe(true);
    list.finish(20, IO_OK);
    expect(posted(list)).toEqual([40, 20]);
    expect(list.isOldestFinished).toBe(false);
  });

  it("keeps the order of any number of requests", () => {
    const list = new PollList();
    const tags = Array.from({ length: 500 }, (_, position) => (position * 337) % 500);
    for (const tag of tags) list.add(tag, 0);
    for (let tag = 0; tag < 500; tag++) list.finish(tag, IO_OK);
    expect(posted(list)).toEqual(tags);
  });
});
