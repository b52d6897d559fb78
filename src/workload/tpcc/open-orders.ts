/**
 * Orders that have their number and not yet all of their lines, by district.
 *
 * Where rows are locked nobody sees one: who asks for the next number waits for the order before.
 * Where they are not, a Stock-Level that looks at the last twenty orders finds few lines in them:
 * in an original of thousands of warehouses a district has hardly ever an order under way, in a
 * twin of a few with all of the original's clients it has dozens.
 */
import { DISTRICTS } from "./schema.ts";

export class OpenOrders {
  readonly #counts: Uint16Array;

  constructor(warehouses: number) {
    this.#counts = new Uint16Array(warehouses * DISTRICTS);
  }

  begun(warehouse: number, district: number): void {
    this.#counts[placeOf(warehouse, district)]! += 1;
  }

  ended(warehouse: number, district: number): void {
    this.#counts[placeOf(warehouse, district)]! -= 1;
  }

  in(warehouse: number, district: number): number {
    return this.#counts[placeOf(warehouse, district)]!;
  }
}

/** Warehouses and districts count from 1. */
const placeOf = (warehouse: number, district: number): number =>
  (warehouse - 1) * DISTRICTS + district - 1;
