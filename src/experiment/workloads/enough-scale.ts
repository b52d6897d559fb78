/**
 * Which scale, or how much memory, would be enough where a twin is refused as too small: whoever is
 * told the value can give it, and need not search for it.
 */
import { roundedUp } from "../../base/rounded-up.ts";
import { type TwinPages, twinPages } from "../../workload/twin.ts";
import { cachedShareOf, twinOf } from "./engine-benchmarks.ts";
import type { EngineSpec } from "./engine-spec.ts";

/** A twin whose pages, on drives and in the pool, take more is too large for the host's memory. */
export const TWIN_BYTES_MAX = 3.5 * 1024 * 1024 * 1024;

export const pagesOf = (spec: EngineSpec): TwinPages =>
  twinPages(twinOf(spec), cachedShareOf(spec));

/** What the twin takes of the host's memory. */
export function twinBytes(spec: EngineSpec): number {
  const { dataPages, poolPages } = pagesOf(spec);
  return (dataPages + poolPages) * spec.pageBytes;
}

/**
 * The smallest scale of two digits above the twin's own with which it has enough pages.
 * @returns undefined: with none that the host has the memory for.
 */
export function enoughScale(
  spec: EngineSpec,
  isEnough: (pages: TwinPages) => boolean,
): number | undefined {
  return firstEnough(twinOf(spec).scale, 1, (scale) => {
    const other = { ...spec, scale };
    return twinBytes(other) > TWIN_BYTES_MAX ? undefined : isEnough(pagesOf(other));
  });
}

/** The same of the original's memory, in bytes; more than its data would change nothing. */
export function enoughRam(
  spec: EngineSpec,
  isEnough: (pages: TwinPages) => boolean,
): number | undefined {
  const most = roundedUp(Math.max(spec.ramBytes, twinOf(spec).originalBytes));
  return firstEnough(spec.ramBytes, most, (ramBytes) => {
    const other = { ...spec, ramBytes };
    return twinBytes(other) > TWIN_BYTES_MAX ? undefined : isEnough(pagesOf(other));
  });
}

/** @param isEnough undefined: too much, and so is whatever is more. */
function firstEnough(
  least: number,
  most: number,
  isEnough: (value: number) => boolean | undefined,
): number | undefined {
  for (let value = roundedUp(least); value <= most; value = roundedUp(value * 1.001)) {
    const answer = isEnough(value);
    if (answer === undefined) return undefined;
    if (answer) return value;
  }
  return undefined;
}
