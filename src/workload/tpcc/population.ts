/**
 * The initial population (clause 4.3.3), tree by tree in key order, as rows for bulk loading.
 *
 * Rows are written into buffers that are reused. Texts are cut from a pool of random letters.
 */
import { RandomStream } from "../../base/random.ts";
import type { Database } from "../../engine/model.ts";
import { readU32, startsWith, writeI48, writeU16, writeU32 } from "../row-layout.ts";
import { lastName } from "./names.ts";
import { itemRows, nameCount, type TpccScale, undeliveredFrom } from "./scale.ts";
import {
  CUSTOMER,
  DISTRICT,
  DISTRICTS,
  HISTORY,
  historyKey,
  ITEM,
  KEY_BYTES,
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
  TREE_NAMES,
  type TreeName,
  WAREHOUSE,
} from "./schema.ts";

type Row = readonly [key: Uint8Array, value: Uint8Array];
type Rows = Generator<Row, void, void>;

const POOL_BYTES = 1 << 14;
/** "ORIGINAL", which a tenth of the items and stocks carry. */
const ORIGINAL = Uint8Array.from("ORIGINAL", (letter) => letter.charCodeAt(0));
const GOOD_CREDIT = Uint8Array.from("GC", (letter) => letter.charCodeAt(0));
export const BAD_CREDIT = Uint8Array.from("BC", (letter) => letter.charCodeAt(0));
const MIDDLE = Uint8Array.from("OE", (letter) => letter.charCodeAt(0));

/** Amounts in cents, taxes and discounts in hundredths of a per cent. */
const WAREHOUSE_YTD = 30_000_000;
const DISTRICT_YTD = 3_000_000;
const CREDIT_LIMIT = 5_000_000;
const FIRST_PAYMENT = 1_000;
/** Who writes the first rows of the history; clients count from 1. */
const LOADER = 0;

/** Text and numbers of the population. */
class Filler {
  readonly random: RandomStream;
  readonly #letters = new Uint8Array(POOL_BYTES);

  constructor(seed: number, name: string) {
    this.random = new RandomStream(seed, name);
    for (let index = 0; index < POOL_BYTES; index++) {
      this.#letters[index] = 65 + this.random.below(26);
    }
  }

  between(low: number, high: number): number {
    return low + this.random.below(high - low + 1);
  }

  text(row: Uint8Array, at: number, bytes: number): void {
    const from = this.random.below(POOL_BYTES - bytes);
    const letters = this.#letters;
    for (let index = 0; index < bytes; index++) row[at + index] = letters[from + index]!;
  }

  /** Text of which one in ten has "ORIGINAL" inside. */
  data(row: Uint8Array, at: number, bytes: number): void {
    this.text(row, at, bytes);
    if (this.random.below(10) > 0) return;
    row.set(ORIGINAL, at + this.random.below(bytes - ORIGINAL.length + 1));
  }
}

/** How many lines an order of the first population has: 5 … 15, known to two tables. */
function linesOf(warehouse: number, district: number, order: number): number {
  return 5 + (((((warehouse * 31 + district) * 131 + order) * 2_654_435) >>> 7) % 11);
}

/** Customers place one order each, in an order that is a permutation of their numbers. */
function permutation(customers: number, filler: Filler): Uint32Array {
  const order = Uint32Array.from({ length: customers }, (_, index) => index + 1);
  for (let index = customers - 1; index > 0; index--) {
    const other = filler.random.below(index + 1);
    const swapped = order[index]!;
    order[index] = order[other]!;
    order[other] = swapped;
  }
  return order;
}

const nameOf = (customer: number, names: number): number => (customer - 1) % names;

/** Each tree's rows. */
const ROWS: Readonly<Record<TreeName, (scale: TpccScale, filler: Filler) => Rows>> = {
  *warehouse({ warehouses }, filler) {
    const key = new Uint8Array(KEY_BYTES.warehouse);
    const row = new Uint8Array(WAREHOUSE.bytes);
    const { at } = WAREHOUSE;
    for (let warehouse = 1; warehouse <= warehouses; warehouse++) {
      filler.text(row, 0, at.tax);
      writeU16(row, at.tax, filler.random.below(2_001));
      writeI48(row, at.ytd, WAREHOUSE_YTD);
      yield [key4(key, warehouse), row];
    }
  },

  *district({ warehouses, customersPerDistrict }, filler) {
    const key = new Uint8Array(KEY_BYTES.district);
    const row = new Uint8Array(DISTRICT.bytes);
    const { at } = DISTRICT;
    for (let warehouse = 1; warehouse <= warehouses; warehouse++) {
      for (let district = 1; district <= DISTRICTS; district++) {
        filler.text(row, 0, at.tax);
        writeU16(row, at.tax, filler.random.below(2_001));
        writeI48(row, at.ytd, DISTRICT_YTD);
        writeU32(row, at.nextOrder, customersPerDistrict + 1);
        yield [key5(key, warehouse, district), row];
      }
    }
  },

  *customer(scale, filler) {
    const key = new Uint8Array(KEY_BYTES.customer);
    const row = new Uint8Array(CUSTOMER.bytes);
    const { at } = CUSTOMER;
    const names = nameCount(scale);
    for (const [warehouse, district] of districtsOf(scale)) {
      for (let customer = 1; customer <= scale.customersPerDistrict; customer++) {
        filler.text(row, 0, CUSTOMER.bytes);
        writeFirstName(row, at.first, warehouse, district, customer);
        row.set(MIDDLE, at.middle);
        row.set(lastName(nameOf(customer, names)), at.last);
        writeI48(row, at.since, 0);
        row.set(filler.random.below(10) === 0 ? BAD_CREDIT : GOOD_CREDIT, at.credit);
        writeI48(row, at.creditLimit, CREDIT_LIMIT);
        writeU16(row, at.discount, filler.random.below(5_001));
        writeI48(row, at.balance, -FIRST_PAYMENT);
        writeI48(row, at.ytdPayment, FIRST_PAYMENT);
        writeU16(row, at.paymentCount, 1);
        writeU16(row, at.deliveryCount, 0);
        yield [key9(key, warehouse, district, customer), row];
      }
    }
  },

  *"customer-by-name"(scale) {
    const names = nameCount(scale);
    for (const [warehouse, district] of districtsOf(scale)) {
      const keys = Array.from({ length: scale.customersPerDistrict }, (_, index) => {
        const key = new Uint8Array(KEY_BYTES["customer-by-name"]);
        key5(key, warehouse, district);
        key.set(lastName(nameOf(index + 1, names)), 5);
        writeFirstName(key, 21, warehouse, district, index + 1);
        writeU32(key, 37, index + 1);
        return key;
      });
      keys.sort(compareBytes);
      for (const key of keys) yield [key, NO_VALUE];
    }
  },

  *history(scale, filler) {
    const key = new Uint8Array(KEY_BYTES.history);
    const row = new Uint8Array(HISTORY.bytes);
    const { at } = HISTORY;
    let count = 0;
    for (const [warehouse, district] of districtsOf(scale)) {
      for (let customer = 1; customer <= scale.customersPerDistrict; customer++) {
        writeU32(row, at.customer, customer);
        row[at.customerDistrict] = district;
        writeU32(row, at.customerWarehouse, warehouse);
        row[at.district] = district;
        writeU32(row, at.warehouse, warehouse);
        writeU32(row, at.amount, FIRST_PAYMENT);
        filler.text(row, at.data, HISTORY.width.data);
        yield [historyKey(key, LOADER, count), row];
        count += 1;
      }
    }
  },

  *"new-order"(scale) {
    const key = new Uint8Array(KEY_BYTES["new-order"]);
    for (const [warehouse, district] of districtsOf(scale)) {
      for (let order = undeliveredFrom(scale); order <= scale.customersPerDistrict; order++) {
        yield [key9(key, warehouse, district, order), NO_VALUE];
      }
    }
  },

  *order(scale, filler) {
    const key = new Uint8Array(KEY_BYTES.order);
    const row = new Uint8Array(ORDER.bytes);
    const { at } = ORDER;
    const customers = permutation(scale.customersPerDistrict, filler);
    for (const [warehouse, district] of districtsOf(scale)) {
      for (let order = 1; order <= scale.customersPerDistrict; order++) {
        writeU32(row, at.customer, customers[order - 1]!);
        writeI48(row, at.entry, 0);
        const isDelivered = order < undeliveredFrom(scale);
        row[at.carrier] = isDelivered ? filler.between(1, 10) : NO_CARRIER;
        row[at.lines] = linesOf(warehouse, district, order);
        row[at.allLocal] = 1;
        yield [key9(key, warehouse, district, order), row];
      }
    }
  },

  *"order-by-customer"(scale, filler) {
    const key = new Uint8Array(KEY_BYTES["order-by-customer"]);
    const orders = inverse(permutation(scale.customersPerDistrict, filler));
    for (const [warehouse, district] of districtsOf(scale)) {
      for (let customer = 1; customer <= scale.customersPerDistrict; customer++) {
        yield [key13(key, warehouse, district, customer, orders[customer - 1]!), NO_VALUE];
      }
    }
  },

  *"order-line"(scale, filler) {
    const key = new Uint8Array(KEY_BYTES["order-line"]);
    const row = new Uint8Array(ORDER_LINE.bytes);
    const { at } = ORDER_LINE;
    for (const [warehouse, district] of districtsOf(scale)) {
      for (let order = 1; order <= scale.customersPerDistrict; order++) {
        const isDelivered = order < undeliveredFrom(scale);
        const lines = linesOf(warehouse, district, order);
        for (let line = 1; line <= lines; line++) {
          writeU32(row, at.item, filler.between(1, scale.items));
          writeU32(row, at.supplyWarehouse, warehouse);
          writeI48(row, at.delivery, isDelivered ? 1 : 0);
          row[at.quantity] = 5;
          writeU32(row, at.amount, isDelivered ? 0 : filler.between(1, 999_999));
          filler.text(row, at.info, ORDER_LINE.width.info);
          yield [key10(key, warehouse, district, order, line), row];
        }
      }
    }
  },

  *item(scale, filler) {
    const key = new Uint8Array(KEY_BYTES.item);
    const row = new Uint8Array(ITEM.bytes);
    const { at } = ITEM;
    for (let item = 1; item <= itemRows(scale); item++) {
      writeU16(row, at.image, filler.between(1, 10_000));
      filler.text(row, at.name, ITEM.width.name);
      writeU16(row, at.price, filler.between(100, 10_000));
      filler.data(row, at.data, ITEM.width.data);
      yield [key4(key, item), row];
    }
  },

  *stock({ warehouses, items }, filler) {
    const key = new Uint8Array(KEY_BYTES.stock);
    const row = new Uint8Array(STOCK.bytes);
    const { at } = STOCK;
    for (let warehouse = 1; warehouse <= warehouses; warehouse++) {
      for (let item = 1; item <= items; item++) {
        writeU16(row, at.quantity, filler.between(10, 100));
        filler.text(row, at.districts, STOCK.width.districts);
        filler.data(row, at.data, STOCK.width.data);
        yield [key8(key, warehouse, item), row];
      }
    }
  },
};

/** Creates and fills every tree of `database`. */
export function loadTpcc(database: Database, scale: TpccScale, seed: number): void {
  for (const name of TREE_NAMES) database.createTree(name);
  for (const name of TREE_NAMES) {
    const tree = database.tree(name);
    // Both tables of orders draw the same permutation.
    const stream = name === "order-by-customer" ? "order" : name;
    database.bulkLoad(tree, ROWS[name](scale, new Filler(seed, `tpcc population ${stream}`)));
  }
}

function* districtsOf({ warehouses }: TpccScale): Generator<readonly [number, number], void, void> {
  for (let warehouse = 1; warehouse <= warehouses; warehouse++) {
    for (let district = 1; district <= DISTRICTS; district++) yield [warehouse, district];
  }
}

/** First names only have to differ and to be found again: letters from the customer's number. */
function writeFirstName(
  row: Uint8Array,
  at: number,
  warehouse: number,
  district: number,
  customer: number,
): void {
  let state = Math.imul(warehouse * 4_001 + district * 331 + customer, 0x9e3779b1) >>> 0;
  for (let index = 0; index < 16; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    row[at + index] = index < 8 ? 65 + ((state >>> 16) % 26) : 0;
  }
}

function inverse(permuted: Uint32Array): Uint32Array {
  const positions = new Uint32Array(permuted.length);
  permuted.forEach((value, index) => {
    positions[value - 1] = index + 1;
  });
  return positions;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  if (startsWith(left, right, right.length)) return left.length - right.length;
  let at = 0;
  while (left[at] === right[at]) at += 1;
  return left[at]! - right[at]!;
}

/** Number of the customer in a by-name key. */
export const customerOfNameKey = (key: Uint8Array): number => readU32(key, key.length - 4);
