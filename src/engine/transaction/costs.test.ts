/** Does a transaction pay for each lock once, and for every byte that it logs? */
import { afterEach, expect, it, vi } from "vitest";
import { SLEEP, type Until } from "../../os/model.ts";
import { engineBench } from "../../testing/engine-bench.ts";
import type { BTree } from "../btree/tree.ts";
import type { Engine } from "../engine.ts";
import type { EngineTask, Session } from "../model.ts";
import { HEADER_BYTES } from "../wal/log-record.ts";
import type { WriteAheadLog } from "../wal/write-ahead-log.ts";
import { Worker } from "../worker.ts";

const LOCK = 1_000;
const BYTE = 1_000_000;
const [FIRST, SECOND] = [Uint8Array.of(1), Uint8Array.of(2)];

type Body = (session: Session, tree: BTree, pause: EngineTask<void>) => EngineTask<void>;

/** Runs each body as a thread of its own, all at once; returns the engine and what each paid. */
function paid(bodies: readonly Body[]): { engine: Engine; costs: number[] } {
  const transactionCosts = { lockPs: LOCK, transactionPs: 1, logKibibytePs: 1_024 * BYTE };
  const { run, engine } = engineBench({ wal: true, fullPageImages: false, transactionCosts });
  const tree = engine.createTree("records");
  engine.bulkLoad(
    tree,
    [FIRST, SECOND].map((key) => [key, new Uint8Array(100)] as const),
  );
  const paidBy = new Map<Worker, number>();
  vi.spyOn(Worker.prototype, "charge").mockImplementation(function (this: Worker, workPs) {
    paidBy.set(this, (paidBy.get(this) ?? 0) + workPs);
  });
  let left = bodies.length;
  for (const [index, body] of bodies.entries()) {
    run.system.scheduler.spawn(index, function* (thread) {
      const pause = function* (): EngineTask<void> {
        const atPs = thread.core.cursorPs + 100_000_000;
        yield { kind: "until", atPs, other: SLEEP } satisfies Until;
      };
      const session = engine.openSession(thread);
      yield* body(session, tree, pause());
      yield* session.close();
      left -= 1;
    });
  }
  while (left > 0 && run.simulation.step());
  expect(left).toBe(0);
  return { engine, costs: [...paidBy.values()] };
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("pays once for a lock that it asks for again", () => {
  const { costs } = paid([
    function* (session, tree) {
      const transaction = session.begin();
      for (let time = 0; time < 3; time++) yield* transaction.get(tree, FIRST);
      transaction.tryCommit();
    },
  ]);
  expect(costs).toEqual([1 + LOCK]);
});

it("pays for a lock that it has waited for, and counts the wait", () => {
  const { engine, costs } = paid([
    function* (session, tree, pause) {
      const transaction = session.begin();
      yield* transaction.get(tree, FIRST);
      yield* pause;
      transaction.tryCommit();
    },
    function* (session, tree) {
      const transaction = session.begin();
      yield* transaction.update(tree, FIRST, (value) => value.fill(1));
      yield* transaction.abort();
    },
  ]);
  expect(costs[1]! % BYTE).toBe(1 + LOCK);
  expect(engine.counters().lockWaits).toBe(1);
});

it("pays nothing for having waited for what it does not keep", () => {
  const { engine, costs } = paid([
    function* (session, tree, pause) {
      const transaction = session.begin();
      yield* transaction.delete(tree, FIRST);
      yield* pause;
      yield* transaction.commit();
    },
    function* (session, tree) {
      const transaction = session.begin("repeatable-read");
      const keys: number[] = [];
      yield* transaction.scan(tree, FIRST, 1, (key) => keys.push(key[0]!) > 0);
      expect(keys).toEqual([2]);
      transaction.tryCommit();
    },
  ]);
  expect(costs[1]).toBe(1 + LOCK);
  expect(engine.counters().lockWaits).toBe(1);
});

it("pays for the bytes of its own records, undo's included", () => {
  const [logged, spent]: [number[], number[]] = [[], []];
  paid([
    function* (session, tree) {
      const log = tree.parts.log as WriteAheadLog;
      const { calls } = vi.mocked(Worker.prototype.charge).mock;
      for (const isKept of [true, true, false]) {
        const before = calls.length;
        const transaction = session.begin();
        const fromLsn = log.endLsn;
        yield* transaction.update(tree, FIRST, (value) => value.fill(value[0]! + 1));
        if (!isKept) yield* transaction.abort();
        logged.push(log.endLsn - fromLsn);
        if (isKept) yield* transaction.commit();
        spent.push(calls.slice(before).reduce((sum, [workPs]) => sum + workPs, 0) / BYTE);
      }
    },
  ]);
  expect(logged[0]).toBeGreaterThan(200);
  const free = logged.map((bytes, index) => bytes - spent[index]!);
  expect(Math.min(...free)).toBeGreaterThan(-1);
  // A record is rounded up to eight bytes; the one that says that all is undone is not counted.
  expect(Math.max(free[0]!, free[1]!)).toBeLessThan(16);
  expect(free[2]!).toBeLessThan(2 * 8 + HEADER_BYTES);
});
