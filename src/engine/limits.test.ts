/** What does not fit is refused with a message, and everything else goes on. */
import { expect, it } from "vitest";
import { UsageError } from "../base/usage-error.ts";
import { engineBench } from "../testing/engine-bench.ts";
import type { EngineTask, Transaction } from "./model.ts";

/** Runs `body` as a thread with a transaction of its own, and commits. */
function inTransaction(
  bench: ReturnType<typeof engineBench>,
  body: (transaction: Transaction) => EngineTask<void>,
): void {
  let hasEnded = false;
  bench.run.system.scheduler.spawn(0, function* (thread) {
    const session = bench.engine.openSession(thread);
    const transaction = session.begin();
    yield* body(transaction);
    yield* transaction.commit();
    yield* session.close();
    hasEnded = true;
  });
  while (!hasEnded && bench.run.simulation.step());
  expect(hasEnded).toBe(true);
}

it.each([4_096, 8_192, 16_384, 32_768, 65_536])(
  "pages of %i bytes take a sixteenth as a key and a quarter as a record, and no more",
  (pageBytes) => {
    const bench = engineBench({ pageBytes });
    const tree = bench.engine.createTree("large");
    const key = new Uint8Array(pageBytes / 16).fill(7);
    const value = new Uint8Array(pageBytes / 4 - key.length).fill(9);
    inTransaction(bench, function* (transaction) {
      expect(yield* transaction.insert(tree, key, value)).toBe(true);
      const longKey = new Uint8Array(key.length + 1);
      const longValue = new Uint8Array(value.length + 1);
      const tooMuch: readonly (readonly [Uint8Array, Uint8Array, RegExp])[] = [
        [longKey, new Uint8Array(1), /^key: "?\d+ bytes"? is not allowed; keep to \d+ bytes/],
        [key, longValue, /^record: "?\d+ bytes"? is not allowed; keep key and value to \d+ bytes/],
      ];
      for (const [badKey, badValue, message] of tooMuch) {
        for (const call of ["insert", "put"] as const) {
          let caught: unknown;
          try {
            yield* transaction[call](tree, badKey, badValue);
          } catch (error) {
            caught = error;
          }
          expect(caught).toBeInstanceOf(UsageError);
          expect(String((caught as Error).message)).toMatch(message);
        }
      }
      expect(yield* transaction.get(tree, key)).toEqual(value);
    });
    bench.engine.check();
  },
);

it("a catalogue takes many trees, and says when it is full", () => {
  const bench = engineBench({ poolPages: 256 });
  let count = 0;
  expect(() => {
    for (; count < 1_000; count++) bench.engine.createTree(`tree-${count}`);
  }).toThrow(/tree: "tree-\d+" is not allowed; one page lists all trees, and it is full with \d+/);
  expect(count).toBeGreaterThan(100);
  expect(bench.engine.trees).toHaveLength(count);
  bench.engine.check();
});
