/**
 * The nine tables of TPC-C and the two indexes that its transactions need, as trees.
 *
 * Columns and widths are those of the standard (clause 1.3); numbers take the fewest bytes that
 * hold them. What identifies a row is in its key and not repeated in the row.
 */
import type { Database, Tree } from "../../engine/model.ts";
import { rowLayout, writeU16, writeU32 } from "../row-layout.ts";

const ADDRESS = { street1: 20, street2: 20, city: 20, state: 2, zip: 9 } as const;

export const WAREHOUSE = rowLayout({ name: 10, ...ADDRESS, tax: 2, ytd: 6 });
export const DISTRICT = rowLayout({ name: 10, ...ADDRESS, tax: 2, ytd: 6, nextOrder: 4 });
export const CUSTOMER = rowLayout({
  first: 16,
  middle: 2,
  last: 16,
  ...ADDRESS,
  phone: 16,
  since: 6,
  credit: 2,
  creditLimit: 6,
  discount: 2,
  balance: 6,
  ytdPayment: 6,
  paymentCount: 2,
  deliveryCount: 2,
  data: 500,
});
export const HISTORY = rowLayout({
  customer: 4,
  customerDistrict: 1,
  customerWarehouse: 4,
  district: 1,
  warehouse: 4,
  date: 6,
  amount: 4,
  data: 24,
});
export const ORDER = rowLayout({ customer: 4, entry: 6, carrier: 1, lines: 1, allLocal: 1 });
export const ORDER_LINE = rowLayout({
  item: 4,
  supplyWarehouse: 4,
  delivery: 6,
  quantity: 1,
  amount: 4,
  info: 24,
});
export const ITEM = rowLayout({ image: 2, name: 24, price: 2, data: 50 });
export const STOCK = rowLayout({
  quantity: 2,
  districts: 240,
  ytd: 4,
  orders: 2,
  remote: 2,
  data: 50,
});

/** Width of one of a stock row's ten district columns. */
export const DISTRICT_INFO_BYTES = 24;
export const DISTRICTS = 10;
/** Orders not delivered yet carry this in place of a carrier. */
export const NO_CARRIER = 0;

export const TREE_NAMES = [
  "warehouse",
  "district",
  "customer",
  "customer-by-name",
  "history",
  "new-order",
  "order",
  "order-by-customer",
  "order-line",
  "item",
  "stock",
] as const;
export type TreeName = (typeof TREE_NAMES)[number];
export type TpccTrees = Readonly<Record<TreeName, Tree>>;

export function tpccTrees(tree: (name: TreeName) => Tree): TpccTrees {
  return Object.fromEntries(TREE_NAMES.map((name) => [name, tree(name)])) as Record<TreeName, Tree>;
}

/** The trees of a database that holds TPC-C already. */
export const treesOf = (database: Database): TpccTrees => tpccTrees((name) => database.tree(name));

/** Rows that are only a key. */
export const NO_VALUE = new Uint8Array(0);

const NAME_BYTES = 16;
/** Widths of keys. Warehouse, order, customer and item numbers take 4 bytes, the others 1. */
export const KEY_BYTES: Readonly<Record<TreeName, number>> = {
  warehouse: 4,
  district: 5,
  customer: 9,
  "customer-by-name": 5 + 2 * NAME_BYTES + 4,
  history: 6,
  "new-order": 9,
  order: 9,
  "order-by-customer": 13,
  "order-line": 10,
  item: 4,
  stock: 8,
};

/** Widths of rows. */
export const VALUE_BYTES: Readonly<Record<TreeName, number>> = {
  warehouse: WAREHOUSE.bytes,
  district: DISTRICT.bytes,
  customer: CUSTOMER.bytes,
  "customer-by-name": 0,
  history: HISTORY.bytes,
  "new-order": 0,
  order: ORDER.bytes,
  "order-by-customer": 0,
  "order-line": ORDER_LINE.bytes,
  item: ITEM.bytes,
  stock: STOCK.bytes,
};

/** Key buffers of one client, one per tree; each is filled before a call and free after it. */
export type TpccKeys = Readonly<Record<TreeName, Uint8Array>>;

export const tpccKeys = (): TpccKeys =>
  Object.fromEntries(TREE_NAMES.map((name) => [name, new Uint8Array(KEY_BYTES[name])])) as Record<
    TreeName,
    Uint8Array
  >;

/** warehouse; item. */
export function key4(key: Uint8Array, number: number): Uint8Array {
  writeU32(key, 0, number);
  return key;
}

/** warehouse, district. */
export function key5(key: Uint8Array, warehouse: number, district: number): Uint8Array {
  writeU32(key, 0, warehouse);
  key[4] = district;
  return key;
}

/** warehouse, item. */
export function key8(key: Uint8Array, warehouse: number, item: number): Uint8Array {
  writeU32(key, 0, warehouse);
  writeU32(key, 4, item);
  return key;
}

/** warehouse, district, customer or order. */
export function key9(
  key: Uint8Array,
  warehouse: number,
  district: number,
  number: number,
): Uint8Array {
  key5(key, warehouse, district);
  writeU32(key, 5, number);
  return key;
}

/** warehouse, district, order, line. */
export function key10(
  key: Uint8Array,
  warehouse: number,
  district: number,
  order: number,
  line: number,
): Uint8Array {
  key9(key, warehouse, district, order);
  key[9] = line;
  return key;
}

/** warehouse, district, customer, order. */
export function key13(
  key: Uint8Array,
  warehouse: number,
  district: number,
  customer: number,
  order: number,
): Uint8Array {
  key9(key, warehouse, district, customer);
  writeU32(key, 9, order);
  return key;
}

/** Rows of the history have no natural key: whoever wrote it, and its how-manieth it is. */
export function historyKey(key: Uint8Array, writer: number, count: number): Uint8Array {
  writeU16(key, 0, writer);
  writeU32(key, 2, count);
  return key;
}

/** Bytes of a by-name key before the first name: warehouse, district, last name. */
export const NAME_PREFIX_BYTES = 5 + NAME_BYTES;
