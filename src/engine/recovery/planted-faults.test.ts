/** Faults of the classic kinds, planted one at a time: crashes and recoveries must find each. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { FLUSH, READ } from "../../os/model.ts";
import { type CrashRunSettings, crashRun } from "../../testing/crash-run.ts";
import { Sweep } from "../buffer/sweep.ts";
import { GroupCommit } from "../wal/group-commit.ts";
import { HEADER_BYTES, RecordView } from "../wal/log-record.ts";
import { WriteAheadLog } from "../wal/write-ahead-log.ts";
import { Worker } from "../worker.ts";
import { Analysis } from "./analysis.ts";
import { RedoPlan } from "./redo.ts";

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed + 1);

/** Whether some seed's crash shows that something is wrong. */
const isFound = (settings: Omit<CrashRunSettings, "seed"> = {}, seeds = SEEDS): boolean =>
  seeds.some((seed) => crashRun({ seed, ...settings }).faults.length > 0);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("crashes find", () => {
  it("a missing flush of the log", () => {
    const start = Worker.prototype.start;
    vi.spyOn(Worker.prototype, "start").mockImplementation(function (this: Worker, ...request) {
      const [opcode, drive, offset, , owner, argument] = request;
      const forgets = opcode === FLUSH && owner instanceof GroupCommit;
      if (!forgets) return start.apply(this, request);
      return start.call(this, READ, drive, offset, new Uint8Array(512), owner, argument);
    });
    expect(isFound()).toBe(true);
  });

  it("a commit that does not wait for the log", () => {
    vi.spyOn(WriteAheadLog.prototype, "commit").mockReturnValue(0);
    expect(isFound()).toBe(true);
  });

  it("redo in the wrong order", () => {
    const lsnsOf = RedoPlan.prototype.lsnsOf;
    vi.spyOn(RedoPlan.prototype, "lsnsOf").mockImplementation(function (this: RedoPlan, page) {
      return lsnsOf.call(this, page).toReversed();
    });
    expect(isFound()).toBe(true);
  });

  it("forgotten undo", () => {
    vi.spyOn(Analysis.prototype, "losers").mockReturnValue([]);
    expect(isFound()).toBe(true);
  });

  it("a log record whose checksum nobody looks at", () => {
    vi.spyOn(RecordView.prototype, "isValid").mockImplementation(function (
      this: RecordView,
      epoch,
    ) {
      const room = this.bytes.length - this.first * 4;
      return this.length >= HEADER_BYTES && this.length <= room && this.epoch >= epoch;
    });
    expect(isFound()).toBe(true);
  });

  it("pages without images in the log, when writes are torn", () => {
    expect(isFound({ config: { fullPageImages: false } })).toBe(true);
  });

  it("a failed flush that is taken for a success", () => {
    const failing = SEEDS.map((seed) => ({ seed, failingFlush: 4 + seed }));
    const isWrong = (settings: CrashRunSettings): boolean => crashRun(settings).faults.length > 0;
    // The engine itself gives up the log and is recovered: nothing is lost.
    expect(failing.filter(isWrong)).toEqual([]);
    const ioCompleted = GroupCommit.prototype.ioCompleted;
    vi.spyOn(GroupCommit.prototype, "ioCompleted").mockImplementation(function (
      this: GroupCommit,
      worker,
      argument,
    ) {
      ioCompleted.call(this, worker, argument, 0);
    });
    expect(failing.some(isWrong)).toBe(true);
  });

  it("a checkpoint that leaves pages unwritten", () => {
    vi.spyOn(Sweep.prototype, "left", "get").mockReturnValue(0);
    expect(isFound()).toBe(true);
  });

  it("a checkpoint that flushes beside somebody whose flush fails", () => {
    const runs = [14, 38].map((failingFlush) => ({ seed: 4, failingFlush }));
    const faulty = (): number => runs.filter((run) => crashRun(run).faults.length > 0).length;
    expect(faulty()).toBe(0);
    vi.spyOn(GroupCommit.prototype, "alone").mockImplementation((work) => work());
    expect(faulty()).toBeGreaterThan(0);
  });
});
