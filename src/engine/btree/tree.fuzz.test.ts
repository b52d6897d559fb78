/**
 * Is the tree a sorted map, whatever is done to it, by however many workers, in whatever memory?
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import type { ExperimentInput } from "../../experiment/spec.ts";
import { type EngineBench, engineBench, logOwner, runWorkers } from "../../testing/engine-bench.ts";
import { BUFFER_KINDS, type BufferKind } from "../buffer/translation.ts";
import type { Engine } from "../engine.ts";
import { type EngineTask, MISS } from "../model.ts";
import { DONE, REFUSED, VISIT_NEXT, VISIT_STOP } from "../transaction/record-access.ts";
import type { Worker } from "../worker.ts";
import type { BTree } from "./tree.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const bytesOf = (string: string): Uint8Array => new Uint8Array(Buffer.from(string, "latin1"));

/** One step of a worker against the tree and against a plain map. */
interface Step {
  readonly kind: "insert" | "remove" | "replace" | "update" | "lookup" | "forward" | "backward";
  readonly key: string;
  readonly size: number;
}

/** Values say which worker wrote them, and are as long as they say. */
const filler = (size: number, tag: number): string =>
  String.fromCharCode(tag & 0xff).repeat(Math.max(1, size));

function* lookup(tree: BTree, worker: Worker, key: string): EngineTask<string | undefined> {
  let value = tree.tryLookup(worker, bytesOf(key));
  if (value === MISS) value = yield* tree.lookup(worker, bytesOf(key));
  return value === undefined ? undefined : text(value);
}

function* scan(
  tree: BTree,
  worker: Worker,
  from: string,
  direction: 1 | -1,
  limit: number,
): EngineTask<[string, string][]> {
  const found: [string, string][] = [];
  yield* tree.scan(worker, bytesOf(from), direction, (key, value) => {
    if (key === undefined || value === undefined) return VISIT_STOP;
    found.push([text(key), text(value)]);
    return found.length < limit ? VISIT_NEXT : VISIT_STOP;
  });
  return found;
}

function* doStep(
  tree: BTree,
  worker: Worker,
  model: Map<string, string>,
  { kind, key, size }: Step,
  tag: number,
): EngineTask<void> {
  const owner = logOwner();
  const value = filler(size, tag);
  const has = model.has(key);
  switch (kind) {
    case "insert": {
      const outcome = yield* tree.insert(worker, owner, bytesOf(key), bytesOf(value), undefined);
      expect(outcome).toBe(has ? REFUSED : DONE);
      if (!has) model.set(key, value);
      break;
    }
    case "remove":
      expect(yield* tree.remove(worker, owner, bytesOf(key), undefined)).toBe(has ? DONE : REFUSED);
      model.delete(key);
      break;
    case "replace":
      expect(yield* tree.replace(worker, owner, bytesOf(key), bytesOf(value))).toBe(has);
      if (has) model.set(key, value);
      break;
    case "update": {
      const change = (bytes: Uint8Array): void => {
        bytes[0] = tag;
      };
      let isDone = tree.tryUpdate(worker, owner, bytesOf(key), change);
      if (isDone === MISS) isDone = yield* tree.update(worker, owner, bytesOf(key), change);
      expect(isDone).toBe(has);
      if (has) model.set(key, String.fromCharCode(tag & 0xff) + model.get(key)!.slice(1));
      break;
    }
    case "lookup":
      expect(yield* lookup(tree, worker, key)).toBe(model.get(key));
      break;
    default: {
      const isForward = kind === "forward";
      const all = [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const inOrder = isForward ? all : all.toReversed();
      const expected = inOrder.filter(([other]) => (isForward ? other >= key : other <= key));
      const found = yield* scan(tree, worker, key, isForward ? 1 : -1, size + 1);
      expect(found).toEqual(expected.slice(0, size + 1));
    }
  }
}

const KINDS = ["insert", "remove", "replace", "update", "lookup", "forward", "backward"] as const;
const key = fc.oneof(
  fc.nat(400).map((number) => `user${String(number).padStart(8, "0")}`),
  fc.string({ unit: fc.constantFrom("a", "\0", "\xff"), maxLength: 200 }),
);
const step = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant("insert" as const) },
    fc.constantFrom(...KINDS),
  ),
  key,
  size: fc.oneof(fc.nat(20), fc.integer({ min: 200, max: 800 })),
});

function benchOf(
  buffer: BufferKind,
  seed: number,
  probability: number,
  poolPages = 24,
): EngineBench {
  // A kernel's own tables lie in the same memory, and only a fifth of it may be dirty.
  if (buffer === "mmap") poolPages *= 5;
  return engineBench({ buffer, poolPages, adversary: { seed, probability } });
}

const WORKERS = 8;
const STEPS = 250;

/** Eight workers grow one tree to three levels and take it apart again; all of it is checked. */
function interleave(bench: EngineBench, seed: number): void {
  const tree = bench.engine.createTree("shared");
  const models = Array.from({ length: WORKERS }, () => new Map<string, string>());
  runWorkers(
    bench,
    models.map((model, index) => (worker) => oneOfMany(tree, worker, model, seed, index)),
  );
  const all = models.flatMap((model) => [...model]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  runWorkers(bench, [
    function* (worker) {
      const found = yield* scan(tree, worker, "", 1, Number.POSITIVE_INFINITY);
      expect(found).toEqual(all);
      const back = yield* scan(tree, worker, "\xff", -1, Number.POSITIVE_INFINITY);
      expect(back.toReversed()).toEqual(all);
    },
  ]);
  const [shape] = bench.engine.check();
  expect(shape!.records).toBe(all.length);
}

function* oneOfMany(
  tree: BTree,
  worker: Worker,
  model: Map<string, string>,
  seed: number,
  index: number,
): EngineTask<void> {
  const random = new RandomStream(seed, `worker ${index}`);
  for (let count = 0; count < STEPS; count++) {
    // Long keys make a tree of three levels. Those of all workers lie in the same leaves.
    const number = random.below(150);
    const name = `${String(number).padStart(3, "0")}${"x".repeat(180)}${index}`;
    const other = KINDS[random.below(5)]!;
    const kind = random.fraction() < 0.6 ? "insert" : other;
    yield* doStep(tree, worker, model, { kind, key: name, size: random.below(300) }, count);
  }
  const names = [...model.keys()].filter(() => random.fraction() < 0.9);
  for (const name of names) {
    yield* doStep(tree, worker, model, { kind: "remove", key: name, size: 0 }, 0);
  }
}

/** What could be wrong, done on purpose. */
const FAULTS: Readonly<Record<string, (engine: Engine) => void>> = {
  "readers that do not validate": ({ pool: { frames } }) => {
    frames.latches.isUnchanged = () => true;
  },
  "changes that do not change the version": ({ pool: { frames } }) => {
    frames.latches.changed = () => {};
  },
  "dirty pages that are thrown away": ({ pool: { frames } }) => {
    frames.markDirty = () => {};
  },
  "pages that change while they are written": ({ pool: { frames } }) => {
    const { markDirty } = frames;
    frames.markDirty = (frame, lsn) => {
      if (frames.writing[frame] === 0) markDirty.call(frames, frame, lsn);
    };
  },
  "a freed page that is forgotten": ({ allocator }) => {
    allocator.free = () => {};
  },
};

describe.each(BUFFER_KINDS)("a tree over a %s pool", (buffer) => {
  // Pages that the MMU finds have its size.
  const isMapped = buffer === "vmcache" || buffer === "mmap";
  const shifts = isMapped ? fc.constant(0) : fc.nat(4);
  // A kernel's own tables lie in the same memory as a mapped file.
  const poolPages = buffer === "mmap" ? 120 : 24;

  it("equals a sorted map after every step, with pages of any size", () => {
    const sequences = fc.array(step, { maxLength: 300 });
    fc.assert(
      fc.property(sequences, fc.nat(1_000), shifts, (small, seed, shift) => {
        const steps = small.map((one) => ({ ...one, size: one.size << shift }));
        const adversary = { seed, probability: (seed % 4) / 10 };
        const bench = engineBench({ buffer, poolPages, pageBytes: 4_096 << shift, adversary });
        const tree = bench.engine.createTree("records");
        const model = new Map<string, string>();
        runWorkers(bench, [
          function* (worker) {
            for (const [index, one] of steps.entries()) {
              yield* doStep(tree, worker, model, one, index);
            }
            yield* doStep(tree, worker, model, { kind: "forward", key: "", size: 1_000 }, 0);
          },
        ]);
        bench.engine.check();
      }),
      { numRuns: 40 },
    );
  });

  it.each([1, 2])("equals a map per worker when eight of them interleave (%i)", (seed) => {
    const bench = benchOf(buffer, seed, 0.1);
    interleave(bench, seed);
    const { structure, pool } = bench.engine;
    expect(structure.splits).toBeGreaterThan(50);
    expect(structure.merges).toBeGreaterThan(20);
    expect(structure.grown).toBeGreaterThan(1);
    expect(bench.engine.tree("shared").parts.descent.restarts).toBeGreaterThan(10);
    if (buffer === "mmap") return;
    expect(pool.reads).toBeGreaterThan(100);
    expect(pool.writeBack.writes).toBeGreaterThan(100);
  });

  // Eviction under vmcache locks its victims, which changes their versions anyhow.
  const faults = Object.keys(FAULTS).filter(
    (fault) => buffer !== "vmcache" || !/version/.test(fault),
  );
  // Nothing of a mapped file is written or evicted here.
  if (buffer === "mmap") faults.splice(0, faults.length, "a freed page that is forgotten");

  it.each(faults)("is shown to notice %s", (fault) => {
    const isNoticed = [1, 2, 3, 4, 5, 6, 7, 8].some((seed) => {
      const bench = benchOf(buffer, seed, 0.1);
      FAULTS[fault]!(bench.engine);
      try {
        interleave(bench, seed);
        return false;
      } catch {
        return true;
      }
    });
    expect(isNoticed).toBe(true);
  });
});

describe("a tree whose workers lose their cores at random points", () => {
  const timer = { threads: "tasks", preemption: "timer" } as const;
  const systems: readonly (readonly [string, Partial<ExperimentInput>])[] = [
    ["light threads, a timer", { backend: "unikernel", set: { "unikernel.slice": 1_000 } }],
    ["tasks, user interrupts", { backend: "bypass", options: timer, set: { "task.slice": 200 } }],
    ["cooperative tasks", { backend: "bypass", options: { threads: "tasks" } }],
  ];
  const crowded = (system: Partial<ExperimentInput>, seed: number): EngineBench =>
    engineBench({ poolPages: 24, adversary: { seed, probability: 0.2 } }, { ...system, cores: 2 });

  it.each(systems)("equals a map per worker, and none waits for ever: %s", (name, system) => {
    for (const seed of [1, 2, 3]) {
      const bench = crowded(system, seed);
      interleave(bench, seed);
      expect(bench.engine.pool.adversary!.maskedStrikes).toBeGreaterThan(100);
      const { preemptions } = bench.system.scheduler;
      if (name !== "cooperative tasks") expect(preemptions).toBeGreaterThan(20);
    }
  });

  it("is shown to hang when latches do not mask preemption: spinners keep a holder's core", () => {
    const bench = crowded(systems[2]![1], 1);
    const { openWorker } = bench.engine;
    bench.engine.openWorker = (thread) => {
      const worker = openWorker.call(bench.engine, thread);
      worker.mask = () => {};
      worker.unmask = () => {};
      return worker;
    };
    expect(() => interleave(bench, 1)).toThrow(/wait for ever/);
  });
});
