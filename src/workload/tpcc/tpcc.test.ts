import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import type { Tree } from "../../engine/model.ts";
import { finish, ModelDatabase } from "../../testing/model-database.ts";
import { readI48, readU16, readU32, writeI48, writeU32 } from "../row-layout.ts";
import { tpccFaults } from "./consistency.ts";
import { lastName } from "./names.ts";
import { loadTpcc } from "./population.ts";
import {
  nameCount,
  rowsOfTree,
  TpccRandom,
  type TpccScale,
  twinScale,
  undeliveredFrom,
} from "./scale.ts";
import {
  CUSTOMER,
  DISTRICT,
  HISTORY,
  key5,
  key9,
  ORDER_LINE,
  STOCK,
  TREE_NAMES,
  type TreeName,
  tpccTrees,
  treesOf,
  WAREHOUSE,
} from "./schema.ts";
import { TPCC_KINDS, tpccClients } from "./tpcc.ts";

const SCALE: TpccScale = { warehouses: 3, items: 120, customersPerDistrict: 12 };

function loaded(scale = SCALE, alwaysMisses = false): ModelDatabase {
  const database = new ModelDatabase(alwaysMisses);
  loadTpcc(database, scale, 1);
  return database;
}

function faultsOf(database: ModelDatabase, { warehouses } = SCALE): string[] {
  const transaction = database.openSession().begin();
  const faults = finish(tpccFaults(transaction, treesOf(database), warehouses));
  finish(transaction.commit());
  return faults;
}

/** Every key and row of a tree, one behind the other. */
const bytesOf = (database: ModelDatabase, tree: TreeName): Buffer =>
  Buffer.concat(database.tree(tree).entries().flat());

/** Runs `count` transactions of two clients in turn; returns how many of each kind committed. */
function play(database: ModelDatabase, count: number, seed = 1): Record<string, number> {
  const session = database.openSession();
  const clientOf = tpccClients({ scale: SCALE, seed, clients: 2, rollsBack: true });
  const clients = [0, 1].map((index) => clientOf(treesOf(database), index, () => 77));
  const committed: Record<string, number> = { rolledBack: 0 };
  for (let turn = 0; turn < count; turn++) {
    const client = clients[turn % 2]!;
    const kind = TPCC_KINDS[client.draw()]!;
    const transaction = session.begin();
    const isWanted = finish(client.run(transaction));
    finish(isWanted ? transaction.commit() : transaction.abort());
    const name = isWanted ? kind : "rolledBack";
    committed[name] = (committed[name] ?? 0) + 1;
  }
  return committed;
}

describe("the population", () => {
  it("is what the standard says, in every tree", () => {
    const database = loaded();
    const sizes = Object.fromEntries(TREE_NAMES.map((name) => [name, database.tree(name).size]));
    expect(sizes).toMatchObject({
      warehouse: 3,
      district: 30,
      customer: 360,
      "customer-by-name": 360,
      history: 360,
      order: 360,
      "order-by-customer": 360,
      "new-order": 30 * (12 - undeliveredFrom(SCALE) + 1),
      item: 120,
      stock: 360,
    });
    expect(sizes["order-line"]! / 360).toBeGreaterThan(8.5);
    expect(sizes["order-line"]! / 360).toBeLessThan(11.5);
    expect(faultsOf(database)).toEqual([]);
  });

  it("has the widths of the standard's rows", () => {
    expect([WAREHOUSE.bytes, DISTRICT.bytes, CUSTOMER.bytes, STOCK.bytes]).toEqual([
      89, 93, 653, 300,
    ]);
  });

  it("finds every customer by name", () => {
    const database = loaded();
    const index = database.tree("customer-by-name").entries();
    for (const [key] of index) {
      const customer = key9(new Uint8Array(9), readU32(key, 0), key[4]!, readU32(key, 37));
      const row = database.tree("customer").get(String.fromCharCode(...customer))!;
      expect(row.slice(CUSTOMER.at.last, CUSTOMER.at.last + 16)).toEqual(key.slice(5, 21));
      expect(row.slice(CUSTOMER.at.first, CUSTOMER.at.first + 16)).toEqual(key.slice(21, 37));
    }
  });

  it("counts its rows beforehand", () => {
    const database = loaded();
    for (const name of TREE_NAMES) {
      const ratio = database.tree(name).size / rowsOfTree(name, SCALE);
      expect(Math.abs(ratio - 1), name).toBeLessThan(name === "order-line" ? 0.05 : 1e-9);
    }
  });

  it("shrinks no further than the transactions can bear", () => {
    expect(twinScale(10, 1)).toEqual({
      warehouses: 10,
      items: 100_000,
      customersPerDistrict: 3_000,
    });
    expect(twinScale(10, 1e-9)).toEqual({ warehouses: 10, items: 100, customersPerDistrict: 10 });
    expect(nameCount(twinScale(10, 1))).toBe(1_000);
    expect(lastName(371)).toEqual(
      new Uint8Array(16).fill(0).map((_, at) => "PRICALLYOUGHT".charCodeAt(at) || 0),
    );
    expect(() => lastName(1_000)).toThrow(RangeError);
  });
});

describe("the transactions", () => {
  it("keep the consistency conditions and come in the standard's shares", () => {
    const database = loaded();
    const committed = play(database, 3_000);
    expect(faultsOf(database)).toEqual([]);
    for (const [kind, share] of [
      ["new-order", 0.445],
      ["payment", 0.43],
      ["order-status", 0.04],
      ["delivery", 0.04],
      ["stock-level", 0.04],
      ["rolledBack", 0.0045],
    ] as const) {
      expect(Math.abs((committed[kind] ?? 0) / 3_000 - share), kind).toBeLessThan(0.025);
    }
    expect(committed["rolledBack"]).toBeGreaterThan(0);
    expect(database.tree("history").size).toBe(360 + committed["payment"]!);
    expect(database.tree("order").size).toBe(360 + committed["new-order"]!);
  });

  it("do the same when nothing is found at once", () => {
    const [hot, cold] = [loaded(), loaded(SCALE, true)];
    play(hot, 500);
    play(cold, 500);
    for (const name of TREE_NAMES) {
      expect(bytesOf(cold, name).equals(bytesOf(hot, name)), name).toBe(true);
    }
  });

  it("move money and stock, and leave nothing else behind", () => {
    const database = loaded();
    play(database, 1_000, 5);
    const paid = database.tree("warehouse").entries();
    const takings = paid.reduce((sum, [, row]) => sum + readI48(row, WAREHOUSE.at.ytd), 0);
    const history = database.tree("history").entries().slice(360);
    const payments = history.reduce((sum, [, row]) => sum + readU32(row, HISTORY.at.amount), 0);
    expect(takings - 3 * 30_000_000).toBe(payments);
    for (const [, row] of database.tree("stock").entries()) {
      expect(readU16(row, STOCK.at.quantity)).toBeGreaterThanOrEqual(10);
      expect(readU16(row, STOCK.at.quantity)).toBeLessThanOrEqual(100);
    }
    expect(database.begun).toBe(database.ended);
  });

  it("differ with the seed and the client only", () => {
    const [first, again, other] = [1, 1, 2].map((seed) => {
      const database = loaded();
      play(database, 200, seed);
      return bytesOf(database, "stock");
    });
    expect(again!.equals(first!)).toBe(true);
    expect(other!.equals(first!)).toBe(false);
  });

  it("spread over every warehouse, remote ones too", () => {
    const trees = tpccTrees((name): Tree => ({ name }));
    const plan = { scale: SCALE, seed: 1, clients: 1, rollsBack: true };
    const client = tpccClients(plan)(trees, 0, () => 0);
    expect(new Set(Array.from({ length: 500 }, () => TPCC_KINDS[client.draw()])).size).toBe(5);
  });
});

describe("non-uniform random numbers", () => {
  it("stay in range and prefer some", () => {
    const scale = twinScale(1, 1);
    const random = new TpccRandom(new RandomStream(1, "a"), scale, new RandomStream(1, "c"));
    const seen = new Uint32Array(3_001);
    for (let draw = 0; draw < 60_000; draw++) seen[random.customer()]! += 1;
    expect(seen[0]).toBe(0);
    // Each of the ten bits that two numbers share is set in three of four: (3 ÷ 4)¹⁰ · 2¹⁰ = 58.
    const most = Array.from(seen).sort((a, b) => b - a);
    expect(Math.abs(most[0]! / 20 - 58)).toBeLessThan(10);
    for (let draw = 0; draw < 1_000; draw++) {
      expect(random.item()).toBeLessThanOrEqual(100_000);
      expect(random.name()).toBeLessThan(1_000);
    }
  });
});

/** Of the items that each client orders, the share of every eighth, beginning with 1, 2, … 8. */
function eighths(seed: number): number[][] {
  const database = loaded();
  play(database, 400, seed);
  // The second client works at two of the three warehouses.
  const shares = [0, 1].map(() => new Array<number>(8).fill(0));
  for (const [key, row] of database.tree("order-line").entries()) {
    if (readU32(key, 5) <= SCALE.customersPerDistrict) continue;
    shares[readU32(key, 0) === 1 ? 0 : 1]![(readU32(row, ORDER_LINE.at.item) - 1) % 8]! += 1;
  }
  return shares.map((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / total);
  });
}

it("all clients of a run prefer the same items, which another run does not", () => {
  const favourites = [1, 2, 3].map((seed) => {
    const [first, second] = eighths(seed).map((shares) => {
      const most = Math.max(...shares);
      // Three bits are shared here, and set all: (3 ÷ 4)³.
      expect(Math.abs(most - 0.42)).toBeLessThan(0.07);
      return shares.indexOf(most);
    });
    expect(second).toBe(first);
    return first;
  });
  expect(new Set(favourites).size).toBeGreaterThan(1);
});

/** Plants one fault in a consistent database. */
const FAULTS: readonly (readonly [condition: string, plant: (database: ModelDatabase) => void])[] =
  [
    [
      "condition 1",
      (database) => {
        const [key, row] = database.tree("warehouse").entries()[1]!;
        writeI48(row, WAREHOUSE.at.ytd, 1);
        database.tree("warehouse").set(String.fromCharCode(...key), row);
      },
    ],
    [
      "condition 2",
      (database) => {
        const key = String.fromCharCode(...key5(new Uint8Array(5), 2, 3));
        const row = database.tree("district").get(key)!.slice();
        writeU32(row, DISTRICT.at.nextOrder, readU32(row, DISTRICT.at.nextOrder) + 1);
        database.tree("district").set(key, row);
      },
    ],
    [
      "condition 2",
      (database) => {
        const all = database.tree("new-order").entries();
        const last = all.findLastIndex(([key]) => key[3] === 1 && key[4] === 1);
        database.tree("new-order").remove(String.fromCharCode(...all[last]![0]));
      },
    ],
    [
      "condition 3",
      (database) => {
        const [key] = database.tree("new-order").entries()[1]!;
        database.tree("new-order").remove(String.fromCharCode(...key));
      },
    ],
    [
      "condition 4",
      (database) => {
        const [key] = database.tree("order-line").entries()[40]!;
        database.tree("order-line").remove(String.fromCharCode(...key));
      },
    ],
  ];

it.each(FAULTS)("%s is noticed when it is broken", (condition, plant) => {
  const database = loaded();
  play(database, 100);
  expect(faultsOf(database)).toEqual([]);
  plant(database);
  expect(faultsOf(database).join()).toMatch(new RegExp(`^${condition}: (?:ware|dis)`));
});
