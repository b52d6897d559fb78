/**
 * Numbers of the model together with where they come from.
 *
 * A number without a source does not compile, and an `assumed` number without a range neither: the
 * sensitivity sweep needs the interval in which it must lie.
 */
import type { Cycles, Duration, Hertz } from "./units.ts";
import { cyclesToDuration, ns, ps, seconds, us } from "./units.ts";

/** Units in which sources publish; each number keeps the one of its source. */
export type SourceUnit = "ns" | "µs" | "s" | "cycles" | "GHz" | "GiB/s" | "B" | "GiB" | "1/s" | "1";

export type Provenance = "published" | "datasheet" | "measured" | "derived" | "assumed";

interface Origin {
  /** Key in `bench/sources.json`. */
  readonly source: string;
  /** Page, table, figure or section inside the source; the formula, when derived. */
  readonly where: string;
}

interface Value {
  readonly value: number;
  readonly unit: SourceUnit;
  /** For `cycles`: the clock, in GHz, of the machine or arithmetic that counted them. */
  readonly atGHz?: number;
  /** True when the value was chosen so that one measurement of this machine comes out. */
  readonly calibrated?: boolean;
}

/** A model number and its origin. */
export type Sourced = Origin &
  Value &
  (
    | { readonly provenance: "published" | "datasheet" | "measured" | "derived" }
    | { readonly provenance: "assumed"; readonly range: readonly [low: number, high: number] }
  );

/** Named model numbers. */
export type CostTable = Readonly<Record<string, Sourced>>;

/**
 * A number's length in time, in picoseconds.
 *
 * Cycles counted at a stated clock (`atGHz`) are first turned into time at that clock.
 * @throws RangeError when the unit is not a time.
 */
export function sourcedDuration(number: Sourced): Duration {
  switch (number.unit) {
    case "ns":
      return ns(number.value);
    case "µs":
      return us(number.value);
    case "s":
      return seconds(number.value);
    case "cycles":
      if (number.atGHz === undefined) break;
      return cyclesToDuration(number.value as Cycles, (number.atGHz * 1e9) as Hertz);
    default:
      break;
  }
  throw new RangeError(`${number.value} ${number.unit} is not a time`);
}

/**
 * The time that a piece of software work takes on a core, in picoseconds.
 *
 * Software work is published as time or cycles on one core whose clock was `measuredAt`; a core
 * that runs at `clock` takes proportionally longer. What only waits for memory takes the same time
 * at every clock and does not come here; a cost that does both is stretched as a whole.
 */
export function workDuration(number: Sourced, measuredAt: Hertz, clock: Hertz): Duration {
  return ps((sourcedDuration(number) * measuredAt) / clock);
}
