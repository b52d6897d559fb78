/** New-Order (clause 2.4): a customer orders 5 to 15 items. */
import { assert } from "../../base/assert.ts";
import { type EngineTask, MISS, type Transaction } from "../../engine/model.ts";
import { readU16, readU32, writeI48, writeU16, writeU32 } from "../row-layout.ts";
import { required } from "../transaction-source.ts";
import type { TpccContext } from "./context.ts";
import { itemRow } from "./scale.ts";
import {
  DISTRICT,
  DISTRICT_INFO_BYTES,
  ITEM,
  key4,
  key5,
  key8,
  key9,
  key10,
  key13,
  NO_CARRIER,
  NO_VALUE,
  ORDER,
  ORDER_LINE,
  STOCK,
} from "./schema.ts";

const MAX_LINES = 15;

export class NewOrder {
  readonly #context: TpccContext;
  #warehouse = 1;
  #district = 1;
  #customer = 1;
  #lines = 5;
  readonly #items = new Uint32Array(MAX_LINES);
  readonly #suppliers = new Uint32Array(MAX_LINES);
  readonly #quantities = new Uint8Array(MAX_LINES);
  readonly #orderRow = new Uint8Array(ORDER.bytes);
  readonly #lineRow = new Uint8Array(ORDER_LINE.bytes);
  /** The order's number, as the district gave it out; 0 before. */
  #order = 0;
  /** The line that `#takeStock` works for. */
  #line = 0;

  constructor(context: TpccContext) {
    this.#context = context;
  }

  draw(): void {
    const context = this.#context;
    const { random, plan } = context;
    this.#warehouse = context.homeWarehouse();
    this.#district = context.anyDistrict();
    this.#customer = random.customer();
    this.#lines = random.between(5, MAX_LINES);
    for (let line = 0; line < this.#lines; line++) {
      this.#items[line] = random.item();
      const isRemote = random.chance(1);
      this.#suppliers[line] = isRemote ? context.otherWarehouse(this.#warehouse) : this.#warehouse;
      this.#quantities[line] = random.between(1, 10);
    }
    // One in a hundred asks for an item that does not exist, and is rolled back.
    if (plan.rollsBack && random.chance(1)) this.#items[this.#lines - 1] = plan.scale.items + 1;
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    this.#order = 0;
    try {
      return yield* this.#place(transaction);
    } finally {
      const { openOrders } = this.#context.plan;
      if (this.#order > 0) openOrders.ended(this.#warehouse, this.#district);
    }
  }

  *#place(transaction: Transaction): EngineTask<boolean> {
    const { trees, keys, plan } = this.#context;
    const warehouse = this.#warehouse;
    const district = this.#district;
    key4(keys.warehouse, warehouse);
    let row = transaction.tryGet(trees.warehouse, keys.warehouse);
    if (row === MISS) row = yield* transaction.get(trees.warehouse, keys.warehouse);
    required(row, "warehouse");
    key5(keys.district, warehouse, district);
    let known = transaction.tryUpdate(trees.district, keys.district, this.#takeNumber);
    if (known === MISS)
      known = yield* transaction.update(trees.district, keys.district, this.#takeNumber);
    assert(known, "district: a row that the workload relies on is not there");
    key9(keys.customer, warehouse, district, this.#customer);
    row = transaction.tryGet(trees.customer, keys.customer);
    if (row === MISS) row = yield* transaction.get(trees.customer, keys.customer);
    required(row, "customer");
    yield* this.#insertOrder(transaction);
    for (let line = 0; line < this.#lines; line++) {
      const item = this.#items[line]!;
      key4(keys.item, itemRow(item, plan.scale));
      row = transaction.tryGet(trees.item, keys.item);
      if (row === MISS) row = yield* transaction.get(trees.item, keys.item);
      if (row === undefined) return false;
      const price = readU16(row, ITEM.at.price);
      this.#line = line;
      key8(keys.stock, this.#suppliers[line]!, item);
      let inStock = transaction.tryUpdate(trees.stock, keys.stock, this.#takeStock);
      if (inStock === MISS)
        inStock = yield* transaction.update(trees.stock, keys.stock, this.#takeStock);
      assert(inStock, "stock: a row that the workload relies on is not there");
      this.#writeLine(line, price);
      key10(keys["order-line"], warehouse, district, this.#order, line + 1);
      const isNew = yield* transaction.insert(
        trees["order-line"],
        keys["order-line"],
        this.#lineRow,
      );
      assert(isNew, "order-line: the key exists");
    }
    return true;
  }

  *#insertOrder(transaction: Transaction): EngineTask<void> {
    const { trees, keys, plan } = this.#context;
    const warehouse = this.#warehouse;
    const district = this.#district;
    const order = this.#order;
    const row = this.#orderRow;
    const { at } = ORDER;
    let allLocal = 1;
    for (let line = 0; line < this.#lines; line++) {
      if (this.#suppliers[line] !== warehouse) allLocal = 0;
    }
    writeU32(row, at.customer, this.#customer);
    writeI48(row, at.entry, plan.now());
    row[at.carrier] = NO_CARRIER;
    row[at.lines] = this.#lines;
    row[at.allLocal] = allLocal;
    key9(keys.order, warehouse, district, order);
    const isNew = yield* transaction.insert(trees.order, keys.order, row);
    assert(isNew, "order: the key exists", order);
    key13(keys["order-by-customer"], warehouse, district, this.#customer, order);
    yield* transaction.insert(trees["order-by-customer"], keys["order-by-customer"], NO_VALUE);
    key9(keys["new-order"], warehouse, district, order);
    yield* transaction.insert(trees["new-order"], keys["new-order"], NO_VALUE);
  }

  #writeLine(line: number, price: number): void {
    const row = this.#lineRow;
    const { at } = ORDER_LINE;
    const quantity = this.#quantities[line]!;
    writeU32(row, at.item, this.#items[line]!);
    writeU32(row, at.supplyWarehouse, this.#suppliers[line]!);
    writeI48(row, at.delivery, 0);
    row[at.quantity] = quantity;
    writeU32(row, at.amount, quantity * price);
  }

  readonly #takeNumber = (district: Uint8Array): void => {
    this.#order = readU32(district, DISTRICT.at.nextOrder);
    writeU32(district, DISTRICT.at.nextOrder, this.#order + 1);
    this.#context.plan.openOrders.begun(this.#warehouse, this.#district);
  };

  readonly #takeStock = (stock: Uint8Array): void => {
    const { at } = STOCK;
    const wanted = this.#quantities[this.#line]!;
    const inStock = readU16(stock, at.quantity);
    writeU16(stock, at.quantity, inStock >= wanted + 10 ? inStock - wanted : inStock - wanted + 91);
    writeU32(stock, at.ytd, readU32(stock, at.ytd) + wanted);
    writeU16(stock, at.orders, readU16(stock, at.orders) + 1);
    if (this.#suppliers[this.#line] !== this.#warehouse) {
      writeU16(stock, at.remote, readU16(stock, at.remote) + 1);
    }
    const from = at.districts + (this.#district - 1) * DISTRICT_INFO_BYTES;
    const to = ORDER_LINE.at.info;
    for (let index = 0; index < DISTRICT_INFO_BYTES; index++) {
      this.#lineRow[to + index] = stock[from + index]!;
    }
  };
}
