/** Does a transaction pass the gate once, before its first change, and before it reads again? */
import { expect, it } from "vitest";
import { engineBench } from "../../testing/engine-bench.ts";
import type { BTree } from "../btree/tree.ts";
import { type EngineTask, type Session, TransactionAborted } from "../model.ts";
import { LogFailure } from "../wal/group-commit.ts";
import type { WriteAheadLog } from "../wal/write-ahead-log.ts";

const KEY = Uint8Array.of(1);
const CHANGE = (value: Uint8Array): void => {
  value[0]! += 1;
};

/** Runs `body` before a gate that is always due; returns, call by call, whether it might wait. */
function asked(
  body: (session: Session, tree: BTree, calls: readonly boolean[]) => EngineTask<void>,
  mustNotWait: boolean,
): boolean[] {
  const { run, engine } = engineBench({ wal: true });
  const tree = engine.createTree("records");
  engine.bulkLoad(tree, [[KEY, new Uint8Array(10)]]);
  const calls: boolean[] = [];
  engine.transactions.gate = {
    isDue: () => true,
    *run(worker, mayWait) {
      calls.push(mayWait);
      if (mustNotWait && !mayWait) throw new TransactionAborted("deadlock");
      yield* worker.catchUp();
    },
  };
  let hasEnded = false;
  run.system.scheduler.spawn(0, function* (thread) {
    yield* body(engine.openSession(thread), tree, calls);
    hasEnded = true;
  });
  while (!hasEnded && run.simulation.step());
  expect(hasEnded).toBe(true);
  return calls;
}

it("asks before the first change, and not again: locks are held then", () => {
  const calls = asked(function* (session, tree) {
    const transaction = session.begin();
    for (let time = 0; time < 3; time++) yield* transaction.update(tree, KEY, CHANGE);
    yield* transaction.commit();
    const next = session.begin();
    yield* next.update(tree, KEY, CHANGE);
    yield* next.commit();
  }, false);
  expect(calls).toEqual([true, true]);
});

it("lets who had to give way wait before it reads, the next time", () => {
  const calls = asked(function* (session, tree, passed) {
    const transaction = session.begin();
    yield* transaction.get(tree, KEY);
    try {
      yield* transaction.update(tree, KEY, CHANGE);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TransactionAborted);
      yield* transaction.abort();
    }
    const again = session.begin();
    yield* again.get(tree, KEY);
    expect(passed).toEqual([false, true]);
    yield* again.update(tree, KEY, CHANGE);
    yield* again.commit();
  }, true);
  // The second time it holds no lock that others may wait for.
  expect(calls.slice(0, 2)).toEqual([false, true]);
});

it.each(["plainly", "suspending"])(
  "commits nothing, not even what was only read, when the log has ended: %s",
  (how) => {
    const { run, engine } = engineBench({ wal: true });
    const tree = engine.createTree("records");
    engine.bulkLoad(tree, [[KEY, new Uint8Array(10)]]);
    let caught: unknown;
    run.system.scheduler.spawn(0, function* (thread) {
      const transaction = engine.openSession(thread).begin();
      yield* transaction.get(tree, KEY);
      (engine.log as WriteAheadLog).groupCommit.fail(1);
      try {
        if (how === "plainly") transaction.tryCommit();
        else yield* transaction.commit();
      } catch (error) {
        caught = error;
      }
    });
    while (caught === undefined && run.simulation.step());
    expect(caught).toBeInstanceOf(LogFailure);
  },
);
