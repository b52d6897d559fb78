import { expect, it, vi } from "vitest";
import { RandomStream } from "../../base/random.ts";
import { finish, ModelDatabase } from "../../testing/model-database.ts";
import { readU32 } from "../row-layout.ts";
import { TpccContext } from "./context.ts";
import { NewOrder } from "./new-order.ts";
import { OpenOrders } from "./open-orders.ts";
import { loadTpcc } from "./population.ts";
import { TpccRandom, type TpccScale } from "./scale.ts";
import { DISTRICTS, tpccKeys, treesOf } from "./schema.ts";
import { StockLevel } from "./stock-level.ts";

const SCALE: TpccScale = { warehouses: 1, items: 120, customersPerDistrict: 30 };
const districts = Array.from({ length: DISTRICTS }, (_, index) => index + 1);

/** One client's context, a transaction, and how many orders are under way in all districts. */
function bench() {
  const database = new ModelDatabase();
  loadTpcc(database, SCALE, 1);
  const openOrders = new OpenOrders(1);
  const streams = ["a", "b"].map((name) => new RandomStream(1, name)) as [
    RandomStream,
    RandomStream,
  ];
  const plan = {
    trees: treesOf(database),
    scale: SCALE,
    random: new TpccRandom(streams[0], SCALE, streams[1]),
    ...{ firstWarehouse: 1, warehouseCount: 1, writer: 1, rollsBack: false, openOrders },
    now: () => 1,
  };
  return {
    openOrders,
    context: new TpccContext(plan, tpccKeys()),
    transaction: database.openSession().begin(),
    open: () => districts.reduce((sum, district) => sum + openOrders.in(1, district), 0),
  };
}

it("an order is open from its number to its last line", () => {
  const { context, transaction, open } = bench();
  const opens: number[] = [];
  const insert = transaction.insert.bind(transaction);
  vi.spyOn(transaction, "insert").mockImplementation((...args) => {
    opens.push(open());
    return insert(...args);
  });
  const order = new NewOrder(context);
  order.draw();
  expect(finish(order.run(transaction))).toBe(true);
  // The order, two entries for it, and five lines at least.
  expect(opens.length).toBeGreaterThanOrEqual(8);
  expect(new Set(opens)).toEqual(new Set([1]));
  expect(open()).toBe(0);
});

it("and no longer when it has failed", () => {
  const { context, transaction, open } = bench();
  vi.spyOn(transaction, "insert").mockImplementation(() => {
    throw new Error("gave way");
  });
  const order = new NewOrder(context);
  order.draw();
  expect(() => finish(order.run(transaction))).toThrow("gave way");
  expect(open()).toBe(0);
});

it.each([
  [0, 11],
  [10, 6],
  [100, 1],
])("with %i orders open a Stock-Level begins at order %i of 30", (open, first) => {
  const { context, transaction, openOrders } = bench();
  for (const district of districts) {
    for (let order = 0; order < open; order++) openOrders.begun(1, district);
  }
  const scan = vi.spyOn(transaction, "scan");
  const level = new StockLevel(context);
  level.draw();
  finish(level.run(transaction));
  expect(readU32(scan.mock.calls[0]![1], 5)).toBe(first);
});
