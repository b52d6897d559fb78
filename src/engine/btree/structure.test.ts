/** Does a tree grow and shrink as its rules say, and not sooner? */
import { expect, it } from "vitest";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import type { TreeShape } from "../check.ts";
import { DONE } from "../transaction/record-access.ts";

const RECORDS = 2_000;
const VALUE = new Uint8Array(60);
const keyOf = (number: number, bytes = 2): Uint8Array => {
  const key = new Uint8Array(bytes);
  key[0] = number >> 8;
  key[1] = number & 0xff;
  return key;
};

const shapeOf = ({ engine }: EngineBench): TreeShape => engine.check()[0]!;

/** A tree into which `RECORDS` records came one by one, in steps of `step`. */
function grown(step: number, keyBytes = 2): EngineBench {
  const bench = engineBench({ poolPages: 1_024 });
  const tree = bench.engine.createTree("records");
  runWorkers(bench, [
    function* (worker) {
      for (let turn = 0; turn < RECORDS; turn++) {
        const key = keyOf((turn * step) % RECORDS, keyBytes);
        expect(yield* tree.insert(worker, logOwner(), key, VALUE, undefined)).toBe(DONE);
      }
    },
  ]);
  return bench;
}

/** Removes, from the last on, the records whose number, modulo ten, is `from` to `to`. */
function remove(bench: EngineBench, from: number, to: number): void {
  const tree = bench.engine.tree("records");
  runWorkers(bench, [
    function* (worker) {
      for (let number = RECORDS - 1; number >= 0; number--) {
        if (number % 10 < from || number % 10 > to) continue;
        expect(yield* tree.remove(worker, logOwner(), keyOf(number), undefined)).toBe(DONE);
      }
    },
  ]);
}

it("ascending insertion fills its leaves, any other leaves them partly empty", () => {
  const [ascending, scattered] = [shapeOf(grown(1)).leaves, shapeOf(grown(769)).leaves];
  expect(ascending / scattered).toBeLessThan(0.8);
  expect(ascending / scattered).toBeGreaterThan(0.5);
});

it("keeps of long keys in inner nodes what tells two leaves apart", () => {
  const shape = shapeOf(grown(769, 200));
  expect(shape.leaves).toBeGreaterThan(100);
  // Whole keys would need a node for each 18 leaves.
  expect(shape.innerNodes).toBeLessThan(5);
});

it("merges leaves that are three quarters empty, and loses its levels with its records", () => {
  const bench = grown(1);
  const { leaves } = shapeOf(bench);
  remove(bench, 0, 5);
  // Only the last one, which was all but empty.
  expect(bench.engine.counters().merges).toBeLessThan(2);
  remove(bench, 6, 8);
  const merged = shapeOf(bench).leaves;
  expect(merged).toBeLessThan(leaves / 2);
  expect(bench.engine.counters().merges).toBe(leaves - merged);
  remove(bench, 9, 9);
  expect(shapeOf(bench)).toMatchObject({ height: 1, leaves: 1, innerNodes: 0, records: 0 });
});
