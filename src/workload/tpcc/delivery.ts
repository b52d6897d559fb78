/** Delivery (clause 2.7): the oldest open order of each of a warehouse's ten districts. */
import { assert } from "../../base/assert.ts";
import { type EngineTask, MISS, type Transaction } from "../../engine/model.ts";
import { readI48, readU16, readU32, startsWith, writeI48, writeU16 } from "../row-layout.ts";
import type { TpccContext } from "./context.ts";
import { CUSTOMER, DISTRICTS, key9, key10, ORDER, ORDER_LINE } from "./schema.ts";

export class Delivery {
  readonly #context: TpccContext;
  readonly #newOrderKey: Uint8Array;
  #warehouse = 1;
  #carrier = 1;
  #order = 0;
  #customer = 0;
  #lines = 0;
  #amountCents = 0;

  constructor(context: TpccContext) {
    this.#context = context;
    this.#newOrderKey = context.keys["new-order"];
  }

  draw(): void {
    this.#warehouse = this.#context.homeWarehouse();
    this.#carrier = this.#context.random.between(1, 10);
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    for (let district = 1; district <= DISTRICTS; district++) {
      yield* this.#deliver(transaction, district);
    }
    return true;
  }

  *#deliver(transaction: Transaction, district: number): EngineTask<void> {
    const { trees, keys } = this.#context;
    const warehouse = this.#warehouse;
    const key = this.#newOrderKey;
    key9(key, warehouse, district, 0);
    this.#order = 0;
    yield* transaction.scan(trees["new-order"], key, 1, this.#takeOldest);
    // No order is open.
    if (this.#order === 0) return;
    key9(key, warehouse, district, this.#order);
    // Below serialisability another delivery may have been faster.
    if (!(yield* transaction.delete(trees["new-order"], key))) return;
    key9(keys.order, warehouse, district, this.#order);
    let known = transaction.tryUpdate(trees.order, keys.order, this.#setCarrier);
    if (known === MISS)
      known = yield* transaction.update(trees.order, keys.order, this.#setCarrier);
    assert(known, "order: a row that the workload relies on is not there");
    this.#amountCents = 0;
    for (let line = 1; line <= this.#lines; line++) {
      key10(keys["order-line"], warehouse, district, this.#order, line);
      known = transaction.tryUpdate(trees["order-line"], keys["order-line"], this.#setDate);
      if (known === MISS)
        known = yield* transaction.update(trees["order-line"], keys["order-line"], this.#setDate);
      assert(known, "order-line: a row that the workload relies on is not there");
    }
    key9(keys.customer, warehouse, district, this.#customer);
    known = transaction.tryUpdate(trees.customer, keys.customer, this.#charge);
    if (known === MISS)
      known = yield* transaction.update(trees.customer, keys.customer, this.#charge);
    assert(known, "customer: a row that the workload relies on is not there");
  }

  readonly #takeOldest = (key: Uint8Array): boolean => {
    if (startsWith(key, this.#newOrderKey, 5)) this.#order = readU32(key, 5);
    return false;
  };

  readonly #setCarrier = (row: Uint8Array): void => {
    const { at } = ORDER;
    row[at.carrier] = this.#carrier;
    this.#customer = readU32(row, at.customer);
    this.#lines = row[at.lines]!;
  };

  readonly #setDate = (row: Uint8Array): void => {
    const { at } = ORDER_LINE;
    writeI48(row, at.delivery, this.#context.plan.now());
    this.#amountCents += readU32(row, at.amount);
  };

  readonly #charge = (row: Uint8Array): void => {
    const { at } = CUSTOMER;
    writeI48(row, at.balance, readI48(row, at.balance) + this.#amountCents);
    writeU16(row, at.deliveryCount, readU16(row, at.deliveryCount) + 1);
  };
}
