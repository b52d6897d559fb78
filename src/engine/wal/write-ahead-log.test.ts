import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Media, SparseMedia } from "../../hardware/nvme/media.ts";
import { runWorkers } from "../../testing/engine-run.ts";
import { LEAF_PAGE } from "../page/page-header.ts";
import { allocatePages, type PageMemory } from "../page/page-memory.ts";
import { formatNode } from "../page/slotted-page.ts";
import { LogReader } from "../recovery/log-reader.ts";
import { UndoList } from "../transaction/undo-list.ts";
import type { Worker } from "../worker.ts";
import type { LogOwner } from "./change-log.ts";
import { LogFailure } from "./group-commit.ts";
import { afterOf, beforeOf, keyOf, offsetOfRecord, slotOfRecord } from "./leaf-record.ts";
import { driveOf, logArea, offsetOf } from "./log-area.ts";
import {
  COMMIT,
  FIRST_LSN,
  IMAGE,
  INSERT,
  LOG_BLOCK_BYTES,
  PATCH,
  REPLACE,
  type RecordView,
} from "./log-record.ts";
import { decodeMaster, encodeMaster, FIRST_MASTER, latestMaster } from "./master-record.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

const area = logArea(2, 0, 1 << 22, true);
const key = Uint8Array.of(7, 7);

function freshLog(
  fullPageImages = false,
  epoch = 1,
  endLsn = FIRST_LSN,
  place = area,
): WriteAheadLog {
  return new WriteAheadLog({
    area: place,
    master: { ...FIRST_MASTER, epoch },
    endLsn,
    fullPageImages,
  });
}

function owner(transactionId: number): LogOwner {
  const undo = new UndoList();
  return { transactionId, firstLsn: 0, lastLsn: 0, undoNextLsn: -1, logBytes: 0, undo };
}

function leaf(): PageMemory {
  const memory = allocatePages(4_096, 1);
  formatNode(memory, 0, 5, LEAF_PAGE, 0, 3, new Uint8Array(), undefined);
  return memory;
}

/** A committed transaction that inserts a value of `bytes` bytes; returns where it ends. */
function logOne(log: WriteAheadLog, transactionId: number, bytes: number): number {
  const who = owner(transactionId);
  log.insert(who, leaf(), 0, 0, key, new Uint8Array(bytes).fill(transactionId));
  return log.commit(who);
}

/** What the log on `media` holds, as a recovery would find it. */
function found<T>(media: SparseMedia, show: (record: RecordView) => T): T[] {
  const shown: T[] = [];
  runWorkers({ media }, () => [
    function* (worker) {
      const reader = new LogReader(area);
      yield* reader.load(worker, FIRST_MASTER);
      reader.forEach(FIRST_LSN, (record) => shown.push(show(record)));
    },
  ]);
  return shown;
}

const committed = (media: SparseMedia): number[] =>
  found(media, ({ kind, transaction }) => (kind === COMMIT ? transaction : 0)).filter(
    (transaction) => transaction > 0,
  );

/** Logs `sizes.length` transactions, flushing after each one for which `flushes` says so. */
function write(media: SparseMedia, log: WriteAheadLog, sizes: readonly number[], first = 1): void {
  runWorkers({ media }, () => [
    function* (worker) {
      for (const [index, bytes] of sizes.entries()) {
        yield* log.flushUpTo(logOne(log, first + index, bytes), worker);
      }
    },
  ]);
}

describe("a log record", () => {
  it("comes back from the drives as it was logged, undo list included", () => {
    const media = new SparseMedia(2);
    const log = freshLog(true);
    const page = leaf();
    const who = owner(9);
    const [old, young] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 9, 3, 8)];
    log.insert(who, page, 0, 3, key, old);
    log.replace(who, page, 0, 4, key, old, young);
    log.replace(who, page, 0, 5, key, young, Uint8Array.of(5));
    runWorkers({ media }, () => [(worker) => log.flushUpTo(log.commit(who), worker)]);
    const shown = found(media, (record) => [
      record.kind,
      record.page,
      slotOfRecord(record),
      record.kind === IMAGE ? 0 : [keyOf(record), beforeOf(record), afterOf(record)].map(String),
      record.kind === PATCH ? offsetOfRecord(record) : 0,
    ]);
    expect(shown.filter(([kind]) => [INSERT, PATCH, REPLACE].includes(kind as number))).toEqual([
      [INSERT, 5, 3, ["7,7", "", "1,2,3,4"], 0],
      [PATCH, 5, 4, ["7,7", "2,3,4", "9,3,8"], 1],
      [REPLACE, 5, 5, ["7,7", "1,9,3,8", "5"], 0],
    ]);
    expect(shown[0]).toEqual([IMAGE, 5, expect.anything(), 0, 0]);
    expect([who.undo.length, who.undo.kind, String(who.undo.before)]).toEqual([3, 2, "1,9,3,8"]);
  });

  it("of any size survives any sequence of batches, over segments and stripes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 }), (sizes) => {
        const media = new SparseMedia(2);
        write(media, freshLog(), sizes);
        expect(committed(media)).toEqual(sizes.map((_, index) => index + 1));
      }),
      { seed: 3, numRuns: 25 },
    );
  });

  it("is refused when one byte of it has changed, and everything behind it with it", () => {
    const sizes = [100, 3_000, 20_000, 50];
    fc.assert(
      fc.property(fc.integer({ min: FIRST_LSN, max: FIRST_LSN + 28_000 }), (lsn) => {
        const media = new SparseMedia(2);
        write(media, freshLog(), sizes);
        const byte = new Uint8Array(1);
        const [drive, offset] = [driveOf(area, lsn), offsetOf(area, lsn)];
        media.read(drive, offset, 1, byte);
        byte[0]! ^= 0x40;
        media.write(drive, offset, 1, byte);
        const left = committed(media);
        // Nothing wrong is taken for right: what is left is a prefix.
        expect(left).toEqual([1, 2, 3, 4].slice(0, left.length));
        const bounds = [8_192, 12_288, 36_864].map((end) => (lsn < end ? 0 : 1));
        expect(left.length).toBeLessThanOrEqual(bounds.reduce<number>((sum, one) => sum + one, 1));
      }),
      { seed: 4, numRuns: 60 },
    );
  });
});

describe("the end of the log", () => {
  it("is where a batch was torn: all of the batch is gone", () => {
    const media = new SparseMedia(2);
    const log = freshLog();
    write(media, log, [100]);
    const end = log.durableLsn;
    logOne(log, 2, 5_000);
    logOne(log, 3, 5_000);
    const torn = log.buffer.seal();
    for (let lsn = end; lsn < torn - LOG_BLOCK_BYTES; lsn += LOG_BLOCK_BYTES) {
      const content = log.buffer.sealed(lsn, LOG_BLOCK_BYTES);
      media.write(driveOf(area, lsn), offsetOf(area, lsn), LOG_BLOCK_BYTES, content);
    }
    expect(committed(media)).toEqual([1]);
  });

  it("is not moved by batches of an earlier life that lie right behind it", () => {
    const media = new SparseMedia(2);
    const log = freshLog();
    write(media, log, [100]);
    const end = log.durableLsn;
    write(media, log, [100], 2);
    write(media, log, [100], 3);
    // A crash lost batch 2; the next life writes one of the same size in its place.
    const next = freshLog(false, 2, end);
    write(media, next, [100], 4);
    expect(committed(media)).toEqual([1, 4]);
    // The same without epochs: a transaction that was lost comes back.
    const blind = new SparseMedia(2);
    const first = freshLog();
    write(blind, first, [100]);
    write(blind, first, [100], 2);
    write(blind, first, [100], 3);
    write(blind, freshLog(false, 1, end), [100], 4);
    expect(committed(blind)).toEqual([1, 4, 3]);
  });

  it("is found again after the log has gone round its area", () => {
    const media = new SparseMedia(2);
    const log = freshLog();
    const sizes = Array.from({ length: 100 }, () => 20_000);
    for (let round = 0; round < 4; round++) {
      write(media, log, sizes);
      log.groupCommit.tailLsn = log.endLsn;
    }
    expect(log.endLsn).toBeGreaterThan(1.5 * area.bytes);
    const lap = log.endLsn - area.bytes / 2;
    const from = Math.floor(lap / LOG_BLOCK_BYTES) * LOG_BLOCK_BYTES;
    runWorkers({ media }, () => [
      function* (worker) {
        const reader = new LogReader(area);
        // Somewhere inside a batch is no beginning; the reader finds nothing rather than garbage.
        yield* reader.load(worker, { ...FIRST_MASTER, redoLsn: from, scanLsn: from });
        expect([from, log.endLsn]).toContain(reader.endLsn);
      },
    ]);
  });
});

describe("group commit", () => {
  it("refuses to overwrite what recovery needs", () => {
    const log = freshLog();
    const sizes = Array.from({ length: 300 }, () => 20_000);
    expect(() => write(new SparseMedia(2), log, sizes)).toThrow(LogFailure);
    expect(log.durableLsn - FIRST_LSN).toBeGreaterThan(0.9 * area.bytes);
    expect(log.durableLsn - FIRST_LSN).toBeLessThanOrEqual(area.bytes);
  });

  it("makes many transactions durable with few flushes, and nobody returns too early", () => {
    const media = new SparseMedia(2);
    const log = freshLog();
    const acknowledged: number[] = [];
    runWorkers({ media }, () =>
      Array.from(
        { length: 16 },
        (_, thread) =>
          function* (worker: Worker) {
            for (let round = 0; round < 20; round++) {
              const transaction = 1 + thread * 20 + round;
              const lsn = logOne(log, transaction, 200);
              yield* log.flushUpTo(lsn, worker);
              expect(log.durableLsn).toBeGreaterThanOrEqual(lsn);
              acknowledged.push(transaction);
            }
          },
      ),
    );
    expect(acknowledged).toHaveLength(320);
    expect(committed(media)).toHaveLength(320);
    expect(log.groupCommit.batches).toBeLessThan(60);
  });

  it.each([true, false])("flushes what it has written to, and if drives need it: %s", (needs) => {
    const media = new SparseMedia(2);
    const flush = vi.spyOn(media as Media, "flush");
    const log = freshLog(false, 1, FIRST_LSN, logArea(2, 0, 1 << 22, needs));
    const flushed = [100, 100, 70_000, 100].map((bytes, index) => {
      flush.mockClear();
      write(media, log, [bytes], index + 1);
      return flush.mock.calls.map(([drive]) => drive);
    });
    expect(flushed).toEqual(needs ? [[0], [0], [0, 1], [1]] : [[], [], [], []]);
    expect(log.groupCommit.writtenBytes).toBe(log.durableLsn - FIRST_LSN);
  });

  it.each([
    ["before", 1, 1],
    ["after", 2, 0],
  ])("is shared with who has come %s the batch was sealed", (_, batches, shared) => {
    const log = freshLog();
    const early = batches === 1 ? logOne(log, 9, 100) : 0;
    runWorkers({ media: new SparseMedia(2) }, () => [
      (worker) => log.flushUpTo(logOne(log, 1, 100), worker),
      (worker) => log.flushUpTo(early || logOne(log, 2, 100), worker),
    ]);
    expect([log.groupCommit.batches, log.groupCommit.shared]).toEqual([batches, shared]);
  });

  it("gives the next turn to who wants to be alone, and wakes nobody else for it", () => {
    const log = freshLog();
    const woken: Worker[] = [];
    let alone: Worker | undefined;
    let batches = Number.NaN;
    runWorkers({ media: new SparseMedia(2) }, () => [
      function* (worker) {
        vi.spyOn(worker, "unpark").mockImplementation((other) => {
          woken.push(other);
          worker.thread.unpark(other.thread);
        });
        for (let round = 0; round < 3; round++) yield* log.flushUpTo(logOne(log, 1, 100), worker);
      },
      (worker) => log.flushUpTo(logOne(log, 2, 100), worker),
      function* (worker) {
        alone = worker;
        const before = log.groupCommit.batches;
        yield* log.groupCommit.alone(function* () {
          batches = log.groupCommit.batches - before;
          expect(woken).toEqual([alone]);
          yield* worker.catchUp();
        }, worker);
      },
    ]);
    expect(batches).toBe(1);
  });

  it.each([
    ["linux", {}],
    ["linux", { threads: "tasks", ioengine: "libaio" }],
    ["bypass", {}],
    ["bypass", { threads: "tasks" }],
    ["bypass", { threads: "tasks", preemption: "timer" }],
    ["unikernel", {}],
  ] as const)("works for threads and tasks that sleep or poll: %s %o", (backend, options) => {
    const media = new SparseMedia(2);
    const log = freshLog();
    runWorkers({ media, backend, options }, () =>
      Array.from(
        { length: 5 },
        (_, thread) =>
          function* (worker: Worker) {
            for (let round = 0; round < 5; round++) {
              yield* log.flushUpTo(logOne(log, 1 + thread * 5 + round, 100), worker);
            }
          },
      ),
    );
    expect(committed(media)).toHaveLength(25);
    expect(log.groupCommit.batches).toBeLessThan(25);
  });
});

describe("the master record", () => {
  it("comes back as written; a torn one is nothing, and the other one counts", () => {
    const older = { number: 4, epoch: 2, redoLsn: 2 ** 40 + 8, scanLsn: 2 ** 33, scanEpoch: 1 };
    const newer = { ...older, number: 5, redoLsn: 2 ** 41 };
    const block = encodeMaster(newer);
    expect(decodeMaster(block)).toEqual(newer);
    expect(latestMaster([encodeMaster(older), block])).toEqual(newer);
    block.fill(0, 20, 40);
    expect(decodeMaster(block)).toBeUndefined();
    expect(latestMaster([encodeMaster(older), block])).toEqual(older);
    expect(latestMaster([new Uint8Array(4_096), block])).toEqual(FIRST_MASTER);
  });
});
