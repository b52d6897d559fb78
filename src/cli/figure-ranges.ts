/** `validate --figure … --ranges`: figures with each assumed number at both ends of its range. */
import { UsageError } from "../base/usage-error.ts";
import { type RangeEnd, rangeEnds } from "../experiment/assumed-ranges.ts";
import { figurePoints } from "../experiment/figure.ts";
import type { FigureEnd, FigureRanges } from "../report/figure-range-report.ts";
import { distinctRuns, type PublishedFigure, runFigure } from "./figures.ts";
import { type PointRunner, withRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Judges every figure as it is, and with each assumed number at both ends of its range. */
export async function judgeFigureRanges(
  terminal: Terminal,
  figures: readonly PublishedFigure[],
): Promise<FigureRanges[]> {
  const ends = figures.map(endsOf);
  const total = ends.reduce((sum, { runs, ends }) => sum + runs * (1 + ends.length), 0);
  let done = 0;
  const kept = (): string => "the figures are not judged";
  return await withRunner((runner) =>
    watched(terminal, kept, (progress) => {
      const onDone = (): void => {
        done += 1;
        progress.show(`${done} of ${total} runs`);
      };
      return Promise.all(ends.map((one) => rangesOf(one, runner, onDone)));
    }),
  );
}

interface FigureEnds {
  readonly published: PublishedFigure;
  readonly runs: number;
  readonly ends: readonly RangeEnd[];
}

function endsOf(published: PublishedFigure): FigureEnds {
  const runs = distinctRuns(figurePoints(published.figure));
  const ends = rangeEnds([...runs.values()].map(({ input }) => input));
  return { published, runs: runs.size, ends };
}

async function rangesOf(
  { published, ends }: FigureEnds,
  runner: PointRunner,
  onDone: () => void,
): Promise<FigureRanges> {
  const [asIs, ...judged] = await Promise.all([
    runFigure(published, runner, onDone),
    ...ends.map((end) => judgedAt(published, runner, end, onDone)),
  ]);
  return { judgement: asIs.judgement, ends: judged };
}

async function judgedAt(
  published: PublishedFigure,
  runner: PointRunner,
  { path, value, unit, changed }: RangeEnd,
  onDone: () => void,
): Promise<FigureEnd> {
  try {
    const { judgement } = await runFigure(
      published,
      runner,
      onDone,
      (input) => changed.get(JSON.stringify(input)) ?? input,
    );
    return { path, value, unit, judgement };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { path, value, unit, judgement: undefined, refusal: error.message };
  }
}
