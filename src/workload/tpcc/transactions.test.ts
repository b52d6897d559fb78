/** Does each transaction do all that its clause of the standard says, and to the right rows? */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../base/random.ts";
import type { EngineTask, Transaction, Tree } from "../../engine/model.ts";
import { finish, ModelDatabase } from "../../testing/model-database.ts";
import { readI48, readU16, readU32 } from "../row-layout.ts";
import { TpccContext } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { NewOrder } from "./new-order.ts";
import { OpenOrders } from "./open-orders.ts";
import { OrderStatus } from "./order-status.ts";
import { Payment } from "./payment.ts";
import { BAD_CREDIT, customerOfNameKey, loadTpcc } from "./population.ts";
import { TpccRandom, type TpccScale } from "./scale.ts";
import {
  CUSTOMER,
  DISTRICT,
  DISTRICTS,
  HISTORY,
  ITEM,
  ORDER,
  ORDER_LINE,
  STOCK,
  type TreeName,
  tpccKeys,
  treesOf,
  WAREHOUSE,
} from "./schema.ts";
import { StockLevel } from "./stock-level.ts";

/** Names are those of three or four customers, so a middle one need not be the last. */
const SCALE: TpccScale = { warehouses: 4, items: 120, customersPerDistrict: 16 };
const NOW = 77;
const HOME = [2, 3] as const;

/** One access of a transaction: the key as numbers of the standard, and the row around it. */
interface Access {
  readonly does: "read" | "update" | "insert" | "delete" | "scan";
  readonly tree: TreeName;
  readonly key: Uint8Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const warehouseOf = ({ key }: Access): number => readU32(key, 0);
const districtOf = ({ key }: Access): number => key[4]!;
/** Customer or order. */
const numberOf = ({ key }: Access): number => readU32(key, 5);

/** Takes down every access before it is made. */
function watched(transaction: Transaction, log: Access[]): Transaction {
  const note = (does: Access["does"], { name }: Tree, key: Uint8Array, rows?: Partial<Access>) =>
    log.push({
      ...{ does, tree: name as TreeName, key: key.slice(), before: NOTHING, after: NOTHING },
      ...rows,
    });
  return new Proxy(transaction, {
    get: (target, method: keyof Transaction) => {
      const call = (target[method] as (...args: unknown[]) => unknown).bind(target);
      return (tree: Tree, key: Uint8Array, third: unknown, visit: unknown) => {
        if (method === "tryUpdate") {
          return target.tryUpdate(tree, key, (row) => {
            const before = row.slice();
            (third as (row: Uint8Array) => void)(row);
            note("update", tree, key, { before, after: row.slice() });
          });
        }
        const result = call(tree, key, third, visit);
        if (method === "tryGet") note("read", tree, key, { before: result as Uint8Array });
        if (method === "insert") {
          note("insert", tree, key, { after: (third as Uint8Array).slice() });
        }
        if (method === "delete" || method === "scan") note(method, tree, key);
        return result;
      };
    },
  });
}

interface Profile {
  draw(): void;
  run(transaction: Transaction): EngineTask<boolean>;
}

/** A client of warehouses 2 and 3, and what each of its transactions does. */
function bench() {
  const database = new ModelDatabase();
  loadTpcc(database, SCALE, 1);
  const context = new TpccContext(
    {
      trees: treesOf(database),
      scale: SCALE,
      random: new TpccRandom(new RandomStream(1, "a"), SCALE, new RandomStream(1, "c")),
      ...{ firstWarehouse: HOME[0], warehouseCount: HOME.length, writer: 1, rollsBack: false },
      openOrders: new OpenOrders(SCALE.warehouses),
      now: () => NOW,
    },
    tpccKeys(),
  );
  const session = database.openSession();
  const played = (profile: Profile): Access[] => {
    const log: Access[] = [];
    const transaction = session.begin();
    profile.draw();
    expect(finish(profile.run(watched(transaction, log)))).toBe(true);
    finish(transaction.commit());
    return log;
  };
  return { database, context, played };
}

const of = (log: readonly Access[], does: Access["does"], tree: TreeName): Access[] =>
  log.filter((access) => access.does === does && access.tree === tree);

/** How much a column of 48 bits rose. */
const rise = ({ before, after }: Access, at: number): number =>
  readI48(after, at) - readI48(before, at);
const rise16 = ({ before, after }: Access, at: number): number =>
  readU16(after, at) - readU16(before, at);

it("New-Order enters an order in every table and takes each line from its supplier's stock", () => {
  const { context, played } = bench();
  const newOrder = new NewOrder(context);
  const seen = { lines: 0, remote: 0, homes: new Set<number>(), districts: new Set<number>() };
  for (let turn = 0; turn < 400; turn++) {
    const log = played(newOrder);
    const lines = of(log, "insert", "order-line");
    const line = ["read item", "update stock", "insert order-line"];
    expect(log.map(({ does, tree }) => `${does} ${tree}`)).toEqual([
      ...["read warehouse", "update district", "read customer"],
      ...["insert order", "insert order-by-customer", "insert new-order"],
      ...lines.flatMap(() => line),
    ]);
    const [home, district, customer, order, index, open] = log as [
      ...[Access, Access, Access, Access, Access, Access],
      ...Access[],
    ];
    const place = String(district.key);
    const places = [customer, order].map(({ key }) => String(key.slice(0, 5)));
    expect([String([...home.key, district.key[4]]), ...places]).toEqual([place, place, place]);
    expect(numberOf(order)).toBe(readU32(district.before, DISTRICT.at.nextOrder));
    expect([String(open.key), String(index.key)]).toEqual([
      String(order.key),
      String([...customer.key, ...order.key.slice(5)]),
    ]);
    const stocks = of(log, "update", "stock");
    const isLocal = (stock: Access): boolean => warehouseOf(stock) === warehouseOf(home);
    const { after: row } = order;
    expect([readU32(row, ORDER.at.customer), ...row.slice(ORDER.at.carrier)]).toEqual([
      ...[numberOf(customer), 0, lines.length, stocks.every(isLocal) ? 1 : 0],
    ]);
    const items = of(log, "read", "item");
    const billed = lines.map((written, place) => billOf(written, stocks[place]!, order));
    const owed = stocks.map((stock, place) => {
      const price = readU16(items[place]!.before, ITEM.at.price);
      const remote = isLocal(stock) ? 0 : 1;
      return dueOf(lines[place]!, stock, place + 1, { price, remote, district });
    });
    expect(billed).toEqual(owed);
    seen.lines += lines.length;
    seen.remote += stocks.filter((stock) => !isLocal(stock)).length;
    seen.homes.add(warehouseOf(home));
    seen.districts.add(districtOf(district));
  }
  expect([seen.homes, seen.districts.size]).toEqual([new Set(HOME), DISTRICTS]);
  expect(Math.abs(seen.lines / 400 - 10)).toBeLessThan(0.7);
  // One line in a hundred; of 4,000 lines that is 40 ± 6.
  expect(Math.abs(seen.remote - 40)).toBeLessThan(25);
});

/** What a line says, and what it did to the stock. */
function billOf({ key, after }: Access, stock: Access, order: Access): readonly unknown[] {
  const { at, width } = ORDER_LINE;
  const ytd = [stock.after, stock.before].map((row) => readU32(row, STOCK.at.ytd));
  return [
    String(key.slice(0, 9)) === String(order.key) && key[9],
    ...[readU32(after, at.item), readU32(after, at.supplyWarehouse), readI48(after, at.delivery)],
    ...[readU32(after, at.amount), String(after.slice(at.info, at.info + width.info))],
    ...[rise16(stock, STOCK.at.quantity), ytd[0]! - ytd[1]!],
    ...[rise16(stock, STOCK.at.orders), rise16(stock, STOCK.at.remote)],
  ];
}

/** The same, as it should be for the quantity that was ordered. */
function dueOf(
  line: Access,
  stock: Access,
  number: number,
  known: { readonly price: number; readonly remote: number; readonly district: Access },
): readonly unknown[] {
  const { width } = ORDER_LINE;
  const quantity = line.after[ORDER_LINE.at.quantity]!;
  const from = STOCK.at.districts + (districtOf(known.district) - 1) * width.info;
  const isEnough = readU16(stock.before, STOCK.at.quantity) >= quantity + 10;
  return [
    ...[number, readU32(stock.key, 4), warehouseOf(stock), 0],
    quantity >= 1 && quantity <= 10 && quantity * known.price,
    String(stock.before.slice(from, from + width.info)),
    ...[isEnough ? -quantity : 91 - quantity, quantity, 1, known.remote],
  ];
}

it("Payment books its amount at warehouse, district and customer, and in the history", () => {
  const { database, context, played } = bench();
  const payment = new Payment(context);
  const seen = { remote: 0, named: 0, bad: 0, elsewhere: new Set<number>() };
  for (let turn = 0; turn < 500; turn++) {
    const log = played(payment);
    const named = of(log, "scan", "customer-by-name");
    const updates = log.filter(({ does }) => does !== "scan");
    expect(updates.map(({ does, tree }) => `${does} ${tree}`)).toEqual([
      ...["update warehouse", "update district", "update customer", "insert history"],
    ]);
    const [home, district, customer, history] = updates as [Access, Access, Access, Access];
    const { at } = CUSTOMER;
    const row = history.after;
    const amount = readU32(row, HISTORY.at.amount);
    expect(amount >= 100 && amount <= 500_000).toBe(true);
    expect([
      ...[rise(home, WAREHOUSE.at.ytd), rise(district, DISTRICT.at.ytd)],
      ...[rise(customer, at.balance), rise(customer, at.ytdPayment)],
      rise16(customer, at.paymentCount),
    ]).toEqual([amount, amount, -amount, amount, 1]);
    // Bad credit is noted in front of what was there before.
    const isBad = customer.before[at.credit] === BAD_CREDIT[0];
    const end = at.data + CUSTOMER.width.data;
    const data = Buffer.from(customer.before.slice(at.data, isBad ? end - 24 : end));
    expect(data.equals(customer.after.slice(isBad ? at.data + 24 : at.data, end))).toBe(true);
    expect([
      ...[readU32(row, HISTORY.at.customer), row[HISTORY.at.customerDistrict]],
      ...[readU32(row, HISTORY.at.customerWarehouse), row[HISTORY.at.district]],
      readU32(row, HISTORY.at.warehouse),
    ]).toEqual([
      ...[numberOf(customer), districtOf(customer), warehouseOf(customer)],
      ...[districtOf(district), warehouseOf(home)],
    ]);
    if (named.length > 0 && turn < 100) {
      expect(numberOf(customer)).toBe(middleOf(database, named[0]!));
    }
    const isRemote = warehouseOf(customer) !== warehouseOf(home);
    if (isRemote) seen.elsewhere.add(warehouseOf(customer));
    else expect(districtOf(customer)).toBe(districtOf(district));
    seen.remote += isRemote ? 1 : 0;
    seen.named += named.length;
    seen.bad += isBad ? 1 : 0;
  }
  expect(seen.bad).toBeGreaterThan(15);
  expect(seen.elsewhere).toEqual(new Set([1, 2, 3, 4]));
  // 15 % and 60 %, within four standard deviations.
  expect(Math.abs(seen.remote - 75)).toBeLessThan(32);
  expect(Math.abs(seen.named - 300)).toBeLessThan(44);
});

/** Of those with the last name that `scan` looks for, the n/2-th by first name, rounded up. */
function middleOf(database: ModelDatabase, scan: Access): number {
  const prefix = String(scan.key.slice(0, 21));
  const found = database
    .tree("customer-by-name")
    .entries()
    .filter(([key]) => String(key.slice(0, 21)) === prefix);
  expect(found.length).toBeGreaterThan(2);
  return customerOfNameKey(found[Math.ceil(found.length / 2) - 1]![0]);
}

describe("with orders of its own behind those of the population", () => {
  function ordered() {
    const made = bench();
    const newOrder = new NewOrder(made.context);
    for (let turn = 0; turn < 400; turn++) made.played(newOrder);
    return made;
  }

  it("Delivery delivers the oldest open order of all ten districts, and charges for it", () => {
    const { database, context, played } = ordered();
    const open = database.tree("new-order");
    const delivery = new Delivery(context);
    for (let turn = 0; turn < 8; turn++) {
      const oldest = new Map<string, string>();
      for (const [key] of open.entries()) {
        const district = String(key.slice(0, 5));
        if (!oldest.has(district)) oldest.set(district, String(key));
      }
      const log = played(delivery);
      const orders = of(log, "update", "order");
      expect(orders.map(districtOf)).toEqual(Array.from({ length: DISTRICTS }, (_, d) => d + 1));
      expect(new Set(of(log, "delete", "new-order").map(({ key }) => String(key)))).toEqual(
        new Set(orders.map(({ key }) => oldest.get(String(key.slice(0, 5))))),
      );
      for (const order of orders) {
        const isHere = ({ key }: Access): boolean =>
          String(key.slice(0, 5)) === String(order.key.slice(0, 5));
        const lines = of(log, "update", "order-line").filter(isHere);
        expect(lines.map(({ key }) => String(key))).toEqual(
          Array.from({ length: order.after[ORDER.at.lines]! }, (_, line) =>
            String([...order.key, line + 1]),
          ),
        );
        for (const { after } of lines) expect(readI48(after, ORDER_LINE.at.delivery)).toBe(NOW);
        const carrier = order.after[ORDER.at.carrier]!;
        expect([order.before[ORDER.at.carrier], carrier >= 1 && carrier <= 10]).toEqual([0, true]);
        const [customer, ...others] = of(log, "update", "customer").filter(isHere);
        expect(others).toEqual([]);
        expect(numberOf(customer!)).toBe(readU32(order.after, ORDER.at.customer));
        const amounts = lines.map(({ after }) => readU32(after, ORDER_LINE.at.amount));
        const sum = amounts.reduce((total, amount) => total + amount, 0);
        expect(rise(customer!, CUSTOMER.at.balance)).toBe(sum);
        expect(rise16(customer!, CUSTOMER.at.deliveryCount)).toBe(1);
      }
    }
  });

  it("Order-Status reads a customer's newest order and all of its lines", () => {
    const { database, context, played } = ordered();
    const orders = database.tree("order").entries();
    const status = new OrderStatus(context);
    for (let turn = 0; turn < 60; turn++) {
      const log = played(status);
      const [customer] = of(log, "read", "customer");
      const [order] = of(log, "read", "order");
      const ofCustomer = orders.filter(
        ([key, row]) =>
          String(key.slice(0, 5)) === String(customer!.key.slice(0, 5)) &&
          readU32(row, ORDER.at.customer) === numberOf(customer!),
      );
      expect(order!.key).toEqual(ofCustomer.at(-1)![0]);
      const lines = of(log, "scan", "order-line").map(({ key }) => [...key]);
      expect(lines).toEqual([[...order!.key, 0]]);
      expect(log.every(({ does }) => does === "read" || does === "scan")).toBe(true);
    }
  });

  it("Stock-Level looks once at the stock of each item of the last twenty orders", () => {
    const { database, context, played } = ordered();
    const lines = database.tree("order-line").entries();
    const level = new StockLevel(context);
    for (let turn = 0; turn < 20; turn++) {
      const log = played(level);
      const [district] = of(log, "read", "district");
      const next = readU32(district!.before, DISTRICT.at.nextOrder);
      const recent = lines.filter(
        ([key]) =>
          String(key.slice(0, 5)) === String(district!.key) && readU32(key, 5) >= next - 20,
      );
      const items = new Set(recent.map(([, row]) => readU32(row, ORDER_LINE.at.item)));
      const stocks = of(log, "read", "stock");
      expect(stocks.every((stock) => warehouseOf(stock) === warehouseOf(district!))).toBe(true);
      expect(stocks.map(({ key }) => readU32(key, 4))).toEqual([...items].sort((a, b) => a - b));
    }
  });
});
