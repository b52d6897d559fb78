/** Do the pages of a batch leave together where that saves a flush? */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";
import { PageMapping } from "./page-mapping.ts";
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
