/** Which anomalies does each isolation level show? (Berenson et al., SIGMOD 1995, Table 4) */
import { describe, expect, it } from "vitest";
import { SLEEP, type Until } from "../../os/model.ts";
import { type EngineBench, engineBench, runWorkers } from "../../testing/engine-bench.ts";
import {
  type EngineTask,
  ISOLATION_LEVELS,
  type IsolationLevel,
  TransactionAborted,
} from "../model.ts";
import type { RecordAccess } from "./record-access.ts";
import type { LockingTransaction } from "./transaction.ts";

const STEP_PS = 1_000_000_000;
const key = (name: string): Uint8Array => Uint8Array.from(name, (letter) => letter.charCodeAt(0));
const value = (number: number): Uint8Array => Uint8Array.of(number, 0, 0, 0);

/** One step of an actor at a moment of its own; later if an earlier step had to wait. */
type Step = readonly [moment: number, act: (actor: Actor) => EngineTask<void>];

interface Actor {
  readonly tree: RecordAccess;
  readonly transaction: LockingTransaction;
  /** What the actor has read, in order; −1: nothing was there. */
  readonly read: number[];
}

interface Stage {
  readonly bench: EngineBench;
  readonly tree: RecordAccess;
  readonly level: IsolationLevel;
}

const readKey = (name: string) =>
  function* ({ tree, transaction, read }: Actor): EngineTask<void> {
    const found = yield* transaction.get(tree, key(name));
    read.push(found?.[0] ?? -1);
  };
const writeKey = (name: string, number: number) =>
  function* ({ tree, transaction }: Actor): EngineTask<void> {
    yield* transaction.put(tree, key(name), value(number));
  };
const insertKey = (name: string) =>
  function* ({ tree, transaction }: Actor): EngineTask<void> {
    yield* transaction.insert(tree, key(name), value(1));
  };
const removeKey = (name: string) =>
  function* ({ tree, transaction }: Actor): EngineTask<void> {
    yield* transaction.delete(tree, key(name));
  };
/** Reads how many keys there are from `from` to `to`. */
const countKeys = (from: string, to: string, direction: 1 | -1 = 1) =>
  function* ({ tree, transaction, read }: Actor): EngineTask<void> {
    let count = 0;
    const [begin, end] = direction === 1 ? [from, to] : [to, from];
    yield* transaction.scan(tree, key(begin), direction, (found) => {
      const name = String.fromCharCode(...found);
      if (direction === 1 ? name > end : name < end) return false;
      count += 1;
      return true;
    });
    read.push(count);
  };
/** Writes what was read last, plus one. */
const writeBack = (name: string) =>
  function* ({ tree, transaction, read }: Actor): EngineTask<void> {
    yield* transaction.put(tree, key(name), value((read.at(-1) ?? 0) + 1));
  };
function* commit({ transaction }: Actor): EngineTask<void> {
  yield* transaction.commit();
}
function* abort({ transaction }: Actor): EngineTask<void> {
  yield* transaction.abort();
}

/** A database with k0 = 10, k2 = 20, k4 = 30. */
function stage(level: IsolationLevel): Stage {
  const bench = engineBench({ poolPages: 64 });
  const tree = bench.engine.createTree("stage");
  const rows = [0, 2, 4].map((row) => [key(`k${row}`), value(10 + 5 * row)] as const);
  bench.engine.bulkLoad(tree, rows);
  return { bench, tree, level };
}

/** Lets actors act, each at its moments; returns what they read, or "aborted". */
function play({ bench, tree, level }: Stage, ...scripts: readonly (readonly Step[])[]) {
  const actors: (number[] | "aborted")[] = scripts.map(() => []);
  runWorkers(
    bench,
    scripts.map((script, index) => {
      return function* (worker): EngineTask<void> {
        const transaction = bench.engine.transactions.open(worker).begin(level);
        const read: number[] = [];
        actors[index] = read;
        try {
          for (const [moment, act] of script) {
            const until: Until = { kind: "until", atPs: moment * STEP_PS, other: SLEEP };
            while (worker.thread.core.cursorPs < until.atPs) yield until;
            yield* act({ tree, transaction, read });
          }
        } catch (error) {
          if (!(error instanceof TransactionAborted)) throw error;
          yield* transaction.abort();
          actors[index] = "aborted";
        }
      };
    }),
  );
  expect(bench.engine.transactions.locks.size).toBe(0);
  return actors;
}

/** Each returns whether the anomaly was seen. */
const ANOMALIES: Readonly<Record<string, (stage: Stage) => boolean>> = {
  "dirty write": (on) => {
    play(
      on,
      [
        [1, writeKey("k0", 1)],
        [3, writeKey("k2", 1)],
        [4, commit],
      ],
      [
        [2, writeKey("k0", 2)],
        [2.5, writeKey("k2", 2)],
        [5, commit],
      ],
    );
    const [read] = play(on, [
      [10, readKey("k0")],
      [10, readKey("k2")],
      [10, commit],
    ]);
    return read?.[0] !== read?.[1];
  },
  "dirty read": (on) => {
    const [, reader] = play(
      on,
      [
        [1, writeKey("k0", 99)],
        [3, abort],
      ],
      [
        [2, readKey("k0")],
        [4, commit],
      ],
    );
    return reader?.[0] === 99;
  },
  "dirty read of a removal": (on) => {
    const [, reader] = play(
      on,
      [
        [1, removeKey("k2")],
        [3, abort],
      ],
      [
        [2, countKeys("k0", "k4")],
        [4, commit],
      ],
    );
    return reader?.[0] === 2;
  },
  "dirty read of a removal, downwards": (on) => {
    const [, reader] = play(
      on,
      [
        [1, removeKey("k4")],
        [3, abort],
      ],
      [
        [2, countKeys("k0", "k4", -1)],
        [4, commit],
      ],
    );
    return reader?.[0] === 2;
  },
  "dirty read of a removal beside an insertion that is undone": (on) => {
    const actors = play(
      on,
      [
        [1, insertKey("k3")],
        [3, abort],
      ],
      [
        [2, removeKey("k2")],
        [5, abort],
      ],
      [
        [4, countKeys("k0", "k4")],
        [6, commit],
      ],
    );
    return actors[2]?.[0] === 2;
  },
  "non-repeatable read": (on) => {
    const [reader] = play(
      on,
      [
        [1, readKey("k0")],
        [3, readKey("k0")],
        [4, commit],
      ],
      [
        [2, writeKey("k0", 99)],
        [2, commit],
      ],
    );
    return reader?.[0] !== reader?.[1];
  },
  "lost update": (on) => {
    const actors = play(
      on,
      [
        [1, readKey("k0")],
        [3, writeBack("k0")],
        [4, commit],
      ],
      [
        [2, readKey("k0")],
        [5, writeBack("k0")],
        [6, commit],
      ],
    );
    const [read] = play(on, [
      [10, readKey("k0")],
      [10, commit],
    ]);
    return read?.[0] !== 10 + actors.filter((actor) => actor !== "aborted").length;
  },
  "write skew": (on) => {
    const actors = play(
      on,
      [
        [1, readKey("k0")],
        [1, readKey("k2")],
        [3, writeKey("k0", 0)],
        [4, commit],
      ],
      [
        [2, readKey("k0")],
        [2, readKey("k2")],
        [3.5, writeKey("k2", 0)],
        [5, commit],
      ],
    );
    return actors.every((read) => read[0] === 10 && read[1] === 20);
  },
  phantom: (on) => {
    const [reader] = play(
      on,
      [
        [1, countKeys("k0", "k3")],
        [3, countKeys("k0", "k3")],
        [4, commit],
      ],
      [
        [2, insertKey("k1")],
        [2, commit],
      ],
    );
    return reader?.[0] !== reader?.[1];
  },
  "phantom behind the last key": (on) => {
    const [reader] = play(
      on,
      [
        [1, countKeys("k0", "k9")],
        [3, countKeys("k0", "k9")],
        [4, commit],
      ],
      [
        [2, insertKey("k7")],
        [2, commit],
      ],
    );
    return reader?.[0] !== reader?.[1];
  },
  "phantom above a scan downwards": (on) => {
    const [reader] = play(
      on,
      [
        [1, countKeys("k1", "k3", -1)],
        [3, countKeys("k1", "k3", -1)],
        [4, commit],
      ],
      [
        [2, insertKey("k3")],
        [2, commit],
      ],
    );
    return reader?.[0] !== reader?.[1];
  },
  "phantom write skew": (on) => {
    const actors = play(
      on,
      [
        [1, countKeys("k5", "k9")],
        [3, insertKey("k6")],
        [4, commit],
      ],
      [
        [2, countKeys("k5", "k9")],
        [3.5, insertKey("k8")],
        [5, commit],
      ],
    );
    return actors.every((read) => read[0] === 0);
  },
};

const READS_DIRTY = Object.keys(ANOMALIES).filter((name) => name.startsWith("dirty read"));
const UNREPEATABLE = ["non-repeatable read", "lost update", "write skew"];
const PHANTOMS = Object.keys(ANOMALIES).filter((name) => name.startsWith("phantom"));
/** What each level lets through; nothing more. */
const SHOWN: { readonly [level in (typeof ISOLATION_LEVELS)[number]]: readonly string[] } = {
  serializable: [],
  "repeatable-read": PHANTOMS,
  "read-committed": [...PHANTOMS, ...UNREPEATABLE],
  "read-uncommitted": [...PHANTOMS, ...UNREPEATABLE, ...READS_DIRTY],
};

describe.each(ISOLATION_LEVELS)("%s", (level) => {
  it.each(Object.entries(ANOMALIES))("and %s", (name, isSeen) => {
    expect(isSeen(stage(level))).toBe(SHOWN[level].includes(name));
  });
});

describe("none", () => {
  it("locks nothing: writers do not wait for each other, and nothing can be undone", () => {
    const on = stage("none");
    const beside = play(
      on,
      [
        [1, writeKey("k0", 1)],
        [4, commit],
      ],
      [
        [2, writeKey("k0", 2)],
        [3, readKey("k0")],
        [3, commit],
      ],
    );
    expect(beside).toEqual([[], [2]]);
    const gap = play(
      stage("none"),
      [
        [1, removeKey("k2")],
        [4, removeKey("k0")],
        [5, commit],
      ],
      [
        [2, insertKey("k3")],
        [3, countKeys("k0", "k9")],
        [3, commit],
      ],
    );
    // It has not waited for the gap beside the first removed key: it still counted the second one.
    expect(gap).toEqual([[], [3]]);
    const undone = [
      [1, writeKey("k0", 1)],
      [2, abort],
    ] as const;
    expect(() => play(stage("none"), undone)).toThrow(/undone without locks/);
  });
});

describe("a deadlock", () => {
  it("ends one transaction, and the other goes on", () => {
    const on = stage("serializable");
    const actors = play(
      on,
      [
        [1, writeKey("k0", 1)],
        [3, writeKey("k2", 1)],
        [4, commit],
      ],
      [
        [2, writeKey("k2", 2)],
        [3.5, writeKey("k0", 2)],
        [5, commit],
      ],
    );
    expect(actors).toEqual([[], "aborted"]);
    const [read] = play(on, [
      [10, readKey("k0")],
      [10, readKey("k2")],
      [10, commit],
    ]);
    expect(read).toEqual([1, 1]);
    expect(on.bench.engine.transactions.counts.deadlocks).toBe(1);
  });
});

describe("a reader that is read-committed", () => {
  const readByScan = function* ({ tree, transaction, read }: Actor): EngineTask<void> {
    yield* transaction.scan(tree, key("k0"), 1, (_found, content) => {
      read.push(content[0]!);
      return true;
    });
  };

  it.each([
    ["a key", readKey("k0"), [1]],
    ["a scan", readByScan, [1, 20, 30]],
  ] as const)("of %s stands before a writer that came later", (_what, reading, expected) => {
    const [, reader] = play(
      stage("read-committed"),
      [
        [1, writeKey("k0", 1)],
        [3, commit],
      ],
      [
        [2, reading],
        [4, commit],
      ],
      [
        [2.5, writeKey("k0", 2)],
        [5, commit],
      ],
    );
    expect(reader).toEqual(expected);
  });

  it("keeps no lock when it has read, and others that it holds", () => {
    const { bench, tree } = stage("read-committed");
    const held: number[] = [];
    runWorkers(bench, [
      function* (worker): EngineTask<void> {
        const transaction = bench.engine.transactions.open(worker).begin("read-committed");
        yield* transaction.get(tree, key("k0"));
        held.push(bench.engine.transactions.locks.size);
        yield* transaction.put(tree, key("k2"), value(1));
        yield* transaction.get(tree, key("k2"));
        yield* transaction.get(tree, key("k4"));
        held.push(bench.engine.transactions.locks.size);
        yield* transaction.commit();
      },
    ]);
    expect(held).toEqual([0, 1]);
  });
});

describe("a rollback", () => {
  it("undoes insertions, removals, replacements and changes in place, newest first", () => {
    const on = stage("serializable");
    const change = (number: number) =>
      function* ({ tree, transaction }: Actor): EngineTask<void> {
        yield* transaction.update(tree, key("k4"), (bytes) => {
          bytes[2] = number;
        });
      };
    const longer = function* ({ tree, transaction }: Actor): EngineTask<void> {
      yield* transaction.put(tree, key("k4"), new Uint8Array(100).fill(7));
    };
    const steps = [insertKey("k1"), removeKey("k0"), change(5), longer, change(6), removeKey("k4")];
    play(on, [
      ...[...steps, writeKey("k1", 3), removeKey("k1"), abort].map((step) => [1, step] as const),
    ]);
    const [read] = play(on, [
      [10, countKeys("k0", "k9")],
      [10, readKey("k0")],
      [10, readKey("k4")],
      [10, commit],
    ]);
    expect(read).toEqual([3, 10, 30]);
  });

  it("locks nothing either after a transaction that guarded gaps", () => {
    const { bench, tree } = stage("serializable");
    let held = -1;
    runWorkers(bench, [
      function* (worker): EngineTask<void> {
        const transaction = bench.engine.transactions.open(worker).begin("serializable");
        yield* transaction.delete(tree, key("k2"));
        yield* transaction.insert(tree, key("k3"), value(1));
        yield* transaction.commit();
        transaction.begin("none");
        yield* transaction.insert(tree, key("k1"), value(1));
        held = bench.engine.transactions.locks.size;
        yield* transaction.commit();
      },
    ]);
    expect(held).toBe(0);
  });
});
