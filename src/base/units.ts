/**
 * Simulated time and its units: conversions from and to picoseconds happen here.
 *
 * A tick is one integer picosecond, because single costs are tens of cycles of 0.25–0.5 ns each and
 * integer nanoseconds would round them by several per cent. 2^53 ps are 2.5 simulated hours.
 * Types keep cycles, clocks and times apart where a cost in its source's unit becomes time
 * (`sourced.ts`). From there on times are plain numbers with the unit in their names (`…Ps`):
 * TypeScript forgets a brand on `+`.
 */
declare const unit: unique symbol;
type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

/** A length of simulated time in picoseconds, an integer ≥ 0. */
export type Duration = Quantity<"duration-ps">;
/** Work of one core, in cycles of that core's clock. */
export type Cycles = Quantity<"cycles">;
/** A frequency in hertz. */
export type Hertz = Quantity<"hertz">;

export const PS_PER_NS = 1_000;
export const PS_PER_US = 1_000_000;
export const PS_PER_MS = 1_000_000_000;
export const PS_PER_SECOND = 1_000_000_000_000;
export const GIB = 1_073_741_824;

/** Rounds to whole picoseconds. */
export const ps = (count: number): Duration => Math.round(count) as Duration;
export const ns = (count: number): Duration => ps(count * PS_PER_NS);
export const us = (count: number): Duration => ps(count * PS_PER_US);
export const seconds = (count: number): Duration => ps(count * PS_PER_SECOND);
export const cycles = (count: number): Cycles => count as Cycles;
export const gigahertz = (count: number): Hertz => (count * 1e9) as Hertz;

/** The one place where cycles become time. */
export const cyclesToDuration = (work: Cycles, clock: Hertz): Duration =>
  ps((work * PS_PER_SECOND) / clock);

/** Picoseconds in another unit; not rounded. */
export const toNs = (time: number): number => time / PS_PER_NS;
export const toUs = (time: number): number => time / PS_PER_US;
export const toMs = (time: number): number => time / PS_PER_MS;
export const toSeconds = (time: number): number => time / PS_PER_SECOND;
