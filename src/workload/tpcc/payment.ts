/** Payment (clause 2.5): a customer pays, at a district that may not be its own. */
import { assert } from "../../base/assert.ts";
import { type EngineTask, MISS, type Transaction } from "../../engine/model.ts";
import { readI48, readU16, writeI48, writeU16, writeU32 } from "../row-layout.ts";
import { CustomerChoice, type TpccContext } from "./context.ts";
import { BAD_CREDIT } from "./population.ts";
import { CUSTOMER, DISTRICT, HISTORY, historyKey, key4, key5, key9, WAREHOUSE } from "./schema.ts";

/** A customer with bad credit has this much of each payment noted down in front of its data. */
const NOTE_BYTES = 24;

export class Payment {
  readonly #context: TpccContext;
  readonly #choice = new CustomerChoice();
  readonly #historyRow = new Uint8Array(HISTORY.bytes);
  #warehouse = 1;
  #district = 1;
  #amountCents = 0;
  #customer = 0;

  constructor(context: TpccContext) {
    this.#context = context;
  }

  draw(): void {
    const context = this.#context;
    const { random } = context;
    this.#warehouse = context.homeWarehouse();
    this.#district = context.anyDistrict();
    this.#amountCents = random.between(100, 500_000);
    if (random.chance(85)) {
      context.chooseCustomer(this.#choice, this.#warehouse, this.#district);
    } else {
      const warehouse = context.otherWarehouse(this.#warehouse);
      context.chooseCustomer(this.#choice, warehouse, context.anyDistrict());
    }
  }

  *run(transaction: Transaction): EngineTask<boolean> {
    const { trees, keys } = this.#context;
    key4(keys.warehouse, this.#warehouse);
    let known = transaction.tryUpdate(trees.warehouse, keys.warehouse, this.#addToWarehouse);
    if (known === MISS)
      known = yield* transaction.update(trees.warehouse, keys.warehouse, this.#addToWarehouse);
    assert(known, "warehouse: a row that the workload relies on is not there");
    key5(keys.district, this.#warehouse, this.#district);
    known = transaction.tryUpdate(trees.district, keys.district, this.#addToDistrict);
    if (known === MISS)
      known = yield* transaction.update(trees.district, keys.district, this.#addToDistrict);
    assert(known, "district: a row that the workload relies on is not there");
    const choice = this.#choice;
    this.#customer = yield* this.#context.customerNumber(transaction, choice);
    key9(keys.customer, choice.warehouse, choice.district, this.#customer);
    known = transaction.tryUpdate(trees.customer, keys.customer, this.#pay);
    if (known === MISS) known = yield* transaction.update(trees.customer, keys.customer, this.#pay);
    assert(known, "customer: a row that the workload relies on is not there");
    yield* this.#insertHistory(transaction);
    return true;
  }

  *#insertHistory(transaction: Transaction): EngineTask<void> {
    const { trees, keys, plan } = this.#context;
    const row = this.#historyRow;
    const { at } = HISTORY;
    writeU32(row, at.customer, this.#customer);
    row[at.customerDistrict] = this.#choice.district;
    writeU32(row, at.customerWarehouse, this.#choice.warehouse);
    row[at.district] = this.#district;
    writeU32(row, at.warehouse, this.#warehouse);
    writeI48(row, at.date, plan.now());
    writeU32(row, at.amount, this.#amountCents);
    historyKey(keys.history, plan.writer, this.#context.nextHistory());
    const isNew = yield* transaction.insert(trees.history, keys.history, row);
    assert(isNew, "history: the key exists");
  }

  readonly #addToWarehouse = (row: Uint8Array): void => {
    const { at } = WAREHOUSE;
    writeI48(row, at.ytd, readI48(row, at.ytd) + this.#amountCents);
    // The history keeps both names.
    for (let index = 0; index < 10; index++) {
      this.#historyRow[HISTORY.at.data + index] = row[at.name + index]!;
    }
  };

  readonly #addToDistrict = (row: Uint8Array): void => {
    const { at } = DISTRICT;
    writeI48(row, at.ytd, readI48(row, at.ytd) + this.#amountCents);
    for (let index = 0; index < 10; index++) {
      this.#historyRow[HISTORY.at.data + 14 + index] = row[at.name + index]!;
    }
  };

  readonly #pay = (row: Uint8Array): void => {
    const { at, width } = CUSTOMER;
    writeI48(row, at.balance, readI48(row, at.balance) - this.#amountCents);
    writeI48(row, at.ytdPayment, readI48(row, at.ytdPayment) + this.#amountCents);
    writeU16(row, at.paymentCount, readU16(row, at.paymentCount) + 1);
    if (row[at.credit] !== BAD_CREDIT[0]) return;
    row.copyWithin(at.data + NOTE_BYTES, at.data, at.data + width.data - NOTE_BYTES);
    writeU32(row, at.data, this.#customer);
    writeU32(row, at.data + 4, this.#choice.warehouse);
    writeU32(row, at.data + 8, this.#warehouse);
    writeU32(row, at.data + 12, this.#district);
    writeI48(row, at.data + 16, this.#amountCents);
  };
}
