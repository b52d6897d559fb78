/** Does each counter count what it says, between the edges of the window and not beyond? */
import { describe, expect, it } from "vitest";
import { JobStatistics } from "./job-statistics.ts";
import { SchedulingStatistics } from "./scheduling/scheduling-statistics.ts";
import { TransactionStatistics } from "./transaction-statistics.ts";

const WINDOW = { startPs: 1_000, endPs: 2_000 };

describe("what a job measured", () => {
  it("is of requests that complete from the window's first moment to before its last", () => {
    const statistics = new JobStatistics(WINDOW, false);
    for (const atPs of [999, 1_000, 1_999, 2_000]) {
      statistics.prepared(900);
      statistics.completed(statistics.read, 4_096, 900, 950, atPs);
    }
    const { read, write, sync } = statistics;
    expect([read.ios, read.bytes, write.ios, sync.ios]).toEqual([2, 8_192, 0, 0]);
    expect([read.totalPs.min, read.totalPs.max]).toEqual([100, 1_099]);
  });

  it("splits a latency at the hand-over, where there is one", () => {
    const split = (isBlocking: boolean): number[] => {
      const statistics = new JobStatistics(WINDOW, isBlocking);
      statistics.prepared(1_100);
      statistics.completed(statistics.write, 512, 1_100, 1_130, 1_500);
      const { submissionPs, completionPs, totalPs } = statistics.write;
      return [submissionPs, completionPs, totalPs].flatMap(({ count, mean }) => [count, mean]);
    };
    expect(split(false)).toEqual([1, 30, 1, 370, 1, 400]);
    expect(split(true)).toEqual([0, 0, 1, 400, 1, 400]);
  });

  it("has outstanding what was there inside the window, syncs apart", () => {
    const statistics = new JobStatistics(WINDOW, false);
    const { read, sync } = statistics;
    for (const [from, to] of [
      [0, 3_000],
      [500, 1_250],
      [1_500, 1_750],
      [1_900, 2_500],
    ] as const) {
      statistics.prepared(from);
      statistics.completed(read, 0, from, from, to);
    }
    statistics.syncPrepared();
    expect(statistics.outstanding).toBe(1);
    statistics.completed(sync, 0, 1_100, 1_100, 1_900);
    expect([statistics.outstandingMean, sync.ios]).toEqual([1.6, 1]);
    // Little's law to the last picosecond.
    const latenciesPs = read.totalPs.count * read.totalPs.mean;
    expect(latenciesPs + statistics.edgesPs).toBe(1_600);
  });
});

describe("what clients measured", () => {
  it("tells commits from roll-backs, and has the latency of both", () => {
    const statistics = new TransactionStatistics(WINDOW);
    for (const [isCommitted, from, to] of [
      [true, 900, 1_000],
      [true, 1_000, 1_300],
      [false, 1_300, 1_500],
      [true, 1_500, 2_000],
    ] as const) {
      statistics.begun(from);
      statistics.ended(isCommitted, from, to);
    }
    for (const atPs of [999, 1_000, 1_999, 2_000]) statistics.restarted(atPs);
    const { committed, rolledBack, restarts, latencyPs } = statistics;
    expect([committed, rolledBack, restarts]).toEqual([2, 1, 2]);
    expect([latencyPs.count, latencyPs.mean]).toEqual([3, 200]);
    expect(statistics.outstandingMean).toBe(1);
  });

  it("knows the longest of which a part lies inside, and no longer one outside", () => {
    const longest = (from: number, to: number): number => {
      const statistics = new TransactionStatistics(WINDOW);
      statistics.begun(from);
      statistics.ended(true, from, to);
      return statistics.longestPs;
    };
    expect([longest(0, 1_100), longest(1_900, 9_000), longest(0, 9_000)]).toEqual([
      1_100, 7_100, 9_000,
    ]);
    expect([longest(0, 1_000), longest(2_000, 9_000)]).toEqual([0, 0]);
  });

  it("has those given up outstanding until then", () => {
    const statistics = new TransactionStatistics(WINDOW);
    statistics.begun(1_000);
    statistics.abandoned(1_250);
    expect([statistics.outstandingMean, statistics.latencyPs.count]).toEqual([0.25, 0]);
  });
});

it("operations are short, long, or neither, and all of them operations", () => {
  const statistics = new SchedulingStatistics(WINDOW);
  statistics.ended(1_000, 1_100, false);
  statistics.ended(1_000, 1_500, true);
  statistics.endedOther(1_000, 1_700);
  for (const atPs of [999, 2_000]) {
    statistics.ended(900, atPs, false);
    statistics.endedOther(900, atPs);
    statistics.began(900, atPs);
  }
  statistics.began(1_200, 1_250);
  statistics.began(1_300, 1_299);
  const { latencyPs, shortPs, longPs, wakeDelayPs } = statistics;
  expect([latencyPs.count, statistics.operations, latencyPs.max]).toEqual([3, 3, 700]);
  expect([shortPs.count, shortPs.max, longPs.count, longPs.max]).toEqual([1, 100, 1, 500]);
  expect([wakeDelayPs.count, wakeDelayPs.max, wakeDelayPs.min]).toEqual([2, 50, 0]);
});
