import { describe, expect, it } from "vitest";
import { SparseMedia } from "../../hardware/nvme/media.ts";
import {
  IO_MEDIA_ERROR,
  IO_OK,
  IO_WRITE_FAULT,
  type IoStatus,
} from "../../hardware/nvme/status.ts";
import { bareRun, STEADY_DRIVES, spentUntil } from "../../testing/bare-run.ts";
import {
  CATCH_UP,
  type FailedPages,
  FLUSH,
  type IoChannel,
  type Opcode,
  READ,
  type Wait,
  WRITE,
} from "../model.ts";

const END_PS = 50_000_000_000;
const page = (value: number, pages = 1): Uint8Array => new Uint8Array(4_096 * pages).fill(value);

/** Counts what reaches the drives, and answers as told. */
class Drives extends SparseMedia {
  writes = 0;
  reads = 0;
  answer: IoStatus = IO_OK;
  flushAnswer: IoStatus = IO_OK;

  override read(drive: number, offset: number, bytes: number, into?: Uint8Array): IoStatus {
    this.reads += 1;
    return this.answer === IO_OK ? super.read(drive, offset, bytes, into) : this.answer;
  }
  override write(drive: number, offset: number, bytes: number, from?: Uint8Array): IoStatus {
    this.writes += 1;
    return this.answer === IO_OK ? super.write(drive, offset, bytes, from) : this.answer;
  }
  override flush(): IoStatus {
    return this.flushAnswer;
  }
  /** First byte of what is on drive 0 at `offset`. */
  at(offset: number): number {
    const into = page(99);
    super.read(0, offset, 4_096, into);
    return into[0]!;
  }
}

type Call = (opcode: Opcode, offset?: number, buffer?: Uint8Array) => Generator<Wait, number>;

function withFile(
  body: (call: Call, drives: Drives) => Generator<Wait, void>,
  failedPages: FailedPages = "clean",
  volatileCache = 0,
): void {
  const run = bareRun(
    {
      drives: 1,
      backend: "linux",
      workload: { kind: "raw-io" },
      set: { "drive.volatileCache": volatileCache },
    },
    END_PS,
  );
  const drives = new Drives(1);
  run.machine.array.media = drives;
  let hasEnded = false;
  run.system.scheduler.spawn(0, function* (thread) {
    const channel: IoChannel = run.system.storage.openBuffered!(thread, failedPages);
    yield* body(function* (opcode, offset = 0, buffer) {
      channel.prepare(opcode, 0, offset, buffer?.length ?? 0, 3, buffer);
      channel.submit();
      while (channel.reap(1) === 0) yield channel.completionWait;
      expect(channel.completed[0]).toBe(3);
      const status = channel.completedStatus[0]!;
      if (thread.isAhead()) yield CATCH_UP;
      return status;
    }, drives);
    hasEnded = true;
  });
  run.simulation.runUntil(END_PS);
  expect(hasEnded).toBe(true);
  expect(run.machine.array.commands.inFlight).toBe(0);
}

describe("a buffered file", () => {
  it.each([0, 1])("keeps writes in memory until fsync (volatile cache: %d)", (volatileCache) => {
    withFile(
      function* (call, drives) {
        expect(yield* call(WRITE, 4_096, page(5, 3))).toBe(IO_OK);
        expect([drives.writes, drives.at(4_096)]).toEqual([0, 0]);
        expect(yield* call(FLUSH)).toBe(IO_OK);
        expect([drives.writes, drives.at(4_096), drives.at(12_288)]).toEqual([3, 5, 5]);
        expect(yield* call(FLUSH)).toBe(IO_OK);
        expect(drives.writes).toBe(3);
      },
      "clean",
      volatileCache,
    );
  });

  it("reads a page from the drive once, and what was written from memory", () => {
    withFile(function* (call, drives) {
      drives.write(0, 0, 8_192, page(7, 2));
      const into = page(0, 2);
      yield* call(READ, 0, into);
      expect([into[0], into[8_191], drives.reads]).toEqual([7, 7, 2]);
      yield* call(WRITE, 4_096, page(8));
      yield* call(READ, 0, into);
      expect([into[0], into[8_191], drives.reads]).toEqual([7, 8, 2]);
    });
  });

  it("reports a failed read, and reads again the next time", () => {
    withFile(function* (call, drives) {
      drives.answer = IO_MEDIA_ERROR;
      expect(yield* call(READ, 0, page(0))).toBe(IO_MEDIA_ERROR);
      drives.answer = IO_OK;
      expect(yield* call(READ, 0, page(0))).toBe(IO_OK);
      expect(drives.reads).toBe(2);
    });
  });

  it("reports a failed write-back once, and the next fsync has nothing to do", () => {
    withFile(function* (call, drives) {
      yield* call(WRITE, 0, page(5));
      drives.answer = IO_WRITE_FAULT;
      expect(yield* call(FLUSH)).toBe(IO_WRITE_FAULT);
      drives.answer = IO_OK;
      expect(yield* call(FLUSH)).toBe(IO_OK);
      expect([drives.writes, drives.at(0)]).toEqual([1, 0]);
      // The reader is shown what is not on the drive.
      const into = page(0);
      yield* call(READ, 0, into);
      expect(into[0]).toBe(5);
      yield* call(WRITE, 0, page(6));
      expect(yield* call(FLUSH)).toBe(IO_OK);
      expect(drives.at(0)).toBe(6);
    });
  });

  it("reports of several failed writes the last", () => {
    withFile(function* (call, drives) {
      yield* call(WRITE, 0, page(5, 2));
      drives.write = () => (++drives.writes === 1 ? IO_MEDIA_ERROR : IO_WRITE_FAULT);
      expect(yield* call(FLUSH)).toBe(IO_WRITE_FAULT);
      expect([drives.writes, yield* call(FLUSH)]).toEqual([2, IO_OK]);
    });
  });

  it("reports a failed flush of the drive's cache", () => {
    withFile(
      function* (call, drives) {
        yield* call(WRITE, 0, page(5));
        drives.flushAnswer = IO_WRITE_FAULT;
        expect(yield* call(FLUSH)).toBe(IO_WRITE_FAULT);
        expect(drives.at(0)).toBe(5);
      },
      "clean",
      1,
    );
  });

  it("writes again where pages stay dirty", () => {
    withFile(function* (call, drives) {
      yield* call(WRITE, 0, page(5));
      drives.answer = IO_WRITE_FAULT;
      expect(yield* call(FLUSH)).toBe(IO_WRITE_FAULT);
      drives.answer = IO_OK;
      expect(yield* call(FLUSH)).toBe(IO_OK);
      expect([drives.writes, drives.at(0)]).toEqual([2, 5]);
    }, "dirty");
  });

  it("writes back more pages than a queue pair takes at a time", () => {
    withFile(function* (call, drives) {
      for (let run = 0; run < 20; run++) yield* call(WRITE, run * 409_600, page(1 + run, 100));
      expect(yield* call(FLUSH)).toBe(IO_OK);
      expect([drives.writes, drives.at(19 * 409_600 + 99 * 4_096)]).toEqual([2_000, 20]);
    });
  });
});

describe("a buffered call", () => {
  type Request = readonly [Opcode, number];

  /** What software takes for `requests`, of so many pages from the file's beginning. */
  function softwarePs(requests: readonly Request[]) {
    const run = bareRun(
      {
        drives: 1,
        backend: "linux",
        workload: { kind: "raw-io" },
        set: { ...STEADY_DRIVES, "drive.writeLatency": 20, "drive.writeControllerTime": 5_000 },
      },
      END_PS,
    );
    run.system.scheduler.spawn(0, function* (thread) {
      const channel: IoChannel = run.system.storage.openBuffered!(thread, "clean");
      for (const [opcode, pages] of requests) {
        channel.prepare(opcode, 0, 0, 4_096 * pages, 3);
        channel.submit();
        while (channel.reap(1) === 0) yield channel.completionWait;
      }
    });
    const { idle, ...spent } = spentUntil(run, END_PS);
    return { spent, costsPs: run.costsPs };
  }

  const CALL = ["kernel.systemCall", "linux.readCall"];
  const PAGE = ["kernel.cachePage", "kernel.copyPage"];
  const DOWN = ["kernel.fileReference", "kernel.blockLayer", "kernel.driver"];
  const IO = [...DOWN, "kernel.completionEntry", "kernel.completion"];
  const SLEEP = ["kernel.wakeUp", "kernel.contextSwitch"];
  const SYNC = ["kernel.systemCall", "kernel.fsyncCall"];

  it.each([
    ["writes", [WRITE, 3], [], [...CALL, ...PAGE, ...PAGE, ...PAGE]],
    ["reads what is there", [READ, 2], [[WRITE, 3]], [...CALL, ...PAGE, ...PAGE]],
    ["has nothing to sync", [FLUSH, 0], [], SYNC],
    // Pages are written one after the other; the thread is woken when the last one has been.
    ["syncs", [FLUSH, 0], [[WRITE, 3]], [...SYNC, ...IO, ...IO, ...IO, ...SLEEP]],
    ["reads a page", [READ, 1], [], [...CALL, ...PAGE, ...IO, ...SLEEP]],
  ] as [string, Request, Request[], string[]][])("that %s (%o after %o) takes %o", (...steps) => {
    const [, request, before, names] = steps;
    const { spent, costsPs } = softwarePs([...before, request]);
    const alone = softwarePs(before).spent;
    // Interrupts and pinning apart, which several pages share.
    const { interrupt: _interrupt, pagePinning: _pinning, ...causes } = spent;
    const tookPs = Object.entries(causes).reduce((sum, [cause, ps]) => {
      return sum + ps - alone[cause as keyof typeof causes];
    }, 0);
    const expectedPs = names.reduce((sum, name) => {
      expect(costsPs).toHaveProperty([name]);
      return sum + costsPs[name]!;
    }, 0);
    expect(tookPs).toBe(expectedPs);
  });
});
