import { describe, expect, it } from "vitest";
import { FLUSH } from "../hardware/nvme/command-table.ts";
import type { IoChannel, StorageFacet, Thread } from "../os/model.ts";
import type { RawIoPlan } from "./raw-io.ts";
import { RawIoJob } from "./raw-io.ts";

const plan: RawIoPlan = {
  isNop: false,
  isRandom: true,
  readPercent: 100,
  blockBytes: 4_096,
  ioDepth: 200,
  isBlocking: false,
  submitBatch: 1,
  fileService: { goesRound: false, requests: 1 },
  driveCount: 8,
  hasOwnDrives: true,
  spanBytes: 1e9,
  jobs: 3,
  rateIops: 0,
  syncOpcode: FLUSH,
  writesPerSync: 0,
  streamName: "job",
  seed: 1,
};

/** The drives that one job's first requests go to. */
function drivesOf(index: number, change: Partial<RawIoPlan>): number[] {
  const drives = new Set<number>();
  const channel: Partial<IoChannel> = {
    prepare: (_, drive) => void drives.add(drive),
    submit: () => {},
    reap: () => 0,
  };
  const storage: Partial<StorageFacet> = { openChannel: () => channel as IoChannel };
  const thread = { core: { cursorPs: 0 }, isAhead: () => false } as unknown as Thread;
  const window = { startPs: 0, endPs: 1 };
  const job = new RawIoJob(index, { ...plan, ...change }, storage as StorageFacet, window);
  job.body(thread).next();
  return [...drives].sort((one, other) => one - other);
}

describe.each([true, false])("drives of a job's own, random %s", (isRandom) => {
  it("are given out in turn", () => {
    const own = [0, 1, 2].map((index) => drivesOf(index, { isRandom }));
    expect(own).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ]);
  });

  it("are one each, shared, when there are more jobs than drives", () => {
    const own = [0, 2, 3, 4].map((index) => drivesOf(index, { isRandom, jobs: 5, driveCount: 3 }));
    expect(own).toEqual([[0], [2], [0], [1]]);
  });

  it("are all drives without the option", () => {
    expect(drivesOf(1, { isRandom, hasOwnDrives: false })).toHaveLength(8);
  });
});
