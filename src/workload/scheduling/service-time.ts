/** How long the work of a request takes: a distribution, sampled from a stream of its own. */
import { exponential } from "../../base/distribution.ts";
import type { RandomStream } from "../../base/random.ts";

export type ServiceTime =
  | { readonly kind: "fixed"; readonly ps: number }
  | { readonly kind: "exponential"; readonly meanPs: number }
  /** Long with probability `longShare`, else short. */
  | {
      readonly kind: "bimodal";
      readonly shortPs: number;
      readonly longPs: number;
      readonly longShare: number;
    }
  /** Straight lines between points (percent, picoseconds), ascending from 0 to 100 %. */
  | { readonly kind: "quantiles"; readonly points: readonly (readonly [number, number])[] };

/** One sample, in whole picoseconds ≥ 0. */
export function sampleService(service: ServiceTime, stream: RandomStream): number {
  switch (service.kind) {
    case "fixed":
      return service.ps;
    case "exponential":
      return Math.round(exponential(stream, service.meanPs));
    case "bimodal":
      return stream.fraction() < service.longShare ? service.longPs : service.shortPs;
    case "quantiles":
      return Math.round(interpolated(service.points, 100 * stream.fraction()));
  }
}

function interpolated(points: readonly (readonly [number, number])[], percent: number): number {
  const upper = points.findIndex(([at]) => at > percent);
  const [highAt, high] = points[upper]!;
  const [lowAt, low] = points[upper - 1]!;
  return low + ((percent - lowAt) / (highAt - lowAt)) * (high - low);
}

/** Whether a sample counts as long work in the statistics. */
export function isLong(service: ServiceTime, ps: number): boolean {
  return service.kind === "bimodal" && ps === service.longPs;
}
