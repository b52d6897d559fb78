/** Is a loaded tree the one that was asked for, in order, and ready to be changed? */
import { describe, expect, it } from "vitest";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import { MISS } from "../model.ts";
import { DONE } from "../transaction/record-access.ts";
import type { BulkLoadOptions } from "./bulk-load.ts";

const keyOf = (number: number): Uint8Array => new Uint8Array([0, number >> 8, number & 0xff]);

/** Even numbers below `2 * records`, in one buffer that is used again and again. */
function* entries(records: number): Generator<[Uint8Array, Uint8Array]> {
  const key = new Uint8Array(3);
  const value = new Uint8Array(100);
  for (let index = 0; index < records; index++) {
    key.set(keyOf(2 * index));
    value.fill(index & 0xff);
    yield [key, value];
  }
}

function loaded(records: number, options: BulkLoadOptions = {}, poolPages = 64): EngineBench {
  const bench = engineBench({ poolPages });
  bench.engine.bulkLoad(bench.engine.createTree("loaded"), entries(records), options);
  return bench;
}

describe("bulk load", () => {
  it.each([0, 1, 30, 1_000, 10_000])("holds what was loaded: %i records", (records) => {
    const bench = loaded(records);
    const tree = bench.engine.tree("loaded");
    const [shape] = bench.engine.check();
    expect(shape!.records).toBe(records);
    let wrong = 0;
    runWorkers(bench, [
      function* (worker) {
        for (let number = 0; number < 2 * records; number += 7) {
          let value = tree.tryLookup(worker, keyOf(number));
          if (value === MISS) value = yield* tree.lookup(worker, keyOf(number));
          const expected = number % 2 === 0 ? (number / 2) & 0xff : undefined;
          if (value?.[99] !== expected) wrong += 1;
        }
        // Between what was loaded there is room for more.
        for (let number = 1; number < Math.min(2 * records, 2_000); number += 2) {
          const value = new Uint8Array(300);
          const done = yield* tree.insert(worker, logOwner(), keyOf(number), value, undefined);
          if (done !== DONE) wrong += 1;
        }
      },
    ]);
    expect(wrong).toBe(0);
    expect(bench.engine.check()[0]!.records).toBe(records + Math.min(records, 1_000));
  });

  it("fills leaves as far, and gives inner nodes as many children, as it is told", () => {
    const full = loaded(5_000).engine.check()[0]!;
    const half = loaded(5_000, { leafFill: 0.5 }).engine.check()[0]!;
    expect(half.leaves / full.leaves).toBeGreaterThan(1.9);
    expect(half.leaves / full.leaves).toBeLessThan(2.2);
    const narrow = loaded(5_000, { innerFanOut: 4 }).engine.check()[0]!;
    expect(full.height).toBe(2);
    // 4^3 < leaves ≤ 4^4.
    expect(narrow.leaves).toBe(full.leaves);
    expect(narrow.height).toBe(5);
    expect(narrow.innerNodes).toBeGreaterThan(full.leaves / 4);
  });

  it("refuses what it cannot do, and says what it can", () => {
    expect(() => loaded(10, { leafFill: 0 })).toThrow(/leafFill: 0 .* above 0 and at most 1/);
    expect(() => loaded(10, { innerFanOut: 1 })).toThrow(/innerFanOut: 1 .* at least 2/);
    const { engine } = engineBench();
    const tree = engine.createTree("unsorted");
    const value = new Uint8Array(1);
    const unsorted = [
      [keyOf(2), value],
      [keyOf(1), value],
    ] as const;
    expect(() => engine.bulkLoad(tree, unsorted)).toThrow("keys ascend");
    expect(() => engine.createTree("unsorted")).toThrow(/tree: "unsorted" .* one of that name/);
    expect(() => engine.createTree("")).toThrow(/printable ASCII/);
    expect(() => engine.tree("none")).toThrow(/tree: "none" .* give one of unsorted/);
    const late = engineBench();
    const other = late.engine.createTree("late");
    runWorkers(late, [function* () {}]);
    expect(() => late.engine.bulkLoad(other, [])).toThrow("before the first session");
    expect(() => engineBench({ pageBytes: 5_000 })).toThrow(/pageBytes: 5000 /);
    expect(() => engineBench({ poolPages: 3 })).toThrow(/poolPages: 3 /);
  });
});
