/**
 * What the numbers of a machine mean, and which values make sense.
 *
 * One declaration serves the schema of machine files, `--set`, the cost table and the
 * documentation.
 */

import type { Sourced, SourceUnit } from "../base/sourced.ts";
import { badValue, UsageError } from "../base/usage-error.ts";

export interface NumberMeaning {
  readonly kind: "time" | "ratio" | "count" | "bandwidth" | "size" | "frequency";
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

export type NumberTable<Name extends string> = { readonly [key in Name]: Sourced };
export type MeaningTable = Readonly<Record<string, NumberMeaning>>;

const UNITS: { readonly [kind in NumberMeaning["kind"]]: readonly SourceUnit[] } = {
  time: ["ns", "µs", "s", "cycles"],
  ratio: ["1"],
  count: ["1"],
  bandwidth: ["GiB/s"],
  size: ["B"],
  frequency: ["GHz"],
};

/**
 * Checks a number against its meaning.
 * @throws UsageError that names `path`, the value and what is allowed.
 */
export function checkNumber(path: string, number: Sourced, meaning: NumberMeaning): void {
  const units = UNITS[meaning.kind];
  if (!units.includes(number.unit)) {
    throw badValue(`${path}.unit`, number.unit, `use one of: ${units.join(", ")}`);
  }
  if (number.unit === "cycles" && number.atGHz === undefined) {
    throw new UsageError(`${path}.atGHz is missing: the clock at which the cycles were counted`);
  }
  const isWhole = meaning.kind !== "count" || Number.isInteger(number.value);
  if (!(number.value >= meaning.min && number.value <= meaning.max) || !isWhole) {
    const article = meaning.kind === "count" ? "a whole number" : "a number";
    throw badValue(path, number.value, `give ${article} from ${meaning.min} to ${meaning.max}`);
  }
}
