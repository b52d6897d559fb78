/** Do pages stay dirty until they are written, and leave together where that saves a flush? */
import { afterEach, describe, expect, it, vi } from "vitest";
import { IO_WRITE_FAULT, type Wait } from "../../os/model.ts";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import type { DatabaseConfig } from "../engine-config.ts";
import type { EngineTask } from "../model.ts";
import { LogFailure } from "../wal/group-commit.ts";
import type { Worker } from "../worker.ts";
import { IoFailure } from "./page-io.ts";
import { PageMapping } from "./page-mapping.ts";
import { Sweep } from "./sweep.ts";
import { WriteBack } from "./write-back.ts";

const RECORDS = 4_000;
const WORKERS = 4;
const keyOf = (number: number): Uint8Array => new Uint8Array([number >> 8, number & 0xff]);
const VALUE = new Uint8Array(500).fill(7);
const CHANGE = (value: Uint8Array): void => {
  value[1]! += 1;
};

afterEach(() => {
  vi.restoreAllMocks();
});

function loaded(): EngineBench {
  const bench = engineBench(
    { buffer: "vmcache", poolPages: 256 },
    { backend: "unikernel", workload: { kind: "engine", buffer: "vmcache", threads: WORKERS } },
  );
  const tree = bench.engine.createTree("records");
  bench.engine.bulkLoad(
    tree,
    Array.from({ length: RECORDS }, (_, index) => [keyOf(index), VALUE] as const),
  );
  return bench;
}

describe("an eviction where the pool maps pages", () => {
  it("unmaps written and clean pages of a batch together", () => {
    const unmapped: number[] = [];
    let batches = 0;
    const release = PageMapping.prototype.release;
    vi.spyOn(PageMapping.prototype, "release").mockImplementation(function* (
      this: PageMapping,
      ...[pageIds, worker]
    ) {
      unmapped.push(pageIds.length);
      yield* release.call(this, pageIds, worker);
    });
    const evictBatch = WriteBack.prototype.evictBatch;
    vi.spyOn(WriteBack.prototype, "evictBatch").mockImplementation(function* (
      this: WriteBack,
      worker,
    ) {
      batches += 1;
      yield* evictBatch.call(this, worker);
    });
    const bench = loaded();
    const body = function* (worker: Worker): EngineTask<void> {
      const records = bench.engine.tree("records");
      for (let turn = 0; turn < 2 * RECORDS; turn++) {
        const key = keyOf((turn * 769) % RECORDS);
        if (turn % 10 > 0) yield* records.lookup(worker, key);
        else expect(yield* records.update(worker, logOwner(), key, CHANGE)).toBe(true);
      }
    };
    runWorkers(bench, [body]);
    const { writeBack } = bench.engine.pool;
    expect(writeBack.writes).toBeGreaterThan(100);
    expect(writeBack.evictions).toBe(unmapped.reduce((sum, pages) => sum + pages, 0));
    expect(unmapped.length).toBeLessThanOrEqual(batches);
  });

  it("takes the memory of pages that nobody has touched since they were loaded", () => {
    const bench = loaded();
    const body = function* (worker: Worker): EngineTask<void> {
      const records = bench.engine.tree("records");
      for (let record = RECORDS - 1; record >= 0; record -= 7) {
        yield* records.lookup(worker, keyOf(record));
      }
    };
    runWorkers(bench, [body]);
    const { evictions } = bench.engine.pool.writeBack;
    expect(evictions).toBeGreaterThan(256);
    expect(bench.system.memory.counters.released).toBe(evictions);
  });

  it("leaves pages alone that somebody has used while others were written", () => {
    const bench = loaded();
    const tree = bench.engine.tree("records");
    const times = new Uint8Array(RECORDS);
    // Neighbouring records are different workers', so that a page that one evicts is another's.
    const change = function* (worker: Worker, index: number): EngineTask<void> {
      for (let turn = 0; turn < RECORDS; turn++) {
        const record = ((turn * 769) % (RECORDS / WORKERS)) * WORKERS + index;
        if (turn % 4 > 0) yield* tree.lookup(worker, keyOf(record));
        else if (yield* tree.update(worker, logOwner(), keyOf(record), CHANGE)) times[record]! += 1;
      }
    };
    const bodies = Array.from({ length: WORKERS }, (_, index) => (worker: Worker) => {
      return change(worker, index);
    });
    runWorkers(bench, bodies);
    runWorkers(bench, [
      function* (worker) {
        for (let record = 0; record < RECORDS; record++) {
          const value = yield* tree.lookup(worker, keyOf(record));
          expect(value?.[1], `record ${record}`).toBe(VALUE[1]! + times[record]!);
        }
      },
    ]);
  });
});

/** Twenty pages in memory; calls that write block. */
function resident(config: Partial<DatabaseConfig> = {}): EngineBench {
  const on = { backend: "linux", options: { ioengine: "psync" } };
  const bench = engineBench({ poolPages: 64, ...config }, on);
  const tree = bench.engine.createTree("records");
  bench.engine.bulkLoad(
    tree,
    Array.from({ length: 140 }, (_, index) => [keyOf(index), VALUE] as const),
  );
  return bench;
}

/** Lets `write` begin, does `meanwhile`, and goes on to its end. */
function* during<T>(write: EngineTask<T>, meanwhile: () => void): EngineTask<T> {
  let step: IteratorResult<Wait, T> = write.next();
  expect(step.done).toBe(false);
  meanwhile();
  for (; step.done !== true; step = write.next()) yield step.value;
  return step.value;
}

describe("a page on its way to the drives", () => {
  it("that changes meanwhile is owed for its older changes, too, when the write fails", () => {
    const bench = resident();
    const { frames, writeBack } = bench.engine.pool;
    bench.run.machine.array.media!.write = () => IO_WRITE_FAULT;
    const owedBefore = (lsn: number): number => new Sweep(frames, writeBack, lsn).pages;
    runWorkers(bench, [
      function* (worker) {
        frames.markDirty(0, 100);
        try {
          yield* during(writeBack.write([0], worker), () => frames.markDirty(0, 200));
          expect.unreachable();
        } catch (error) {
          expect(error).toBeInstanceOf(IoFailure);
        }
        expect([owedBefore(100), owedBefore(150)]).toEqual([0, 1]);
      },
    ]);
  });

  it("is not written again until it has arrived, nor while somebody has it locked", () => {
    const bench = resident();
    const { frames, writeBack } = bench.engine.pool;
    const isLeftOut = (worker: Worker): boolean => {
      const { done, value } = writeBack.write([0], worker).next();
      return done === true && Number.isNaN(value[0]);
    };
    runWorkers(bench, [
      function* (worker) {
        frames.markDirty(0, 0);
        yield* during(writeBack.write([0], worker), () => {
          frames.markDirty(0, 0);
          expect(isLeftOut(worker)).toBe(true);
        });
        frames.latches.tryLock(0);
        expect(isLeftOut(worker)).toBe(true);
        frames.latches.unlock(0, worker);
        yield* writeBack.write([0], worker);
      },
    ]);
    expect(writeBack.writes).toBe(2);
  });
});

it("pages whose log cannot be written are as dirty as before, and on their way nowhere", () => {
  const bench = resident({ wal: true });
  const { frames, writeBack } = bench.engine.pool;
  const tree = bench.engine.tree("records");
  runWorkers(bench, [
    function* (worker) {
      for (let record = 0; record < 70; record++) {
        yield* tree.update(worker, logOwner(), keyOf(record), CHANGE);
      }
      const dirty = Array.from(frames.dirty.keys()).filter((frame) => frames.dirty[frame] !== 0);
      const before = frames.recoveryLsn.slice();
      expect(dirty.length).toBeGreaterThan(5);
      bench.run.machine.array.media!.write = () => IO_WRITE_FAULT;
      try {
        yield* writeBack.write(dirty, worker);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(LogFailure);
      }
      for (const frame of dirty)
        expect([frames.dirty[frame], frames.writing[frame]]).toEqual([1, 0]);
      expect(frames.recoveryLsn).toEqual(before);
    },
  ]);
  expect(writeBack.writes).toBe(0);
});
