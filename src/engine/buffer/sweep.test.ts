/** Do several workers write a checkpoint's pages together, each page once? */
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

/** One worker makes every page dirty and writes them; the others help as soon as it does. */
function sweepTogether({ engine, ...bench }: EngineBench, helpers: number): unknown {
  const { frames, writeBack } = engine.pool;
  const sweep = new Sweep(frames, writeBack);
  const tree = engine.tree("records");
  let isReady = false;
  let failure: unknown;
  const lead = function* (worker: Worker): EngineTask<void> {
    for (let number = 0; number < RECORDS; number++) {
      yield* tree.replace(worker, logOwner(), keyOf(number), VALUE.slice(1));
    }
    isReady = true;
    try {
      yield* sweep.writeOlderThan(Number.POSITIVE_INFINITY, worker);
      expect(frames.dirty.every((dirty) => dirty === 0)).toBe(true);
    } catch (error) {
      failure = error;
    }
  };
  const help = function* (worker: Worker): EngineTask<void> {
    while (!isReady) yield* giveWay(worker);
    yield* sweep.help(worker);
  };
  runWorkers({ engine, ...bench }, [lead, ...Array.from({ length: helpers }, () => help)]);
  return failure;
}

describe("a sweep", () => {
  it("is shared by all who help, and writes every page once", () => {
    const bench = resident();
    const { writeBack } = bench.engine.pool;
    const write = vi.spyOn(writeBack, "write");
    expect(sweepTogether(bench, 3)).toBeUndefined();
    expect(new Set(write.mock.calls.map(([, worker]) => worker)).size).toBe(4);
    const pages = write.mock.calls.flatMap(([dirty]) => dirty);
    expect(new Set(pages).size).toBe(pages.length);
    expect(writeBack.writes).toBe(pages.length);
    expect(pages.length).toBeGreaterThan(RECORDS / 8);
  });

  it("tells its leader what failed, whoever wrote", () => {
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
    expect(sweepTogether(bench, 3)).toBeInstanceOf(IoFailure);
  });
});
