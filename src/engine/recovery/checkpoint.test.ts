/** Is a checkpoint spread over all who write, and does the log stay short of its area? */
import { describe, expect, it, vi } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { IO_OK, IO_WRITE_FAULT, SLEEP } from "../../os/model.ts";
import { type EngineBench, engineBench } from "../../testing/engine-bench.ts";
import type { Frames } from "../buffer/frames.ts";
import { IoFailure } from "../buffer/page-io.ts";
import type { Engine } from "../engine.ts";
import type { EngineTask, Session } from "../model.ts";
import { FREE_TRANSACTIONS } from "../transaction/transactions.ts";
import { LogFailure } from "../wal/group-commit.ts";
import type { WriteAheadLog } from "../wal/write-ahead-log.ts";
import { DriveFailure, DriveIo } from "./drive-io.ts";

const RECORDS = 2_000;
const DISTANCE = 1_048_576;
const VALUE = new Uint8Array(500).fill(7);
const keyOf = (number: number): Uint8Array => new Uint8Array([number >> 8, number & 0xff]);

const PSYNC = { backend: "linux", options: { ioengine: "psync" } } as const;
const BYPASS = { backend: "bypass" } as const;

/** All of a tree is in the pool, and every transaction of about 4 KiB of log is durable. */
function resident(on: typeof PSYNC | typeof BYPASS, config = {}): EngineBench {
  const distance = { checkpointEveryBytes: DISTANCE, logBytes: 4 * DISTANCE };
  const transactionCosts = { ...FREE_TRANSACTIONS, transactionPs: 5_000_000 };
  const own = { poolPages: 512, wal: true, transactionCosts, ...distance, ...config };
  const bench = engineBench(own, on);
  const entries = Array.from({ length: RECORDS }, (_, at) => [keyOf(at), VALUE] as const);
  bench.engine.bulkLoad(bench.engine.createTree("records"), entries);
  return bench;
}

interface Observed {
  /** Of each transaction, in picoseconds, in the order of their ends. */
  readonly times: number[];
  /** Most bytes of log that recovery would have needed. */
  logMost: number;
  /** Transactions that could not begin to write because a page could not be written. */
  failed: number;
}

/** Updates of random records by `threads`, each a transaction, `count` in all. */
function update({ run, engine }: EngineBench, threads: number, count: number): Observed {
  const observed: Observed = { times: [], logMost: 0, failed: 0 };
  const log = engine.log as WriteAheadLog;
  const tree = engine.tree("records");
  let left = threads;
  for (let index = 0; index < threads; index++) {
    const random = new RandomStream(1, `client ${index}`);
    run.system.scheduler.spawn(index, function* (thread) {
      const session = engine.openSession(thread);
      for (let round = 0; round < count / threads; round++) {
        const startPs = thread.core.cursorPs;
        const transaction = session.begin();
        try {
          yield* transaction.update(tree, keyOf(random.below(RECORDS)), (value) => {
            value[1]! += 1;
          });
        } catch (error) {
          expect(error).toBeInstanceOf(IoFailure);
          observed.failed += 1;
          yield* transaction.abort();
          continue;
        }
        yield* transaction.commit();
        observed.times.push(thread.core.cursorPs - startPs);
        expect(owedPages(engine.pool.frames, log.master.redoLsn)).toBe(0);
        observed.logMost = Math.max(observed.logMost, log.endLsn - log.master.scanLsn);
      }
      yield* session.close();
      left -= 1;
    });
  }
  while (left > 0 && run.simulation.step());
  expect(left).toBe(0);
  return observed;
}

/** Pages whose changes from before `lsn` are not on the drives. */
function owedPages({ dirty, recoveryLsn, writing, writingLsn }: Frames, lsn: number): number {
  let owed = 0;
  for (let frame = 0; frame < dirty.length; frame++) {
    const isDirty = dirty[frame] !== 0 && recoveryLsn[frame]! < lsn;
    if (isDirty || (writing[frame] !== 0 && writingLsn[frame]! < lsn)) owed += 1;
  }
  return owed;
}

const sum = (times: readonly number[]): number => times.reduce((total, time) => total + time, 0);
const checkpointsOf = (engine: Engine): number => engine.counters().checkpoints;

describe("a checkpoint", () => {
  it.each([
    ["one client's blocking calls", PSYNC, 1],
    ["four clients' blocking calls", PSYNC, 4],
    ["one client's polled writes", BYPASS, 1],
    ["four clients' polled writes", BYPASS, 4],
  ] as const)("is spread over %s", (_name, on, threads) => {
    const bench = resident(on);
    const { times, logMost } = update(bench, threads, 3_000);
    expect(checkpointsOf(bench.engine)).toBeGreaterThan(4);
    // At once, its 250 pages take 0.8 ms of blocking calls, and four clients meet 4.7 ms.
    expect(Math.max(...times)).toBeLessThan(150_000_000);
    // From the redo point before this one, which is two distances back when all is written.
    expect(logMost).toBeLessThan(2.1 * DISTANCE);
    // Nine tenths of the second one are used to write.
    expect(logMost).toBeGreaterThan(1.85 * DISTANCE);
    // Once checkpoints are under way, any window of three of them is as fast as any other.
    const thirds = [750, 1_500, 2_250].map((from) => sum(times.slice(from, from + 750)));
    expect(Math.max(...thirds) / Math.min(...thirds)).toBeLessThan(1.08);
  });

  it("is completed at once by all when the log area is nearly full", () => {
    // A distance so near the area's end that steady writing comes too late.
    const bench = resident(PSYNC, { checkpointEveryBytes: DISTANCE, logRoomBytes: 1.6 * DISTANCE });
    const { logMost } = update(bench, 4, 2_000);
    expect(checkpointsOf(bench.engine)).toBeGreaterThan(2);
    expect(logMost).toBeLessThan(1.3 * DISTANCE);
  });

  it("whose write fails is given up and begun again; its pages are written then", () => {
    const bench = resident(PSYNC);
    const { array } = bench.run.machine;
    const real = array.media!;
    let pages = 0;
    array.media = {
      read: (...call) => real.read(...call),
      write: (...call) => {
        const isPage = call[1] >= bench.engine.pageLayout.dataOffset;
        if (isPage) pages += 1;
        return isPage && pages === 20 ? IO_WRITE_FAULT : real.write(...call) || IO_OK;
      },
      acceptedSoFar: (drive) => real.acceptedSoFar(drive),
      flush: (...call) => real.flush(...call),
    };
    expect(update(bench, 4, 2_000).failed).toBe(1);
    expect(checkpointsOf(bench.engine)).toBeGreaterThan(1);
  });

  it("keeps the log of whoever is under way, and frees what is before it", () => {
    const bench = resident(BYPASS, { checkpointEveryBytes: DISTANCE / 8 });
    const { run, engine } = bench;
    const { tree, log } = { tree: engine.tree("records"), log: engine.log as WriteAheadLog };
    let left = 2;
    const perform = (index: number, body: (session: Session) => EngineTask<void>): void => {
      run.system.scheduler.spawn(index, function* (thread) {
        yield* body(engine.openSession(thread));
        left -= 1;
      });
    };
    const change = (value: Uint8Array): void => {
      value[1]! += 1;
    };
    perform(0, function* (session) {
      const transaction = session.begin();
      const firstLsn = log.endLsn;
      yield* transaction.update(tree, keyOf(0), change);
      const end = log.endLsn;
      while (checkpointsOf(engine) === 0) {
        yield { kind: "until", atPs: run.simulation.nowPs + 10_000_000, other: SLEEP };
      }
      expect(log.master.scanLsn).toBeGreaterThanOrEqual(firstLsn);
      expect(log.master.scanLsn).toBeLessThan(end);
      expect(log.master.redoLsn).toBeGreaterThan(end);
      expect(log.groupCommit.tailLsn).toBe(log.master.scanLsn);
      yield* transaction.commit();
    });
    perform(1, function* (session) {
      for (let record = 1; checkpointsOf(engine) === 0; record++) {
        const transaction = session.begin();
        yield* transaction.update(tree, keyOf(record), change);
        yield* transaction.commit();
      }
    });
    while (left > 0 && run.simulation.step());
    expect(left).toBe(0);
  });

  it("whose flush fails ends the log: pages may be lost that nobody will write again", () => {
    vi.spyOn(DriveIo.prototype, "flush").mockImplementation(() => {
      throw new DriveFailure("the drives could not be flushed", IO_WRITE_FAULT);
    });
    const bench = resident(BYPASS, { checkpointEveryBytes: DISTANCE / 8 });
    const log = bench.engine.log as WriteAheadLog;
    expect(() => update(bench, 1, 2_000)).toThrow();
    expect(() => log.assertAlive()).toThrow(LogFailure);
  });
});
