/**
 * TPC-C: the five transactions in the standard mix.
 *
 * As research systems run it: no think times, no terminals, every transaction of the mix counts.
 * Each client works at warehouses of its own; 1 % of the lines and 15 % of the payments go
 * elsewhere. Money is in cents.
 *
 * Not modelled: terminal output, the deferred queue of Delivery (it runs at once, in one
 * transaction).
 */
import { RandomStream } from "../../base/random.ts";
import type { EngineTask, Transaction } from "../../engine/model.ts";
import type { TransactionSource } from "../transaction-source.ts";
import { type TpccClientPlan, TpccContext } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { NewOrder } from "./new-order.ts";
import { OpenOrders } from "./open-orders.ts";
import { OrderStatus } from "./order-status.ts";
import { Payment } from "./payment.ts";
import { TpccRandom, type TpccScale } from "./scale.ts";
import { type TpccTrees, tpccKeys } from "./schema.ts";
import { StockLevel } from "./stock-level.ts";

/** Kinds of transactions, and the share of each in per cent. */
const TPCC_MIX = {
  "new-order": 45,
  payment: 43,
  "order-status": 4,
  delivery: 4,
  "stock-level": 4,
} as const;
export type TpccKind = keyof typeof TPCC_MIX;
export const TPCC_KINDS = Object.keys(TPCC_MIX) as TpccKind[];

interface Profile {
  draw(): void;
  run(transaction: Transaction): EngineTask<boolean>;
}

export class TpccClient implements TransactionSource {
  readonly #random: TpccRandom;
  readonly #profiles: readonly Profile[];
  #drawn = 0;

  constructor(plan: TpccClientPlan) {
    const context = new TpccContext(plan, tpccKeys());
    this.#random = plan.random;
    this.#profiles = [
      new NewOrder(context),
      new Payment(context),
      new OrderStatus(context),
      new Delivery(context),
      new StockLevel(context),
    ];
  }

  /** @returns the kind of what was drawn, a position in `TPCC_KINDS`. */
  draw(): number {
    let left = this.#random.between(0, 99);
    let kind = 0;
    while (left >= TPCC_MIX[TPCC_KINDS[kind]!]) {
      left -= TPCC_MIX[TPCC_KINDS[kind]!];
      kind += 1;
    }
    this.#drawn = kind;
    this.#profiles[kind]!.draw();
    return kind;
  }

  run(transaction: Transaction): EngineTask<boolean> {
    return this.#profiles[this.#drawn]!.run(transaction);
  }
}

/** A benchmark of several clients. */
export interface TpccPlan {
  readonly scale: TpccScale;
  readonly seed: number;
  readonly clients: number;
  /** Whether one New-Order in a hundred is to be rolled back, as the standard has it. */
  readonly rollsBack: boolean;
}

/**
 * Makes the clients of one run, by their number from 0 on: the warehouses are shared out evenly.
 * `now` is the time of day in simulated microseconds.
 */
export function tpccClients({
  scale,
  seed,
  clients,
  rollsBack,
}: TpccPlan): (trees: TpccTrees, index: number, now: () => number) => TpccClient {
  const openOrders = new OpenOrders(scale.warehouses);
  return (trees, index, now) => {
    const first = Math.floor((index * scale.warehouses) / clients);
    const next = Math.floor(((index + 1) * scale.warehouses) / clients);
    const constants = new RandomStream(seed, "tpcc constants");
    return new TpccClient({
      trees,
      scale,
      random: new TpccRandom(new RandomStream(seed, `tpcc client ${index}`), scale, constants),
      firstWarehouse: first + 1,
      warehouseCount: Math.max(1, next - first),
      writer: index + 1,
      now,
      rollsBack,
      openOrders,
    });
  };
}
