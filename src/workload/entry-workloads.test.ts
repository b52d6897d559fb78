import { describe, expect, it } from "vitest";
import { RandomStream } from "../base/random.ts";
import { MISS, type Transaction } from "../engine/model.ts";
import { finish, ModelDatabase } from "../testing/model-database.ts";
import { checkEntry, entryOfKey, loadEntries } from "./entry-table.ts";
import { UniformKeys, ZipfKeys } from "./keys.ts";
import { LookupClient } from "./lookups.ts";
import type { TransactionSource } from "./transaction-source.ts";
import { YCSB_KINDS, YCSB_MIXES, YcsbClient, type YcsbMix } from "./ycsb/ycsb.ts";

const COUNT = 500;
const VALUE_BYTES = 100;

function loaded(alwaysMisses = false): ModelDatabase {
  const database = new ModelDatabase(alwaysMisses);
  loadEntries(database, COUNT, VALUE_BYTES);
  return database;
}

function ycsb(database: ModelDatabase, mix: YcsbMix, index = 0, clients = 1): YcsbClient {
  const random = new RandomStream(1, `ycsb ${index}`);
  return new YcsbClient({
    mix,
    tree: database.tree("entries"),
    count: COUNT,
    valueBytes: VALUE_BYTES,
    keys: mix === "a" ? new UniformKeys(random) : new ZipfKeys(random, 0.99),
    random,
    index,
    clients,
  });
}

/** Runs `count` transactions of `source`. */
function play(database: ModelDatabase, source: TransactionSource, count: number): void {
  const session = database.openSession();
  for (let turn = 0; turn < count; turn++) {
    source.draw();
    const transaction: Transaction = session.begin();
    expect(finish(source.run(transaction))).toBe(true);
    finish(transaction.commit());
    source.committed?.();
  }
}

/** Runs `count` transactions of `client`; returns how many of each kind there were. */
function playYcsb(database: ModelDatabase, client: YcsbClient, count: number): number[] {
  const seen = YCSB_KINDS.map(() => 0);
  const counted: TransactionSource = {
    draw: () => {
      seen[client.draw()]! += 1;
    },
    run: (transaction) => client.run(transaction),
    committed: () => client.committed(),
  };
  play(database, counted, count);
  return seen;
}

/** What one call of a transaction did. */
interface Access {
  readonly does: "read" | "update" | "insert" | "scan";
  readonly entry: number;
  /** Places of bytes that an update changed. */
  readonly changed: readonly number[];
  /** Entries that a scan visited. */
  readonly visits: number;
}

/** What `count` transactions of one client of `mix` do, call by call. */
function accesses(mix: YcsbMix, count: number): readonly Access[] {
  const database = loaded(true);
  const log: Access[] = [];
  const client = ycsb(database, mix);
  const begun = (transaction: Transaction): Transaction => ({
    ...{ tryGet: () => MISS, tryUpdate: () => MISS, tryCommit: () => false },
    put: transaction.put.bind(transaction),
    delete: transaction.delete.bind(transaction),
    commit: transaction.commit.bind(transaction),
    abort: transaction.abort.bind(transaction),
    get: (tree, key) => {
      log.push({ does: "read", entry: entryOfKey(key), changed: [], visits: 0 });
      return transaction.get(tree, key);
    },
    insert: (tree, key, value) => {
      log.push({ does: "insert", entry: entryOfKey(key), changed: [], visits: 0 });
      return transaction.insert(tree, key, value);
    },
    update: (tree, key, change) =>
      transaction.update(tree, key, (value) => {
        const before = value.slice();
        change(value);
        const changed = [...value.keys()].filter((at) => value[at] !== before[at]);
        log.push({ does: "update", entry: entryOfKey(key), changed, visits: 0 });
      }),
    *scan(tree, key, direction, visit) {
      let visits = 0;
      yield* transaction.scan(tree, key, direction, (found, value) => {
        visits += 1;
        return visit(found, value);
      });
      log.push({ does: "scan", entry: entryOfKey(key), changed: [], visits });
    },
  });
  play(
    database,
    {
      draw: () => client.draw(),
      run: (transaction) => client.run(begun(transaction)),
      committed: () => client.committed(),
    },
    count,
  );
  return log;
}

describe("entries", () => {
  it("are loaded in key order, each with its own value, neighbours far apart", () => {
    const all = loaded().tree("entries").entries();
    expect(all).toHaveLength(COUNT);
    expect(new Set(all.map(([key]) => entryOfKey(key))).size).toBe(COUNT);
    for (const [key, value] of all) checkEntry(value, entryOfKey(key));
    const steps = all.slice(1).map(([key], at) => entryOfKey(key) - entryOfKey(all[at]![0]));
    expect(steps.filter((step) => Math.abs(step) === 1).length).toBeLessThan(10);
  });

  it.each([false, true])("are looked up (first call misses: %s)", (alwaysMisses) => {
    const database = loaded(alwaysMisses);
    const keys = new UniformKeys(new RandomStream(1, "lookups"));
    const client = new LookupClient(database.tree("entries"), keys, COUNT);
    play(database, client, 1_000);
  });

  it("that are missing, or another's, are noticed", () => {
    const database = loaded();
    const tree = database.tree("entries");
    const [[first], [second, value]] = tree.entries() as [[Uint8Array], [Uint8Array, Uint8Array]];
    tree.remove(String.fromCharCode(...first));
    const client = (): TransactionSource =>
      new LookupClient(tree, new UniformKeys(new RandomStream(1, "lookups")), COUNT);
    expect(() => play(database, client(), 10_000)).toThrow(/is not there/);
    tree.set(String.fromCharCode(...first), value);
    tree.set(String.fromCharCode(...second), value);
    database.ended = database.begun;
    expect(() => play(database, client(), 10_000)).toThrow(/has the value of/);
  });
});

describe("YCSB", () => {
  it.each(Object.keys(YCSB_MIXES) as YcsbMix[])("%s has its mix", (mix) => {
    for (const alwaysMisses of [false, true]) {
      const database = loaded(alwaysMisses);
      const seen = playYcsb(database, ycsb(database, mix), 3_000);
      for (const [at, kind] of YCSB_KINDS.entries()) {
        expect(Math.abs(seen[at]! / 30 - YCSB_MIXES[mix][at]!), kind).toBeLessThan(3);
      }
      expect(database.tree("entries").size).toBe(COUNT + seen[2]!);
    }
  });

  it("clients insert different entries", () => {
    const database = loaded();
    const inserted = [0, 1, 2].map((index) => {
      return playYcsb(database, ycsb(database, "d", index, 3), 400)[2]!;
    });
    expect(Math.min(...inserted)).toBeGreaterThan(0);
    const total = inserted.reduce((sum, count) => sum + count, 0);
    expect(database.tree("entries").size).toBe(COUNT + total);
  });

  it("scans read 1 to 100 entries, each number as often as another", () => {
    const lengths = accesses("e", 1_000).flatMap(({ does, visits }) =>
      does === "scan" && visits > 0 ? [visits] : [],
    );
    // A scan that begins near the tree's end is cut short; one in ten does.
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([1, 100]);
    expect(new Set(lengths).size).toBe(100);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(mean > 42 && mean < 53).toBe(true);
  });

  it("an update replaces one of ten fields, each as often as another", () => {
    const fields = accesses("a", 2_000).flatMap(({ changed }) => {
      const places = new Set(changed.map((at) => Math.floor(at / (VALUE_BYTES / 10))));
      expect(places.size).toBeLessThanOrEqual(1);
      return [...places];
    });
    for (let field = 0; field < 10; field++) {
      const count = fields.filter((place) => place === field).length;
      expect(Math.abs(count - 100), `field ${field}`).toBeLessThan(45);
    }
  });

  it("a read-modify-write reads what it changes, and changes it", () => {
    const all = accesses("f", 500);
    const updates = all.flatMap(({ does }, at) => (does === "update" ? [at] : []));
    expect(Math.abs(updates.length - 250)).toBeLessThan(50);
    for (const at of updates) {
      expect(all[at - 1]).toMatchObject({ does: "read", entry: all[at]!.entry });
    }
  });

  it("of D's reads every seventh goes to the newest entry, and fewer to each one before", () => {
    let inserted = 0;
    const ages = new Map<number, number>();
    for (const { does, entry } of accesses("d", 3_000)) {
      if (does === "insert") inserted += 1;
      // One after the other, the entries that are new have the highest numbers.
      const age = COUNT + inserted - 1 - entry;
      if (does === "read") ages.set(age, (ages.get(age) ?? 0) + 1);
    }
    expect(inserted).toBeGreaterThan(100);
    const [newest, next, , , fifth] = [0, 1, 2, 3, 4].map((age) => ages.get(age) ?? 0);
    // Zipf among 500 by 0.99: 1 ÷ 6.9 of them all.
    expect(Math.abs(newest! / 2_850 - 0.145)).toBeLessThan(0.02);
    expect(newest! > 1.6 * next! && next! > 1.6 * fifth!).toBe(true);
  });

  it("updates change fields and leave the entry's number", () => {
    const database = loaded();
    const before = database.tree("entries").entries();
    play(database, ycsb(database, "a"), 500);
    const after = database.tree("entries").entries();
    const changed = after.filter(([, value], at) => value.join() !== before[at]![1].join());
    expect(changed.length).toBeGreaterThan(100);
    for (const [key, value] of after) checkEntry(value, entryOfKey(key));
  });
});
