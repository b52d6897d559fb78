/** `validate --figure … --later`: is what a figure shows a steady state? */
import { type FigurePoint, figurePoints, xName } from "../experiment/figure.ts";
import { type Metrics, metricOf } from "../experiment/metric.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import type { FigureLater, PointLater } from "../report/figure-later-report.ts";
import type { PublishedFigure } from "./figures.ts";
import { type Answer, type PointRunner, withRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Runs every point with its window, and with the one that follows it. */
export function figuresLater(
  terminal: Terminal,
  figures: readonly PublishedFigure[],
): Promise<FigureLater[]> {
  const points = figures.map(({ figure }) => figurePoints(figure).filter(hasWindow));
  const total = 2 * points.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  return withRunner((runner) =>
    watched(
      terminal,
      () => "nothing is kept",
      (progress) => {
        const onDone = (): void => {
          done += 1;
          progress.show(`${done} of ${total} runs`);
        };
        return Promise.all(figures.map((one, index) => later(one, points[index]!, runner, onDone)));
      },
    ),
  );
}

/** A course over time is not steady, and a search for a rate ends when it has found it. */
function hasWindow({ span, input }: FigurePoint): boolean {
  const { workload } = input;
  return span === undefined && !(workload?.kind === "sched" && "knee" in (workload.work ?? {}));
}

async function later(
  { figure }: PublishedFigure,
  points: readonly FigurePoint[],
  runner: PointRunner,
  onDone: () => void,
): Promise<FigureLater> {
  const inputs = points.map(({ input }) => input);
  const [asIs, moved] = await Promise.all([
    runner.run(inputs, onDone),
    runner.outcomes(inputs.map(oneWindowLater), onDone),
  ]);
  const { metric } = figure.y;
  const shownBy = (result: { readonly metrics: Metrics }): number => metricOf(result, metric);
  return {
    id: figure.id,
    metric,
    points: points.map(({ series, x }, index): PointLater => {
      const common = { series, x: xName(figure, x), simulated: shownBy(asIs[index]!) };
      const answer: Answer = moved[index]!;
      return answer.kind === "done"
        ? { ...common, later: shownBy(answer.result) }
        : { ...common, later: undefined, refusal: answer.message };
    }),
    left: figurePoints(figure).length - points.length,
  };
}

function oneWindowLater(input: ExperimentInput): ExperimentInput {
  const { rampUs, runtimeUs } = parseSpec(input);
  return { ...input, rampUs: rampUs + runtimeUs };
}
