/** Scales and ticks of a chart. */

export interface Axis {
  readonly toPixel: (value: number) => number;
  readonly ticks: readonly number[];
}

type Pair = readonly [number, number];

export function linearAxis([low, high]: Pair, [from, to]: Pair, count: number): Axis {
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return {
    toPixel: (value) => from + ((value - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step),
  };
}

/** The decades, and 2 and 5 between them where there is room. */
export function logAxis([low, high]: Pair, [from, to]: Pair): Axis {
  const steps = high / low > 200 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: 25 }, (_, index) => 10 ** (index - 12));
  const all = decades.flatMap((decade) => steps.map((step) => step * decade));
  return {
    toPixel: (value) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from),
    ticks: all.filter((value) => value >= low && value <= high),
  };
}

/** That of 1, 2, 5, 10, 20 … which is nearest to `wanted` by its factor. */
function roundStep(wanted: number): number {
  const decade = 10 ** Math.floor(Math.log10(wanted));
  const steps = [1, 2, 5, 10].map((factor) => factor * decade);
  const distance = (step: number): number => Math.abs(Math.log(step / wanted));
  return steps.reduce((best, step) => (distance(step) < distance(best) ? step : best));
}
