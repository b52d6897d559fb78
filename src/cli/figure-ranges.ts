/** `validate --figure … --ranges`: figures with each assumed number at both ends of its range. */
import { UsageError } from "../base/usage-error.ts";
import { type RangeEnd, rangeEnds } from "../experiment/assumed-ranges.ts";
import { figurePoints } from "../experiment/figure.ts";
import type { RunResult } from "../experiment/result.ts";
import type { FigureEnd, FigureRanges } from "../report/figure-range-report.ts";
import { distinctRuns, type PublishedFigure, runFigure } from "./figures.ts";
import { openRunner, type PointRunner } from "./pool.ts";
import { Progress } from "./progress.ts";
import { untilInterrupted } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** Judges every figure as it is, and with each assumed number at both ends of its range. */
export async function judgeFigureRanges(
  terminal: Terminal,
  figures: readonly PublishedFigure[],
): Promise<FigureRanges[]> {
  const runner = openRunner();
  const progress = new Progress(terminal);
  let done = 0;
  let begun = 0;
  const remembering = rememberingRunner(runner, () => {
    begun += 1;
    return () => {
      done += 1;
      progress.show(`${done} of ${begun} runs`);
    };
  });
  try {
    const work = Promise.all(figures.map((figure) => rangesOf(figure, remembering)));
    return await untilInterrupted(work, () => "the figures are not judged");
  } finally {
    progress.clear();
    await runner.close();
  }
}

async function rangesOf(published: PublishedFigure, runner: PointRunner): Promise<FigureRanges> {
  const runs = distinctRuns(figurePoints(published.figure));
  const ends = rangeEnds([...runs.values()].map(({ input }) => input));
  const [asIs, ...judged] = await Promise.all([
    runFigure(published, runner),
    ...ends.map((end) => judgedAt(published, runner, end)),
  ]);
  return { judgement: asIs.judgement, ends: judged };
}

async function judgedAt(
  published: PublishedFigure,
  runner: PointRunner,
  { path, value, unit, changed }: RangeEnd,
): Promise<FigureEnd> {
  try {
    const { judgement } = await runFigure(
      published,
      runner,
      undefined,
      (input) => changed.get(JSON.stringify(input)) ?? input,
    );
    return { path, value, unit, judgement };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { path, value, unit, judgement: undefined, refusal: error.message };
  }
}

/** Runs that several judgements need run once. */
function rememberingRunner(runner: PointRunner, onBegin: () => () => void): PointRunner {
  const known = new Map<string, Promise<RunResult>>();
  return {
    ...runner,
    run: (inputs) =>
      Promise.all(
        inputs.map((input) => {
          const key = JSON.stringify(input);
          const work = known.get(key) ?? runner.run([input], onBegin()).then(([only]) => only!);
          known.set(key, work);
          return work;
        }),
      ),
  };
}
