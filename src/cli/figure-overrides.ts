/** `--set` over all points of a figure: what a figure shows along x must stay different. */
import { UsageError } from "../base/usage-error.ts";
import { type Figure, figurePoints } from "../experiment/figure.ts";
import { valueAt } from "../experiment/patch.ts";
import { type ExperimentSpec, parseSpec } from "../experiment/spec.ts";
import { stableJson } from "../report/json.ts";
import type { Adapt } from "./figures.ts";

/**
 * Refuses to give all points of a series one value of what makes them different.
 * @param adapt what a command makes of every point.
 * @param set what of it is `--set`.
 * @throws UsageError naming what the figure varies.
 */
export function checkFigureSet(
  figure: Figure,
  adapt: Adapt,
  set: Readonly<Record<string, number>>,
): void {
  const paths = Object.keys(set);
  if (paths.length === 0) return;
  const points = figurePoints(figure);
  for (const { id } of figure.series) {
    const inputs = points.filter(({ series }) => series === id).map(({ input }) => input);
    const before = inputs.map(parseSpec);
    const becomesOne = countOf(inputs.map((input) => parseSpec(adapt(input)))) < countOf(before);
    for (const path of paths) {
      const isVaried = countOf(before.map((spec) => numberAt(spec, path))) > 1;
      if (!isVaried || !(becomesOne || path === figure.x.path)) continue;
      throw new UsageError(
        `--set: ${figure.id} varies ${path} along its x axis (${figure.x.name}), with one value ` +
          "its points would be the same; set something else, or one point: explain and trace " +
          "take figure:series:x",
      );
    }
  }
}

const countOf = (values: readonly unknown[]): number =>
  new Set(values.map((value) => stableJson(value ?? null))).size;

const numberAt = (spec: ExperimentSpec, path: string): unknown =>
  spec.set[path] ?? valueAt(spec, path);
