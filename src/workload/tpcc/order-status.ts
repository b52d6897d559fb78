/** Order-Status (clause 2.6): what became of a customer's last order. Reads only. */
import { assert } from "../../base/assert.ts";
import { type EngineTask, MISS, type Transaction } from "../../engine/model.ts";
import { readU32, startsWith } from "../row-layout.ts";
import { required } from "../transaction-source.ts";
import { CustomerChoice, type TpccContext } from "./context.ts";
import { key9, key10, key13, ORDER } from "./schema.ts";

const LAST_ORDER = 0xffff_ffff;

export class OrderStatus {
  readonly #context: TpccContext;
  readonly #choice = new CustomerChoice();
  readonly #lineKey: Uint8Array;
  readonly #customerKey: Uint8Array;
  #order = 0;
  #lines = 0;

  constructor(context: TpccContext) {
    this.#context = context;
    this.#lineKey = context.keys["order-line"];
    this.#customerKey = context.keys["order-by-customer"];
  }

  draw(): void {
    const context = this.#context;
    context.chooseCustomer(this.#choice, context.homeWarehouse(), context.anyDistrict());
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    const { trees, keys } = this.#context;
    const { warehouse, district } = this.#choice;
    const customer = yield* this.#context.customerNumber(transaction, this.#choice);
    key9(keys.customer, warehouse, district, customer);
    let row = transaction.tryGet(trees.customer, keys.customer);
    if (row === MISS) row = yield* transaction.get(trees.customer, keys.customer);
    required(row, "customer");
    key13(this.#customerKey, warehouse, district, customer, LAST_ORDER);
    this.#order = 0;
    yield* transaction.scan(trees["order-by-customer"], this.#customerKey, -1, this.#takeOrder);
    key9(keys.order, warehouse, district, this.#order);
    row = transaction.tryGet(trees.order, keys.order);
    if (row === MISS) row = yield* transaction.get(trees.order, keys.order);
    const expected = required(row, "order")[ORDER.at.lines]!;
    this.#lines = 0;
    key10(this.#lineKey, warehouse, district, this.#order, 0);
    yield* transaction.scan(trees["order-line"], this.#lineKey, 1, this.#countLine);
    // Who reads what is not committed may find an order whose lines are still to come.
    assert(this.#lines <= expected, "an order with more lines than it says");
    return true;
  }

  readonly #takeOrder = (key: Uint8Array): boolean => {
    if (startsWith(key, this.#customerKey, 9)) this.#order = readU32(key, 9);
    return false;
  };

  readonly #countLine = (key: Uint8Array): boolean => {
    if (!startsWith(key, this.#lineKey, 9)) return false;
    this.#lines += 1;
    return true;
  };
}
