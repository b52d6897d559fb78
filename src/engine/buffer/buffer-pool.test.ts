/** Does the pool read once, evict what is cold, keep the write-ahead rule, and report errors? */
import { describe, expect, it, vi } from "vitest";
import { type Media, SparseMedia } from "../../hardware/nvme/media.ts";
import { IO_MEDIA_ERROR, IO_OK, IO_WRITE_FAULT } from "../../os/model.ts";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import type { DatabaseConfig } from "../engine-config.ts";
import type { EngineTask } from "../model.ts";
import { childWord } from "../page/child-references.ts";
import { INNER_PAGE, pageKind, pageLsn } from "../page/page-header.ts";
import { pageInBytes } from "../page/page-memory.ts";
import { FREE_ENGINE } from "../times.ts";
import { DONE } from "../transaction/record-access.ts";
import { Worker } from "../worker.ts";
import { NO_FRAME } from "./buffer-pool.ts";
import { IoFailure } from "./page-io.ts";
import { Sweep } from "./sweep.ts";

const keyOf = (number: number): Uint8Array => new Uint8Array([number >> 8, number & 0xff]);
const VALUE = new Uint8Array(500).fill(7);

/** A tree of `records` records, 7 to a page, most of it not in the pool. */
function loaded(records: number, config: Partial<DatabaseConfig> = {}): EngineBench {
  const bench = engineBench({ poolPages: 32, ...config });
  const tree = bench.engine.createTree("records");
  const entries = Array.from({ length: records }, (_, index) => [keyOf(index), VALUE] as const);
  bench.engine.bulkLoad(tree, entries);
  return bench;
}

/** Lets `media` answer before the real one does. */
function intercept(bench: EngineBench, media: Partial<Media>): void {
  const real = bench.run.machine.array.media!;
  bench.run.machine.array.media = {
    read: (...call) => media.read?.(...call) || real.read(...call),
    write: (...call) => media.write?.(...call) || real.write(...call),
    acceptedSoFar: (drive) => real.acceptedSoFar(drive),
    flush: (...call) => real.flush(...call),
  };
}

function* readAll(bench: EngineBench, worker: Worker, records: number): EngineTask<void> {
  const tree = bench.engine.tree("records");
  for (let number = 0; number < records; number++) {
    const value = yield* tree.lookup(worker, keyOf(number));
    if (value?.length !== VALUE.length || value[0] !== 7) throw new Error(`record ${number}`);
  }
}

describe.each(["hash-table", "swizzling"] as const)("a %s pool", (buffer) => {
  it("reads a page once however many workers miss it", () => {
    const bench = loaded(2_000, { buffer, poolPages: 128 });
    const body = function* (worker: Worker): EngineTask<void> {
      yield* bench.engine.tree("records").lookup(worker, keyOf(1_500));
    };
    runWorkers(bench, [body, body, body, body, body]);
    expect(bench.engine.pool.reads).toBe(1);
  });

  it("reads everything through little memory, and never more than there is", () => {
    const bench = loaded(2_000, { buffer });
    runWorkers(bench, [(worker) => readAll(bench, worker, 2_000)]);
    const { pool } = bench.engine;
    expect(pool.reads).toBeGreaterThan(200);
    expect(pool.writeBack.evictions).toBeGreaterThan(200);
    expect(pool.writeBack.writes).toBe(0);
    bench.engine.check();
  });

  it("keeps a twentieth of its frames free, and evicts nothing before that", () => {
    const bench = loaded(2_000, { buffer, poolPages: 100, evictionBatch: 1 });
    const { pool } = bench.engine;
    let least = pool.frames.count;
    let freeBefore = pool.frames.count;
    runWorkers(bench, [
      function* (worker) {
        yield* pool.makeRoom(40, worker);
        const { evictions } = pool.writeBack;
        for (let number = 0; number < 2_000; number++) {
          yield* bench.engine.tree("records").lookup(worker, keyOf(number));
          if (pool.writeBack.evictions === evictions) freeBefore = pool.freeFrames;
          least = Math.min(least, pool.freeFrames);
        }
        const missing = Array.from({ length: 50 }, (_, page) => page + 2).filter(
          (page) => pool.residentFrame(page) === NO_FRAME,
        );
        yield* pool.makeRoom(8, worker);
        pool.prefetch(missing, worker);
        expect(pool.freeFrames).toBe(5);
      },
    ]);
    expect(freeBefore).toBe(5);
    expect(least).toBe(5);
  });

  it("pays for every page that it brings and for every one that it evicts", () => {
    const times = { ...FREE_ENGINE, loadPage: 1, evictPage: 10_000 };
    const bench = loaded(1_000, { buffer, times });
    const charge = vi.spyOn(Worker.prototype, "charge");
    runWorkers(bench, [(worker) => readAll(bench, worker, 1_000)]);
    const { pool } = bench.engine;
    const paidPs = charge.mock.calls.reduce((sum, [workPs]) => sum + workPs, 0);
    expect(pool.reads).toBeGreaterThan(100);
    expect(pool.misses).toBe(pool.reads);
    expect(paidPs).toBe(pool.reads + 10_000 * pool.writeBack.evictions);
  });

  it.each(["tryFix", "tryFixChild", "fix"] as const)("keeps what %s has found", (way) => {
    const bench = loaded(300, { buffer, poolPages: 64 });
    const { pool } = bench.engine;
    const { frames } = pool;
    const root = pool.residentFrame(bench.engine.tree("records").parts.descent.rootPageId);
    const page = pool.childPageId(root, 20);
    const resident = frames.count - pool.freeFrames;
    runWorkers(bench, [
      function* (worker) {
        frames.referenced.fill(0);
        if (way === "tryFix") expect(pool.tryFix(page)).toBe(pool.residentFrame(page));
        else if (way === "tryFixChild") pool.tryFixChild(root, 20);
        else yield* pool.fix(page, worker);
        yield* pool.makeRoom(frames.count - 8, worker);
      },
    ]);
    expect(resident).toBeGreaterThan(40);
    expect(pool.residentFrame(page)).not.toBe(NO_FRAME);
  });

  it("brings pages early when it is asked to", () => {
    const bench = loaded(2_000, { buffer, poolPages: 64 });
    const { pool } = bench.engine;
    runWorkers(bench, [
      function* (worker) {
        yield* pool.makeRoom(30, worker);
        const pages = Array.from({ length: 200 }, (_, page) => page + 2);
        const missing = pages.filter((page) => pool.residentFrame(page) === NO_FRAME).slice(0, 20);
        pool.prefetch(missing, worker);
        expect(pool.reads).toBe(20);
        // All of them are on their way at once.
        const before = worker.thread.core.cursorPs;
        for (const page of missing) yield* pool.fix(page, worker);
        expect(worker.thread.core.cursorPs - before).toBeLessThan(2 * 20_000_000);
        expect(pool.reads).toBe(20);
      },
    ]);
  });

  it("writes no page before its log records are durable", () => {
    const bench = loaded(700, { buffer, wal: true });
    const { engine } = bench;
    const tree = engine.tree("records");
    let written = 0;
    intercept(bench, {
      write: (_drive, offset, bytes, from) => {
        const isPage = bytes === 4_096 && offset >= engine.pageLayout.dataOffset;
        if (isPage && from !== undefined) {
          written += 1;
          const lsn = pageLsn(pageInBytes(from.slice()), 0);
          expect(lsn).toBeLessThanOrEqual(engine.log.durableLsn);
        }
        return IO_OK;
      },
    });
    runWorkers(bench, [
      function* (worker) {
        for (let number = 0; number < 700; number += 3) {
          const done = yield* tree.replace(worker, logOwner(), keyOf(number), VALUE.slice(1));
          expect(done).toBe(true);
        }
      },
    ]);
    expect(written).toBeGreaterThan(50);
  });

  it("puts page numbers on the drives, whatever memory refers to", () => {
    for (const isFaulty of [false, true]) {
      const bench = loaded(150, { buffer, poolPages: 128 });
      const { engine } = bench;
      const { frames, translation, writeBack } = engine.pool;
      if (isFaulty) translation.plainCopy = () => {};
      let strange = 0;
      intercept(bench, {
        write: (_drive, _offset, _bytes, from) => {
          const page = pageInBytes(from!.slice());
          if (pageKind(page, 0) === INNER_PAGE && page.words[childWord(page, 0, 0)]! < 0) strange++;
          return IO_OK;
        },
      });
      runWorkers(bench, [
        function* (worker) {
          yield* readAll(bench, worker, 150);
          // A split of the root's child makes the root dirty; then it is read through again.
          const tree = engine.tree("records");
          for (let number = 150; number < 190; number++) {
            yield* tree.insert(worker, logOwner(), keyOf(number), VALUE, undefined);
          }
          yield* readAll(bench, worker, 190);
          const sweep = new Sweep(frames, writeBack, Number.POSITIVE_INFINITY);
          while (!sweep.isWritten) yield* sweep.write(64, worker);
        },
      ]);
      expect(frames.dirty.every((dirty) => dirty === 0)).toBe(true);
      expect(strange > 0).toBe(isFaulty && buffer === "swizzling");
    }
  });

  it("repeats a read that fails once, and tells the caller when it keeps failing", () => {
    for (const failures of [1, 1_000]) {
      const bench = loaded(2_000, { buffer });
      let left = failures;
      intercept(bench, { read: () => (left-- > 0 ? IO_MEDIA_ERROR : IO_OK) });
      const read = (): void => runWorkers(bench, [(worker) => readAll(bench, worker, 2_000)]);
      if (failures === 1) expect(read).not.toThrow();
      else {
        expect(read).toThrow(/page \d+ could not be read: status 1/);
        expect(failures - left).toBe(3);
      }
    }
  });

  it.each([
    ["a flipped bit", (page: Uint8Array) => (page[2_000]! ^= 4)],
    ["another page", (page: Uint8Array) => (page[4]! ^= 1)],
    ["half of an older version", (page: Uint8Array) => page.fill(0, 2_048)],
    ["nothing", (page: Uint8Array) => page.fill(0)],
  ])("refuses %s where a page should be", (_, damage) => {
    const bench = loaded(2_000, { buffer });
    const media = new SparseMedia(2);
    const healthy = bench.run.machine.array.media!;
    bench.run.machine.array.media = {
      ...media,
      acceptedSoFar: () => 0,
      flush: () => IO_OK,
      write: (...call) => healthy.write(...call),
      read: (drive, offset, bytes, into) => {
        const status = healthy.read(drive, offset, bytes, into);
        if (into !== undefined) damage(into);
        return status;
      },
    };
    expect(() => runWorkers(bench, [(worker) => readAll(bench, worker, 2_000)])).toThrow(
      /page \d+ could not be read: its checksum is wrong/,
    );
  });

  it("keeps a page dirty whose write failed, and says so", () => {
    const bench = loaded(700, { buffer });
    const tree = bench.engine.tree("records");
    let isBroken = true;
    intercept(bench, { write: () => (isBroken ? IO_WRITE_FAULT : IO_OK) });
    const failures: unknown[] = [];
    runWorkers(bench, [
      function* (worker) {
        for (let number = 0; number < 700; number += 7) {
          try {
            const after = VALUE.slice(1);
            expect(yield* tree.replace(worker, logOwner(), keyOf(number), after)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(IoFailure);
            failures.push(error);
            isBroken = false;
            number -= 7;
          }
        }
        for (let number = 0; number < 700; number += 7) {
          expect((yield* tree.lookup(worker, keyOf(number)))?.length).toBe(499);
        }
        expect(yield* tree.insert(worker, logOwner(), keyOf(5_000), VALUE, undefined)).toBe(DONE);
      },
    ]);
    expect(failures).toHaveLength(1);
    bench.engine.check();
  });
});
