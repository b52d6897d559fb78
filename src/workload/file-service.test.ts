import { describe, expect, it } from "vitest";
import { fileServiceOf } from "../experiment/workloads/raw-io-spec.ts";
import { FLUSH } from "../hardware/nvme/command-table.ts";
import type { IoChannel, StorageFacet, Thread } from "../os/model.ts";
import { runIo } from "../testing/io-run.ts";
import { RawIoJob } from "./raw-io.ts";

const DRIVES = 4;
const BLOCKS = 1_000;

/** Where the first `count` random requests of a job go. */
function placesOf(text: string, count: number): { drives: number[]; blocks: number[] } {
  const drives: number[] = [];
  const blocks: number[] = [];
  const channel = {
    completionWait: { kind: "sleep", earliestPs: () => 0 },
    prepare: (_opcode: number, drive: number, offset: number) => {
      drives.push(drive);
      blocks.push(offset / 4_096);
    },
    submit: () => {},
    reap: () => 0,
  } as unknown as IoChannel;
  const plan = {
    isNop: false,
    isRandom: true,
    readPercent: 100,
    blockBytes: 4_096,
    ioDepth: count,
    isBlocking: false,
    submitBatch: 1,
    fileService: fileServiceOf(text),
    driveCount: DRIVES,
    hasOwnDrives: false,
    spanBytes: BLOCKS * 4_096,
    jobs: 1,
    rateIops: 0,
    syncOpcode: FLUSH,
    writesPerSync: 0,
    streamName: "test",
    seed: 1,
  } as const;
  const storage = { openChannel: () => channel } as unknown as StorageFacet;
  const thread = { core: { cursorPs: 0 }, isAhead: () => false } as unknown as Thread;
  new RawIoJob(0, plan, storage, { startPs: 0, endPs: 1 }).body(thread).next();
  return { drives, blocks };
}

describe("file_service_type", () => {
  it("roundrobin:n goes round the drives, n requests to each", () => {
    const { drives, blocks } = placesOf("roundrobin:3", 24);
    expect(drives).toEqual([
      0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3,
    ]);
    expect(new Set(blocks).size).toBeGreaterThan(20);
    expect(placesOf("roundrobin", 5).drives).toEqual([0, 1, 2, 3, 0]);
  });

  it("random:n stays n requests on a drive, and chooses any", () => {
    const { drives } = placesOf("random:5", 1_000);
    const turns = Array.from({ length: 200 }, (_, turn) => drives.slice(5 * turn, 5 * turn + 5));
    for (const turn of turns) expect(new Set(turn).size).toBe(1);
    for (let drive = 0; drive < DRIVES; drive++) {
      const share = turns.filter(([first]) => first === drive).length / turns.length;
      expect(Math.abs(share - 1 / DRIVES)).toBeLessThan(0.1);
    }
    expect(placesOf("random", 100)).toEqual(placesOf("random:1", 100));
  });

  it.each(["sequential", "random:0", "roundrobin:", "roundrobin:1.5", "zipf:2"])(
    "refuses %s and says what is allowed",
    (fileService) => {
      const run = () => runIo({ backend: "null", workload: { kind: "raw-io", fileService } });
      expect(run).toThrow(`fileService: "${fileService}" is not allowed; allowed: random or`);
    },
  );

  it("is refused where nobody chooses a drive", () => {
    const fileService = "roundrobin";
    const run = (rw: "read" | "randread", options = {}) =>
      runIo({ backend: "linux", options, workload: { kind: "raw-io", rw, fileService } });
    expect(() => run("read")).toThrow(/fileService: sequential .*"read"/);
    expect(() => run("randread", { raid: "md0" })).toThrow(/fileService: a RAID is one file/);
  });
});
