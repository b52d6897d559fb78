/** Does a way down take what its steps say, alike whether it is plain or may suspend? */
import { describe, expect, it } from "vitest";
import { engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import { NO_FRAME } from "../buffer/buffer-pool.ts";
import type { BufferKind } from "../buffer/translation.ts";
import type { EngineTask } from "../model.ts";
import { FREE_ENGINE } from "../times.ts";
import type { Worker } from "../worker.ts";
import type { BTree } from "./tree.ts";

const keyOf = (number: number): Uint8Array => new Uint8Array([number >> 8, number & 0xff]);
const KEY = keyOf(300);
const VALUE = new Uint8Array(500);
/** In picoseconds, such that a sum tells which steps it has, and how many of each. */
const TIMES = {
  ...FREE_ENGINE,
  operation: 1,
  nodeVisit: 10,
  hashLookup: 1_000,
  cachedLeaf: 100_000,
  coldLeaf: 1_000_000,
  leafChange: 10_000_000,
};
/** A root, a leaf, and three levels of the original's: five visits. */
const MISSING = 3;

type Way = (tree: BTree, worker: Worker) => EngineTask<unknown> | boolean | number;
const WAYS: Readonly<Record<string, Way>> = {
  tryLeaf: (tree, worker) => tree.parts.descent.tryLeaf(KEY, worker),
  leaf: (tree, worker) => tree.parts.descent.node(KEY, 0, worker),
  tryLeafBefore: (tree, worker) => tree.parts.descent.tryLeafBefore(KEY, worker),
  leafBefore: (tree, worker) => tree.parts.descent.leafBefore(KEY, worker),
  root: (tree, worker) => tree.parts.descent.node(KEY, 1, worker),
  tryUpdate: (tree, worker) =>
    tree.tryUpdate(worker, logOwner(), KEY, (value) => value.fill(1)) === true,
  update: (tree, worker) => tree.update(worker, logOwner(), KEY, (value) => value.fill(2)),
};

/**
 * Picoseconds and visits of each time: the first one; the next; one after many other leaves; and
 * one on another core, of another complex.
 */
function fourTimes(way: Way, buffer: BufferKind, staysInCache = false): [number, number][] {
  const bench = engineBench(
    { buffer, poolPages: 512, times: TIMES, lastLevelLeaves: 1_024 },
    { workload: { kind: "engine", threads: 2 } },
  );
  const { engine } = bench;
  const tree = engine.createTree("records");
  const entries = Array.from({ length: 600 }, (_, at) => [keyOf(at), VALUE] as const);
  engine.bulkLoad(tree, entries, { missingLevels: MISSING, staysInCache });
  const found: [number, number][] = [];
  const goDown = function* (worker: Worker): EngineTask<void> {
    const { core } = worker.thread;
    const [fromPs, visits] = [core.cursorPs, engine.pool.visits];
    const step = way(tree, worker);
    if (typeof step === "object") expect(yield* step).toBeTruthy();
    else expect(step !== NO_FRAME && step !== false).toBe(true);
    found.push([core.cursorPs - fromPs, engine.pool.visits - visits]);
  };
  runWorkers(bench, [
    function* (worker) {
      yield* goDown(worker);
      yield* goDown(worker);
      for (let at = 320; at < 580 + 300; at++) tree.tryLookup(worker, keyOf(at % 600));
      yield* goDown(worker);
    },
  ]);
  runWorkers(bench, [function* () {}, goDown]);
  return found;
}

describe("a way down", () => {
  it.each([
    ["tryLeaf", 1],
    ["leaf", 1],
    ["tryLeafBefore", 0],
    ["leafBefore", 0],
    ["tryUpdate", 10_000_001],
    ["update", 10_000_001],
  ] as const)("visits every level of the original, and brings its leaf: %s", (way, callPs) => {
    const hashedPs = callPs + 5 * 1_010;
    const hashed = [1_000_000, 0, 100_000, 1_000_000].map((ps) => hashedPs + ps);
    expect(fourTimes(WAYS[way]!, "hash-table")).toEqual(hashed.map((ps) => [ps, 5]));
    const directPs = callPs + 5 * 10;
    const direct = [1_000_000, 0, 100_000, 1_000_000].map((ps) => directPs + ps);
    expect(fourTimes(WAYS[way]!, "swizzling")).toEqual(direct.map((ps) => [ps, 5]));
    // Of a tree that the caches hold no leaf is brought.
    expect(fourTimes(WAYS[way]!, "swizzling", true)).toEqual([1, 2, 3, 4].map(() => [directPs, 5]));
  });

  it("to an inner node is part of a call, and no leaf of the original lies below it", () => {
    expect(fourTimes(WAYS["root"]!, "hash-table")).toEqual([1, 2, 3, 4].map(() => [1_010, 1]));
  });
});
