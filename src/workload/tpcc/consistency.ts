/**
 * Consistency conditions 1–4 of TPC-C (clause 3.3.2), through the same interface as any reader.
 *
 * Every tree is scanned once; what a district must agree on is kept in arrays by district.
 */
import type { EngineTask, Transaction } from "../../engine/model.ts";
import { readI48, readU32 } from "../row-layout.ts";
import {
  DISTRICT,
  DISTRICTS,
  KEY_BYTES,
  ORDER,
  type TpccTrees,
  type TreeName,
  WAREHOUSE,
} from "./schema.ts";

/** Sums and extremes by warehouse and district; a district's place is (w − 1) × 10 + d − 1. */
class Tally {
  readonly warehouseYtd: Float64Array;
  readonly districtYtd: Float64Array;
  readonly nextOrder: Float64Array;
  readonly lastOrder: Float64Array;
  readonly orderLines: Float64Array;
  readonly lines: Float64Array;
  readonly openOrders: Float64Array;
  readonly firstOpen: Float64Array;
  readonly lastOpen: Float64Array;

  constructor(warehouses: number) {
    const perDistrict = (): Float64Array => new Float64Array(warehouses * DISTRICTS);
    this.warehouseYtd = new Float64Array(warehouses);
    this.districtYtd = perDistrict();
    this.nextOrder = perDistrict();
    this.lastOrder = perDistrict();
    this.orderLines = perDistrict();
    this.lines = perDistrict();
    this.openOrders = perDistrict();
    this.firstOpen = perDistrict();
    this.lastOpen = perDistrict();
  }
}

const placeOf = (key: Uint8Array): number => (readU32(key, 0) - 1) * DISTRICTS + key[4]! - 1;

/** How each tree's rows enter the tally. */
const VISITS = {
  warehouse(tally, key, row) {
    tally.warehouseYtd[readU32(key, 0) - 1] = readI48(row, WAREHOUSE.at.ytd);
  },
  district(tally, key, row) {
    const place = placeOf(key);
    tally.districtYtd[place] = readI48(row, DISTRICT.at.ytd);
    tally.nextOrder[place] = readU32(row, DISTRICT.at.nextOrder);
  },
  order(tally, key, row) {
    const place = placeOf(key);
    tally.lastOrder[place] = Math.max(tally.lastOrder[place]!, readU32(key, 5));
    tally.orderLines[place]! += row[ORDER.at.lines]!;
  },
  "new-order"(tally, key) {
    const place = placeOf(key);
    const order = readU32(key, 5);
    if (tally.openOrders[place] === 0) tally.firstOpen[place] = order;
    tally.openOrders[place]! += 1;
    tally.lastOpen[place] = order;
  },
  "order-line"(tally, key) {
    tally.lines[placeOf(key)]! += 1;
  },
} as const satisfies Partial<
  Record<TreeName, (tally: Tally, key: Uint8Array, row: Uint8Array) => void>
>;

/**
 * Checks the conditions over the whole database.
 * @returns one sentence per broken condition and place, the first few; empty when all hold.
 */
export function* tpccFaults(
  transaction: Transaction,
  trees: TpccTrees,
  warehouses: number,
): EngineTask<string[]> {
  const tally = new Tally(warehouses);
  for (const name of Object.keys(VISITS) as (keyof typeof VISITS)[]) {
    const visit = VISITS[name];
    yield* transaction.scan(trees[name], new Uint8Array(KEY_BYTES[name]), 1, (key, row) => {
      visit(tally, key, row);
      return true;
    });
  }
  return [...warehouseFaults(tally), ...districtFaults(tally)].slice(0, 10);
}

/** Condition 1: a warehouse's takings are those of its districts. */
function warehouseFaults({ warehouseYtd, districtYtd }: Tally): string[] {
  return Array.from(warehouseYtd).flatMap((ytd, warehouse) => {
    const from = warehouse * DISTRICTS;
    const sum = districtYtd.subarray(from, from + DISTRICTS).reduce((all, one) => all + one, 0);
    if (sum === ytd) return [];
    return [`condition 1: warehouse ${warehouse + 1} took ${ytd} cents, its districts ${sum}`];
  });
}

function districtFaults(tally: Tally): string[] {
  return Array.from(tally.nextOrder).flatMap((next, place) => {
    const where = `district ${Math.floor(place / DISTRICTS) + 1}/${(place % DISTRICTS) + 1}`;
    const faults: string[] = [];
    const last = tally.lastOrder[place]!;
    const open = tally.openOrders[place]!;
    const lastOpen = tally.lastOpen[place]!;
    if (last !== next - 1 || (open > 0 && lastOpen !== last)) {
      faults.push(
        `condition 2: ${where} gives out ${next} next, its last order is ${last}, ` +
          `its last open order ${lastOpen}`,
      );
    }
    const span = lastOpen - tally.firstOpen[place]! + 1;
    if (open > 0 && span !== open) {
      faults.push(`condition 3: ${where} has ${open} open orders in a span of ${span}`);
    }
    const lines = tally.lines[place]!;
    if (tally.orderLines[place] !== lines) {
      faults.push(
        `condition 4: ${where} has ${lines} lines, its orders say ${tally.orderLines[place]}`,
      );
    }
    return faults;
  });
}
