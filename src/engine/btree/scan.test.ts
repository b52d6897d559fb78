import { afterEach, describe, expect, it, vi } from "vitest";
import { SLEEP, type Until } from "../../os/model.ts";
import { engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import { Latches } from "../latch.ts";
import type { EngineTask } from "../model.ts";
import { FREE_ENGINE } from "../times.ts";
import { VISIT_NEXT, VISIT_STOP } from "../transaction/record-access.ts";
import type { Worker } from "../worker.ts";

const VALUE = new Uint8Array(900);
const key = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 0xff);
const numberOf = (bytes: Uint8Array): number => bytes[0]! * 256 + bytes[1]!;

/** A scan, and somebody who inserts right behind the record that it has seen last. */
function scanBesideInsertions(): { seen: number[]; inserted: number[] } {
  const bench = engineBench();
  const tree = bench.engine.createTree("scan");
  const rows = Array.from({ length: 40 }, (_, row) => [key(row * 10), VALUE] as const);
  bench.engine.bulkLoad(tree, rows);
  const seen: number[] = [];
  const inserted: number[] = [];
  let isScanning = true;
  function* scan(worker: Worker): EngineTask<void> {
    yield* tree.scan(worker, key(0), 1, (found) => {
      if (found !== undefined) seen.push(numberOf(found));
      // Time passes, so that the scan lets others run when it leaves the leaf.
      worker.charge(2_000_000);
      return VISIT_NEXT;
    });
    isScanning = false;
  }
  function* insert(worker: Worker): EngineTask<void> {
    while (isScanning) {
      const number = (seen.at(-1) ?? 0) + 5;
      if (number % 10 === 5 && !inserted.includes(number)) {
        yield* tree.insert(worker, logOwner(), key(number), VALUE, undefined);
        // Unless the scan has passed it by now.
        if (seen.at(-1)! < number) inserted.push(number);
      }
      const atPs = worker.thread.core.cursorPs + 300_000;
      const until: Until = { kind: "until", atPs, other: SLEEP };
      yield until;
    }
  }
  runWorkers(bench, [scan, insert]);
  return { seen, inserted };
}

const missed = (): number[] => {
  const { seen, inserted } = scanBesideInsertions();
  return inserted.filter((number) => !seen.includes(number));
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a scan upwards that suspends between two leaves", () => {
  it("sees what was inserted meanwhile before the next record, once and in order", () => {
    const { seen, inserted } = scanBesideInsertions();
    expect(inserted.length).toBeGreaterThan(3);
    expect(missed()).toEqual([]);
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
  });

  it("misses it when it does not validate the leaf that it left (I1)", () => {
    vi.spyOn(Latches.prototype, "isUnchanged").mockReturnValue(true);
    expect(missed()).not.toEqual([]);
  });
});

describe("reading ahead", () => {
  it("grows with every leaf that is missing: a scan that ends early reads nothing else", () => {
    const reads = (records: number): number => {
      const bench = engineBench();
      const tree = bench.engine.createTree("scan");
      const rows = Array.from({ length: 400 }, (_, row) => [key(row), VALUE] as const);
      bench.engine.bulkLoad(tree, rows, { residentShare: 0 });
      const { pool } = bench.engine;
      const before = pool.reads;
      let left = records;
      runWorkers(bench, [
        function* scan(worker: Worker): EngineTask<void> {
          yield* tree.scan(worker, key(200), 1, () => {
            left -= 1;
            return left === 0 ? VISIT_STOP : VISIT_NEXT;
          });
        },
      ]);
      return pool.reads - before;
    };
    expect(reads(1)).toBe(1);
    // Four records to a leaf: the third leaf brings one more with it, that one three, then eight.
    expect(reads(6)).toBe(1 + 1);
    expect(reads(10)).toBe(1 + 1 + (1 + 1));
    expect(reads(14)).toBe(1 + 1 + (1 + 1 + 3));
    expect(reads(18)).toBe(1 + 1 + (1 + 1 + 1 + 7));
  });
});

describe("a scan that ends early", () => {
  it.each([1, -1] as const)("pays for what it has visited, not for its leaf (%i)", (direction) => {
    const step = 8_000;
    const bench = engineBench({ times: { ...FREE_ENGINE, scanStep: step } });
    const tree = bench.engine.createTree("scan");
    const rows = Array.from({ length: 40 }, (_, row) => [key(row), VALUE.subarray(0, 20)] as const);
    bench.engine.bulkLoad(tree, rows);
    const paid: number[] = [];
    runWorkers(bench, [
      function* (worker): EngineTask<void> {
        for (const records of [1, 1, 5, 10]) {
          const before = worker.thread.core.cursorPs;
          let left = records;
          yield* tree.scan(worker, key(20), direction, () => {
            left -= 1;
            return left > 0 ? VISIT_NEXT : VISIT_STOP;
          });
          paid.push((worker.thread.core.cursorPs - before) / step);
        }
      },
    ]);
    // The first one has brought the leaf.
    const [, one, five, ten] = paid;
    expect([five! / one!, ten! / one!]).toEqual([5, 10]);
  });
});
