/**
 * How much of everything a TPC-C database has, full or as a scaled twin.
 *
 * A twin keeps warehouses, districts, and what one transaction touches (5–15 lines, 20 orders); it
 * shrinks the rows of a warehouse: items, and customers with their orders, so that no two
 * transactions meet that would not meet in the original. Ranges of the non-uniform random numbers
 * and of last names shrink with them.
 */
import type { RandomStream } from "../../base/random.ts";
import { scaledMask } from "../keys.ts";
import { DISTRICTS, type TreeName } from "./schema.ts";

export interface TpccScale {
  readonly warehouses: number;
  /** 100,000 in the standard. */
  readonly items: number;
  /** Rows of the item table when they are fewer: a row then stands for several items. */
  readonly itemRows?: number;
  /** Also the orders that each district begins with; 3,000 in the standard. */
  readonly customersPerDistrict: number;
}

export const FULL_ITEMS = 100_000;
export const FULL_CUSTOMERS = 3_000;
const FULL_NAMES = 1_000;
/** Fewer would break the transactions: 15 different items, a name with somebody behind it. */
const MIN_ITEMS = 100;
const MIN_CUSTOMERS = 10;

/**
 * Rows per warehouse shrunk by `factor` ≤ 1, not below what the transactions need.
 * @param itemShare rows of the item table ÷ items.
 */
export function twinScale(warehouses: number, factor: number, itemShare = 1): TpccScale {
  const items = Math.max(MIN_ITEMS, Math.round(FULL_ITEMS * factor));
  return {
    warehouses,
    items,
    customersPerDistrict: Math.max(MIN_CUSTOMERS, Math.round(FULL_CUSTOMERS * factor)),
    ...(itemShare < 1 && { itemRows: Math.max(MIN_ITEMS, Math.round(items * itemShare)) }),
  };
}

export const itemRows = ({ items, itemRows }: TpccScale): number => itemRows ?? items;

/** The number of the row that `item` is in; that of an item that does not exist is in none. */
export const itemRow = (item: number, scale: TpccScale): number =>
  item > scale.items ? item : ((item - 1) % itemRows(scale)) + 1;

/** Names in use: as many customers to a name as in the standard. */
export const nameCount = ({ customersPerDistrict }: TpccScale): number =>
  Math.max(1, Math.min(FULL_NAMES, Math.round(customersPerDistrict / 3)));

/** Of a district's first orders, those that are not delivered yet: the last 30 %. */
export const undeliveredFrom = ({ customersPerDistrict }: TpccScale): number =>
  Math.floor(customersPerDistrict * 0.7) + 1;

/** Rows of one tree in a fresh database; of order lines the mean. */
export function rowsOfTree(tree: TreeName, scale: TpccScale): number {
  const { warehouses, items, customersPerDistrict: customers } = scale;
  const districts = warehouses * DISTRICTS;
  switch (tree) {
    case "warehouse":
      return warehouses;
    case "district":
      return districts;
    case "item":
      return itemRows(scale);
    case "stock":
      return warehouses * items;
    case "new-order":
      return districts * (customers + 1 - undeliveredFrom(scale));
    case "order-line":
      return districts * customers * 10;
    default:
      return districts * customers;
  }
}

/** The standard's non-uniform random numbers (clause 2.1.6) within this scale's ranges. */
export class TpccRandom {
  readonly #random: RandomStream;
  readonly #scale: TpccScale;
  readonly #names: number;
  readonly #customerMask: number;
  readonly #itemMask: number;
  readonly #nameMask: number;
  /** The constants C of a run. */
  readonly #constants: readonly [customer: number, item: number, name: number];

  /** @param constants a stream of its own, the same for every client of a run. */
  constructor(random: RandomStream, scale: TpccScale, constants: RandomStream) {
    this.#random = random;
    this.#scale = scale;
    this.#names = nameCount(scale);
    this.#customerMask = scaledMask(1_023, FULL_CUSTOMERS, scale.customersPerDistrict);
    this.#itemMask = scaledMask(8_191, FULL_ITEMS, scale.items);
    this.#nameMask = scaledMask(255, FULL_NAMES, this.#names);
    this.#constants = [
      constants.below(this.#customerMask + 1),
      constants.below(this.#itemMask + 1),
      constants.below(this.#nameMask + 1),
    ];
  }

  /** Uniform, both ends included. */
  between(low: number, high: number): number {
    return low + this.#random.below(high - low + 1);
  }

  /** Whether something with a chance of `percent` happens. */
  chance(percent: number): boolean {
    return this.#random.below(100) < percent;
  }

  customer(): number {
    const { customersPerDistrict } = this.#scale;
    return this.#nonUniform(this.#customerMask, this.#constants[0], customersPerDistrict) + 1;
  }

  item(): number {
    return this.#nonUniform(this.#itemMask, this.#constants[1], this.#scale.items) + 1;
  }

  /** Number of a last name. */
  name(): number {
    return this.#nonUniform(this.#nameMask, this.#constants[2], this.#names);
  }

  #nonUniform(mask: number, constant: number, range: number): number {
    const drawn = this.#random.below(mask + 1) | this.#random.below(range);
    return (drawn + constant) % range;
  }
}
