/** Which runs a chapter of the lecture consists of, under a choice of its knobs. */
import type { Chapter, ChapterFailure } from "./chapter-format.ts";
import { atPath, merged, type Patch } from "./patch.ts";

/** One point of the live chart; over time there is one per series, with x = 0. */
export interface ChapterPoint {
  readonly series: string;
  readonly x: number;
  readonly input: Patch;
}

/** Knob → position of the chosen option; a knob that is absent stands where it stood first. */
export type KnobChoices = Readonly<Record<string, number>>;

/** Every point of the live chart, cheap ones (small x) first, so that curves grow together. */
export function chartPoints(chapter: Chapter, choices: KnobChoices): ChapterPoint[] {
  const { series, x, run: common } = chapter.chart;
  const under = merged(chapter.run, common);
  const inputs = series.map(({ id, run }) => ({
    series: id,
    input: chosenKnobs(chapter, choices, id).reduce(merged, merged(under, run)),
  }));
  if (!("path" in x)) return inputs.map((point) => ({ ...point, x: 0 }));
  return x.values.flatMap((value) =>
    inputs.map(({ series: id, input }) => ({
      series: id,
      x: value,
      input: [x.path, ...x.alsoSets].map((path) => atPath(path, value)).reduce(merged, input),
    })),
  );
}

/** The run that follows one operation through `variant`. */
export function pathInput(chapter: Chapter, variant: string): Patch {
  const found = chapter.path.variants.find(({ id }) => id === variant);
  return merged(merged(chapter.run, chapter.path.run), found?.run ?? {});
}

/** Where an operation begins on the way through `variant`. */
export function pathBegins({ path }: Chapter, variant: string): string {
  return path.variants.find(({ id }) => id === variant)?.begins ?? path.begins;
}

/** The run that tells `failure` the way of its variant at `position`. */
export function storyInput(chapter: Chapter, failure: ChapterFailure, position: number): Patch {
  const way = failure.variants[position] ?? failure.variants[0];
  return merged(merged(chapter.run, failure.run), way?.run ?? {});
}

/** Those of `known` that a chapter shows, in the chapter's order. */
export function chapterFigures({ figures }: Chapter, known: readonly string[]): string[] {
  const chosen = figures.flatMap((wanted) =>
    known.filter((id) => (wanted.endsWith("-") ? id.startsWith(wanted) : id === wanted)),
  );
  return [...new Set(chosen)];
}

/** The run that decides the prediction. */
export function predictionInput(chapter: Chapter): Patch {
  return merged(chapter.run, chapter.prediction.run);
}

/** Position of the right option of the prediction, given what its run measured. */
export function rightOption(chapter: Chapter, value: number): number {
  return chapter.prediction.options.findIndex(({ below }) => below === undefined || value < below);
}

/** Every run under the first choice of knobs, and each other option once: for checking. */
export function chapterInputs(chapter: Chapter): { name: string; input: Patch }[] {
  const choices = [
    {},
    ...chapter.knobs.flatMap(({ id, options }) => options.map((_, index) => ({ [id]: index }))),
  ];
  return [
    { name: "prediction", input: predictionInput(chapter) },
    ...chapter.path.variants.map(({ id }) => ({
      name: `path "${id}"`,
      input: pathInput(chapter, id),
    })),
    ...chapter.failures.flatMap((failure) =>
      failure.variants.map(({ id }, position) => ({
        name: `failure "${failure.id}", "${id}"`,
        input: storyInput(chapter, failure, position),
      })),
    ),
    ...choices.flatMap((choice) =>
      chartPoints(chapter, choice).map(({ series, x, input }) => ({
        name: `chart "${series}" at ${x} with ${JSON.stringify(choice)}`,
        input,
      })),
    ),
  ];
}

function chosenKnobs(chapter: Chapter, choices: KnobChoices, series: string): Patch[] {
  return chapter.knobs
    .filter((knob) => knob.series === undefined || knob.series.includes(series))
    .map((knob) => (knob.options[choices[knob.id] ?? knob.initial] ?? knob.options[0])?.run ?? {});
}
