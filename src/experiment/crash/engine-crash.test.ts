/** Does the storage engine keep what it acknowledges, whatever part of its writes survives? */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Analysis } from "../../engine/recovery/analysis.ts";
import { RedoPlan } from "../../engine/recovery/redo.ts";
import { RecordView } from "../../engine/wal/log-record.ts";
import type { IoChannel, OperatingSystem, StorageFacet } from "../../os/model.ts";
import { FLUSH, IO_OK } from "../../os/model.ts";
import { type EngineSubjectSettings, engineSubject } from "./engine-subject.ts";
import type { Exploration } from "./exploration.ts";
import { CrashExplorer, type ExplorerSettings } from "./explorer.ts";
import { openStage } from "./open-stage.ts";
import type { CrashSubject } from "./subject.ts";

const KEYS: EngineSubjectSettings = {
  workload: "keys",
  buffer: "hash-table",
  pageBytes: 4_096,
  fullPageImages: true,
};

function explored(
  subject: CrashSubject,
  states: number,
  more: Partial<ExplorerSettings> = {},
  backend = "null",
): Exploration {
  return new CrashExplorer(subject, {
    stage: openStage({ backend, drives: 2, options: {}, threads: subject.threads }),
    seed: 1,
    firstRun: 0,
    states,
    subsets: 6,
    atomicBytes: 512,
    nestedPercent: 20,
    violationsMax: 1,
    ...more,
  }).explore();
}

describe("the storage engine loses nothing and shows nothing else", () => {
  it("with a hash-table pool, and everything happens that can", () => {
    const found = explored(engineSubject(KEYS), 600);
    expect([found.violations, found.distinct]).toEqual([[], 600]);
    for (const name of ["splits", "merges", "aborts", "checkpoints", "groupCommits", "evictions"]) {
      expect(found.coverage[name], name).toBeGreaterThan(0);
    }
    for (const name of ["recoveries", "redone", "undone"]) {
      expect(found.coverage[name], name).toBeGreaterThan(0);
    }
    expect(found.nested).toBeGreaterThan(50);
    expect(found.withTornWrites).toBeGreaterThan(50);
    expect(found.withReordering).toBeGreaterThan(50);
  });

  it("with pointer swizzling, other seeds", () => {
    const found = explored(engineSubject({ ...KEYS, buffer: "swizzling" }), 300, { seed: 100 });
    expect([found.violations, found.distinct]).toEqual([[], 300]);
  });

  it("with large pages that are written in parts", () => {
    const found = explored(engineSubject({ ...KEYS, pageBytes: 16_384 }), 250, {
      seed: 200,
      atomicBytes: 4_096,
    });
    expect([found.violations, found.distinct]).toEqual([[], 250]);
  });

  it("without page images, on drives that write a page as a whole", () => {
    const subject = engineSubject({ ...KEYS, fullPageImages: false });
    const found = explored(subject, 250, { seed: 300, atomicBytes: 4_096 });
    expect([found.violations, found.distinct]).toEqual([[], 250]);
  });

  it.each(["linux", "bypass"])("on %s", (backend) => {
    const found = explored(engineSubject(KEYS), 100, { seed: 400 }, backend);
    expect([found.violations, found.distinct]).toEqual([[], 100]);
  });

  it("under TPC-C, whose conditions hold", () => {
    const found = explored(engineSubject({ ...KEYS, workload: "tpcc" }), 80, { seed: 500 });
    expect([found.violations, found.distinct]).toEqual([[], 80]);
  });

  it.each([
    ["latent", true],
    ["transient", false],
    ["write", true],
    ["flush", true],
    ["vanish", true],
  ] as const)("when drives fail at run time: %s", (fault, isTold) => {
    const found = explored(engineSubject(KEYS), 60, { seed: 600, fault });
    expect([found.violations, found.distinct]).toEqual([[], 60]);
    // A fault hits early and late commands; a clear error or, if it passes, a retry.
    expect(found.runs).toBeGreaterThan(2);
    expect(found.failedRuns > 0).toBe(isTold);
  });
});

/** The engine on a system whose channels are tampered with. */
function tampered(tamper: (channel: IoChannel) => IoChannel): CrashSubject {
  const subject = engineSubject(KEYS);
  return {
    ...subject,
    start: (system, oracle, seed) => subject.start(withChannels(system, tamper), oracle, seed),
  };
}

function withChannels(
  system: OperatingSystem,
  tamper: (channel: IoChannel) => IoChannel,
): OperatingSystem {
  const storage: StorageFacet = {
    get interrupts() {
      return system.storage.interrupts;
    },
    openChannel: (thread, depth) => tamper(system.storage.openChannel(thread, depth)),
  };
  return { ...system, volume: system.volume, storage };
}

/** Asks for a read of nothing instead of a flush. */
const withoutFlushes = (channel: IoChannel): IoChannel => ({
  depth: channel.depth,
  completed: channel.completed,
  completedStatus: channel.completedStatus,
  completionWait: channel.completionWait,
  prepare: (opcode, drive, offset, bytes, tag, buffer) => {
    if (opcode === FLUSH) channel.prepare(0, drive, 0, 512, tag);
    else channel.prepare(opcode, drive, offset, bytes, tag, buffer);
  },
  submit: () => channel.submit(),
  reap: (limit) => channel.reap(limit),
});

/** Believes a flush that was tried again: a failure is never shown. */
const retryingFlushes = (channel: IoChannel): IoChannel => ({
  depth: channel.depth,
  completed: channel.completed,
  completedStatus: channel.completedStatus,
  completionWait: channel.completionWait,
  prepare: (opcode, drive, offset, bytes, tag, buffer) =>
    channel.prepare(opcode, drive, offset, bytes, tag, buffer),
  submit: () => channel.submit(),
  reap: (limit) => {
    const found = channel.reap(limit);
    channel.completedStatus.fill(IO_OK, 0, found);
    return found;
  },
});

describe("the explorer catches in the engine", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("a missing log flush", () => {
    const found = explored(tampered(withoutFlushes), 600);
    expect(found.violations.length).toBeGreaterThan(0);
  });

  it("a retried flush after a failed one", () => {
    const found = explored(tampered(retryingFlushes), 600, { fault: "flush" });
    expect(found.violations.length).toBeGreaterThan(0);
    const honest = explored(engineSubject(KEYS), found.distinct, { fault: "flush" });
    expect(honest.violations).toEqual([]);
    expect(honest.failedRuns).toBeGreaterThan(0);
  });

  it("a missing checksum: records of the log that are torn are believed", () => {
    const honest = explored(engineSubject(KEYS), 100, { seed: 3 });
    expect(honest.violations).toEqual([]);
    vi.spyOn(RecordView.prototype, "isValid").mockImplementation(function (
      this: RecordView,
      epoch: number,
    ) {
      return this.length >= 16 && this.length % 8 === 0 && this.epoch >= epoch;
    });
    expect(explored(engineSubject(KEYS), 600, { seed: 3 }).violations.length).toBeGreaterThan(0);
  });

  it("a wrong redo order", () => {
    const inOrder = RedoPlan.prototype.lsnsOf;
    vi.spyOn(RedoPlan.prototype, "lsnsOf").mockImplementation(function (
      this: RedoPlan,
      page: number,
    ) {
      return inOrder.call(this, page).toReversed();
    });
    expect(explored(engineSubject(KEYS), 600).violations.length).toBeGreaterThan(0);
  });

  it("a forgotten undo", () => {
    vi.spyOn(Analysis.prototype, "losers").mockReturnValue([]);
    expect(explored(engineSubject(KEYS), 600).violations.length).toBeGreaterThan(0);
  });

  it("missing page images on drives that tear pages", () => {
    const found = explored(engineSubject({ ...KEYS, fullPageImages: false }), 600);
    expect(found.violations[0]?.message).toMatch(/checksum is wrong/);
  });
});
