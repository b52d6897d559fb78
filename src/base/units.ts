/**
 * Quantities and their units; every conversion between units happens here.
 *
 * A tick is one integer picosecond, because single costs are tens of cycles of 0.25–0.5 ns each and
 * integer nanoseconds would round them by several per cent. 2^53 ps are 2.5 simulated hours.
 * TypeScript forgets a brand on `+`; that is wanted: a sum passes through a named function, and hot
 * loops use plain numbers with a unit suffix in their names (`…Ps`).
 */
declare const unit: unique symbol;
type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

/** A length of simulated time in picoseconds, an integer ≥ 0. */
export type Duration = Quantity<"duration-ps">;
/** A moment of simulated time: integer picoseconds since the run began. */
export type Instant = Quantity<"instant-ps">;
/** Work of one core, in cycles of that core's clock. */
export type Cycles = Quantity<"cycles">;
/** A frequency in hertz. */
export type Hertz = Quantity<"hertz">;
/** A size in bytes. */
export type Bytes = Quantity<"bytes">;

export const PS_PER_NS = 1_000;
export const PS_PER_US = 1_000_000;
export const PS_PER_MS = 1_000_000_000;
export const PS_PER_SECOND = 1_000_000_000_000;
export const KIB = 1_024;
export const MIB = 1_048_576;
export const GIB = 1_073_741_824;

/** The moment a run begins. */
export const START = 0 as Instant;

/** Rounds to whole picoseconds. */
export const ps = (count: number): Duration => Math.round(count) as Duration;
export const ns = (count: number): Duration => ps(count * PS_PER_NS);
export const us = (count: number): Duration => ps(count * PS_PER_US);
export const ms = (count: number): Duration => ps(count * PS_PER_MS);
export const seconds = (count: number): Duration => ps(count * PS_PER_SECOND);
export const cycles = (count: number): Cycles => count as Cycles;
export const gigahertz = (count: number): Hertz => (count * 1e9) as Hertz;
export const bytes = (count: number): Bytes => count as Bytes;

export const after = (start: Instant, delay: Duration): Instant => (start + delay) as Instant;
export const instant = (countPs: number): Instant => countPs as Instant;

/** The one place where cycles become time. */
export const cyclesToDuration = (work: Cycles, clock: Hertz): Duration =>
  ps((work * PS_PER_SECOND) / clock);
/** The one place where time becomes cycles; not rounded. */
export const durationToCycles = (time: Duration, clock: Hertz): Cycles =>
  ((time * clock) / PS_PER_SECOND) as Cycles;

export const toNs = (time: number): number => time / PS_PER_NS;
export const toUs = (time: number): number => time / PS_PER_US;
export const toMs = (time: number): number => time / PS_PER_MS;
export const toSeconds = (time: number): number => time / PS_PER_SECOND;
