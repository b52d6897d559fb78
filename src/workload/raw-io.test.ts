/** Where the requests of a raw-I/O job go, and when, on a system that answers at once. */
import { describe, expect, it } from "vitest";
import type { IoChannel, Opcode, StorageFacet, Thread, Until } from "../os/model.ts";
import { FLUSH, READ, WRITE } from "../os/model.ts";
import type { JobStatistics } from "./job-statistics.ts";
import { RawIoJob, type RawIoPlan } from "./raw-io.ts";

const BLOCK = 4_096;
const MS = 1e9;

const plan: RawIoPlan = {
  isNop: false,
  isRandom: false,
  readPercent: 100,
  blockBytes: BLOCK,
  ioDepth: 1,
  isBlocking: false,
  submitBatch: 1,
  fileService: { goesRound: false, requests: 1 },
  driveCount: 3,
  hasOwnDrives: false,
  spanBytes: 4 * BLOCK,
  jobs: 1,
  rateIops: 0,
  syncOpcode: FLUSH,
  writesPerSync: 0,
  streamName: "job",
  seed: 1,
};

interface Request {
  readonly opcode: Opcode;
  readonly drive: number;
  readonly block: number;
  readonly atPs: number;
}

/**
 * The first `count` requests of job `index`.
 * @param latencyOf of a request by its place; the default is 1 ns.
 * @param submitPs what a hand-over takes.
 * @param jobs takes the job, for whoever wants its statistics.
 */
function requestsOf(
  change: Partial<RawIoPlan>,
  count: number,
  index = 0,
  {
    latencyOf = () => 1_000,
    submitPs = 0,
    jobs = [],
  }: { latencyOf?: (place: number) => number; submitPs?: number; jobs?: RawIoJob[] } = {},
): Request[] {
  const requests: Request[] = [];
  const core = { cursorPs: 0 };
  const completed = new Int32Array(256);
  let open: number[] = [];
  const channel: Partial<IoChannel> = {
    completed,
    prepare: (opcode, drive, offset, _, tag) => {
      requests.push({ opcode, drive, block: offset / BLOCK, atPs: core.cursorPs });
      open.push(tag);
    },
    submit: () => {
      core.cursorPs += submitPs;
    },
    reap: () => {
      if (open.length > 0) core.cursorPs += latencyOf(requests.length - 1);
      const found = open.length;
      completed.set(open);
      open = [];
      if (requests.length >= count) job.isStopping = true;
      return found;
    },
  };
  const storage: Partial<StorageFacet> = { openChannel: () => channel as IoChannel };
  const window = { startPs: 0, endPs: 1e15 };
  const job = new RawIoJob(index, { ...plan, ...change }, storage as StorageFacet, window);
  jobs.push(job);
  const thread = { core, isAhead: () => false } as unknown as Thread;
  for (const wait of job.body(thread)) core.cursorPs = (wait as Until).atPs;
  return requests.slice(0, count);
}

const placesOf = (requests: readonly Request[]): string =>
  requests.map(({ drive, block }) => `${drive}:${block}`).join(" ");

describe("a sequential job", () => {
  it("takes block after block, drive by drive, and begins again at the end", () => {
    const once = "0:0 1:0 2:0 0:1 1:1 2:1 0:2 1:2 2:2 0:3 1:3 2:3";
    expect(placesOf(requestsOf({}, 24))).toBe(`${once} ${once}`);
  });

  it("begins at its own share of the drives", () => {
    const first = [0, 1, 2].map((index) => placesOf(requestsOf({ jobs: 3 }, 2, index)));
    expect(first).toEqual(["0:0 1:0", "1:1 2:1", "2:2 0:3"]);
  });
});

describe("a job that syncs", () => {
  const change = { isRandom: true, spanBytes: 1e9, writesPerSync: 4, readPercent: 50 };

  it("does so after every fourth write, whatever it read, on the drive that it wrote last", () => {
    let writes = 0;
    let last = -1;
    let syncs = 0;
    for (const { opcode, drive } of requestsOf(change, 400)) {
      if (opcode === WRITE) {
        writes += 1;
        last = drive;
      } else if (opcode === FLUSH) {
        expect([writes, drive]).toEqual([4, last]);
        writes = 0;
        syncs += 1;
      } else expect(opcode).toBe(READ);
    }
    expect(Math.abs(syncs - 400 / 9)).toBeLessThan(8);
  });

  it.each([0, 20, 70, 100])("reads %i of 100", (readPercent) => {
    const requests = requestsOf({ ...change, writesPerSync: 0, readPercent }, 2_000);
    const reads = requests.filter(({ opcode }) => opcode === READ).length;
    expect(Math.abs(reads / 20 - readPercent)).toBeLessThan(readPercent % 100 === 0 ? 1e-9 : 4);
  });
});

it("requests that do nothing, and syncs, move no bytes", () => {
  const statistics = (change: Partial<RawIoPlan>): JobStatistics => {
    const jobs: RawIoJob[] = [];
    requestsOf({ ...change, readPercent: 0, writesPerSync: 2 }, 30, 0, { jobs });
    return jobs[0]!.statistics;
  };
  const { write, sync } = statistics({});
  expect([write.ios, write.bytes, sync.ios, sync.bytes]).toEqual([20, 20 * BLOCK, 10, 0]);
  const { read, ...nothing } = statistics({ isNop: true });
  expect([read.bytes, nothing.write.bytes, read.ios + nothing.write.ios]).toEqual([0, 0, 20]);
});

it("a request of a batch is handed over when its batch has been", () => {
  const jobs: RawIoJob[] = [];
  requestsOf({ ioDepth: 4, submitBatch: 4 }, 40, 0, { submitPs: 700, jobs });
  const { submissionPs, completionPs, totalPs } = jobs[0]!.statistics.read;
  const means = [submissionPs, completionPs, totalPs].map(({ mean }) => mean);
  expect([submissionPs.count, ...means]).toEqual([40, 700, 1_000, 1_700]);
});

describe("a job with a rate limit", () => {
  it("takes its turn among the others within the interval", () => {
    const first = [0, 1, 2, 3].map((index) => {
      return requestsOf({ jobs: 4, rateIops: 1_000, submitBatch: 1 }, 1, index)[0]!.atPs;
    });
    expect(first).toEqual([0, 0.25 * MS, 0.5 * MS, 0.75 * MS]);
  });

  it("makes up for what it missed, and only for that", () => {
    // The fifth request takes 10 ms.
    const latencyOf = (place: number): number => (place === 4 ? 10 * MS : 1_000);
    const times = requestsOf({ rateIops: 1_000 }, 30, 0, { latencyOf }).map(
      ({ atPs }) => atPs / MS,
    );
    expect(times.filter((atMs) => atMs < 14).length).toBe(5);
    expect(times.filter((atMs) => atMs < 14.5).length).toBe(15);
    expect(times.slice(15)).toEqual(Array.from({ length: 15 }, (_, place) => 15 + place));
  });
});
