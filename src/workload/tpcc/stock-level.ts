/** Stock-Level (clause 2.8): how many items of the last 20 orders run low. Reads only. */
import { type EngineTask, MISS, type Transaction } from "../../engine/model.ts";
import { readU16, readU32, startsWith } from "../row-layout.ts";
import { required } from "../transaction-source.ts";
import type { TpccContext } from "./context.ts";
import { DISTRICT, key5, key8, key10, ORDER_LINE, STOCK } from "./schema.ts";

const ORDERS = 20;
const MAX_LINES = 15;

export class StockLevel {
  readonly #context: TpccContext;
  readonly #lineKey: Uint8Array;
  readonly #items = new Uint32Array(ORDERS * MAX_LINES);
  #itemCount = 0;
  #warehouse = 1;
  #district = 1;
  #threshold = 10;
  #nextOrder = 0;

  constructor(context: TpccContext) {
    this.#context = context;
    this.#lineKey = context.keys["order-line"];
  }

  draw(): void {
    const { random } = this.#context;
    this.#warehouse = this.#context.homeWarehouse();
    this.#district = this.#context.anyDistrict();
    this.#threshold = random.between(10, 20);
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    const { trees, keys } = this.#context;
    const warehouse = this.#warehouse;
    key5(keys.district, warehouse, this.#district);
    let row = transaction.tryGet(trees.district, keys.district);
    if (row === MISS) row = yield* transaction.get(trees.district, keys.district);
    this.#nextOrder = readU32(required(row, "district"), DISTRICT.at.nextOrder);
    // Orders under way have half of their lines on average.
    const open = this.#context.plan.openOrders.in(warehouse, this.#district);
    const firstOrder = Math.max(1, this.#nextOrder - ORDERS - (open >> 1));
    key10(this.#lineKey, warehouse, this.#district, firstOrder, 0);
    this.#itemCount = 0;
    yield* transaction.scan(trees["order-line"], this.#lineKey, 1, this.#takeItem);
    const items = this.#items.subarray(0, this.#itemCount).sort();
    let low = 0;
    for (let index = 0; index < items.length; index++) {
      const item = items[index]!;
      if (index > 0 && item === items[index - 1]) continue;
      key8(keys.stock, warehouse, item);
      row = transaction.tryGet(trees.stock, keys.stock);
      if (row === MISS) row = yield* transaction.get(trees.stock, keys.stock);
      if (readU16(required(row, "stock"), STOCK.at.quantity) < this.#threshold) low += 1;
    }
    return low >= 0;
  }

  readonly #takeItem = (key: Uint8Array, row: Uint8Array): boolean => {
    if (!startsWith(key, this.#lineKey, 5) || readU32(key, 5) >= this.#nextOrder) return false;
    this.#items[this.#itemCount] = readU32(row, ORDER_LINE.at.item);
    this.#itemCount += 1;
    return true;
  };
}
