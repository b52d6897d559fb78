/** What the five transactions of one client share: trees, key buffers, random numbers, a clock. */
import type { EngineTask, Transaction } from "../../engine/model.ts";
import { startsWith } from "../row-layout.ts";
import { lastName } from "./names.ts";
import type { OpenOrders } from "./open-orders.ts";
import { customerOfNameKey } from "./population.ts";
import type { TpccRandom, TpccScale } from "./scale.ts";
import { DISTRICTS, key5, NAME_PREFIX_BYTES, type TpccKeys, type TpccTrees } from "./schema.ts";

export interface TpccClientPlan {
  readonly trees: TpccTrees;
  readonly scale: TpccScale;
  readonly random: TpccRandom;
  /** Warehouses at which this client works, so that clients do not meet at home. */
  readonly firstWarehouse: number;
  readonly warehouseCount: number;
  /** Who writes this client's rows of the history: from 1 on. */
  readonly writer: number;
  readonly rollsBack: boolean;
  /** Of all clients. */
  readonly openOrders: OpenOrders;
  /** Time of day, in simulated microseconds. */
  now(): number;
}

/** A customer as a transaction's input names it. */
export class CustomerChoice {
  warehouse = 1;
  district = 1;
  /** Number of the customer; 0 when it is asked for by last name. */
  customer = 0;
  name = 0;
}

export class TpccContext {
  readonly trees: TpccTrees;
  readonly keys: TpccKeys;
  readonly random: TpccRandom;
  readonly plan: TpccClientPlan;
  readonly #found: number[] = [];
  readonly #nameKey: Uint8Array;
  #historyCount = 0;

  constructor(plan: TpccClientPlan, keys: TpccKeys) {
    this.plan = plan;
    this.trees = plan.trees;
    this.keys = keys;
    this.random = plan.random;
    this.#nameKey = keys["customer-by-name"];
  }

  homeWarehouse(): number {
    const { firstWarehouse, warehouseCount } = this.plan;
    return this.random.between(firstWarehouse, firstWarehouse + warehouseCount - 1);
  }

  /** Any warehouse but `home`; `home` when it is the only one. */
  otherWarehouse(home: number): number {
    const { warehouses } = this.plan.scale;
    if (warehouses === 1) return home;
    const other = this.random.between(1, warehouses - 1);
    return other < home ? other : other + 1;
  }

  /** Three in five customers are asked for by last name (clauses 2.5.1.2, 2.6.1.2). */
  chooseCustomer(choice: CustomerChoice, warehouse: number, district: number): void {
    choice.warehouse = warehouse;
    choice.district = district;
    const byName = this.random.chance(60);
    choice.customer = byName ? 0 : this.random.customer();
    choice.name = byName ? this.random.name() : 0;
  }

  anyDistrict(): number {
    return this.random.between(1, DISTRICTS);
  }

  nextHistory(): number {
    this.#historyCount += 1;
    return this.#historyCount;
  }

  /** The chosen customer's number: among those of a name, the middle one by first name. */
  *customerNumber(transaction: Transaction, choice: CustomerChoice): EngineTask<number> {
    if (choice.customer !== 0) return choice.customer;
    const key = this.#nameKey;
    key5(key, choice.warehouse, choice.district);
    key.set(lastName(choice.name), 5);
    key.fill(0, NAME_PREFIX_BYTES);
    this.#found.length = 0;
    yield* transaction.scan(this.trees["customer-by-name"], key, 1, this.#collect);
    const middle = this.#found[(this.#found.length - 1) >> 1];
    if (middle === undefined) throw new RangeError(`nobody has last name ${choice.name}`);
    return middle;
  }

  readonly #collect = (key: Uint8Array): boolean => {
    if (!startsWith(key, this.#nameKey, NAME_PREFIX_BYTES)) return false;
    this.#found.push(customerOfNameKey(key));
    return true;
  };
}
