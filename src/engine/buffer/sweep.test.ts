/** Do several workers write a checkpoint's pages together, each page once and none too few? */
import { describe, expect, it, vi } from "vitest";
import { IO_OK, IO_WRITE_FAULT } from "../../os/model.ts";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import type { EngineTask } from "../model.ts";
import type { Worker } from "../worker.ts";
import { IoFailure } from "./page-io.ts";
import { Sweep } from "./sweep.ts";
import { giveWay } from "./write-back.ts";

const RECORDS = 2_000;
const keyOf = (number: number): Uint8Array => new Uint8Array([number >> 8, number & 0xff]);
const VALUE = new Uint8Array(500).fill(7);

/** All of a tree is in the pool; calls that read or write block. */
function resident(): EngineBench {
  const on = { backend: "linux", options: { ioengine: "psync" } };
  const bench = engineBench({ poolPages: 512 }, on);
  const tree = bench.engine.createTree("records");
  const entries = Array.from({ length: RECORDS }, (_, at) => [keyOf(at), VALUE] as const);
  bench.engine.bulkLoad(tree, entries);
  return bench;
}

function* change({ engine }: EngineBench, records: number, worker: Worker): EngineTask<void> {
  const tree = engine.tree("records");
  for (let number = 0; number < records; number++) {
    yield* tree.replace(worker, logOwner(), keyOf(number), VALUE.slice(1));
  }
}

/** One worker makes every page dirty; then all write them, a few at a time. Returns failures. */
function sweepTogether(bench: EngineBench, workers: number): unknown[] {
  const { frames, writeBack } = bench.engine.pool;
  const failures: unknown[] = [];
  let sweep: Sweep | undefined;
  const write = function* (worker: Worker): EngineTask<void> {
    while (sweep === undefined) yield* giveWay(worker);
    while (sweep.left > 0) {
      try {
        yield* sweep.write(5, worker);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const lead = function* (worker: Worker): EngineTask<void> {
    yield* change(bench, RECORDS, worker);
    sweep = new Sweep(frames, writeBack, Number.POSITIVE_INFINITY);
    yield* write(worker);
  };
  const others = Array.from({ length: workers - 1 }, () => write);
  runWorkers(bench, [lead, ...others]);
  expect(sweep!.isWritten).toBe(true);
  return failures;
}

describe("a sweep", () => {
  it("is shared by all who write, and writes every page once", () => {
    const bench = resident();
    const { frames, writeBack } = bench.engine.pool;
    const write = vi.spyOn(writeBack, "write");
    expect(sweepTogether(bench, 4)).toEqual([]);
    expect(new Set(write.mock.calls.map(([, worker]) => worker)).size).toBe(4);
    const pages = write.mock.calls.flatMap(([dirty]) => dirty);
    expect(new Set(pages).size).toBe(pages.length);
    expect(writeBack.writes).toBe(pages.length);
    expect(pages.length).toBeGreaterThan(RECORDS / 8);
    expect(frames.dirty.every((dirty) => dirty === 0)).toBe(true);
  });

  it("tells who wrote what failed, and the next one begins with it", () => {
    const bench = resident();
    const { array } = bench.run.machine;
    const real = array.media!;
    let writes = 0;
    array.media = {
      read: (...call) => real.read(...call),
      write: (...call) => {
        writes += 1;
        return writes === 200 ? IO_WRITE_FAULT : real.write(...call) || IO_OK;
      },
      acceptedSoFar: (drive) => real.acceptedSoFar(drive),
      flush: (...call) => real.flush(...call),
    };
    const failures = sweepTogether(bench, 4);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(IoFailure);
    const { frames, writeBack } = bench.engine.pool;
    expect(new Sweep(frames, writeBack, Number.POSITIVE_INFINITY).pages).toBe(1);
  });

  it("is not over while somebody else has a page of it on its way", () => {
    const bench = resident();
    const { frames, writeBack } = bench.engine.pool;
    let sweep: Sweep | undefined;
    let hasWritten = false;
    const evict = function* (worker: Worker): EngineTask<void> {
      yield* change(bench, 400, worker);
      const dirty = Array.from(frames.dirty.keys()).filter((frame) => frames.dirty[frame] !== 0);
      expect(dirty.length).toBeLessThan(64);
      const write = writeBack.write(dirty.slice(4), worker);
      let step = write.next();
      sweep = new Sweep(frames, writeBack, Number.POSITIVE_INFINITY);
      expect(sweep.pages).toBe(dirty.length);
      for (; step.done !== true; step = write.next()) yield step.value;
      hasWritten = true;
    };
    const write = function* (worker: Worker): EngineTask<void> {
      while (sweep === undefined) yield* giveWay(worker);
      while (!sweep.isWritten) {
        yield* sweep.write(64, worker);
        yield* giveWay(worker);
      }
      expect(hasWritten).toBe(true);
    };
    runWorkers(bench, [evict, write]);
  });
});
