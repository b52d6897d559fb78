/** What the simulator must compute for a state, most urgent first. */
import type { Chapter } from "../experiment/chapter-format.ts";
import {
  chartPoints,
  pathBegins,
  pathInput,
  predictionInput,
  storyInput,
} from "../experiment/chapter-points.ts";
import type { PageData } from "./page-data.ts";
import type { Task } from "./protocol.ts";
import { chapterOf, type State } from "./state.ts";

export function traceTask(chapter: Chapter, variant: number): Task {
  const id = chapter.path.variants[variant]?.id ?? "";
  return { kind: "trace", input: pathInput(chapter, id), begins: pathBegins(chapter, id) };
}

/** The failure that is shown, the way that is chosen. */
export function storyTask(chapter: Chapter, state: State): Task | undefined {
  const failure = chapter.failures[state.failure];
  return failure && { kind: "story", input: storyInput(chapter, failure, state.way) };
}

export const predictionTask = (chapter: Chapter): Task => ({
  kind: "run",
  input: predictionInput(chapter),
});

export function costsTask(data: PageData, { machine }: State): Task {
  return { kind: "costs", machine, backends: data.backends.map(({ id }) => id) };
}

/** The claims of a chapter that can be executed. */
function claimTasks(data: PageData, chapter: Chapter): Task[] {
  return data.claims
    .filter(({ id, missing }) => chapter.claims.includes(id) && missing === undefined)
    .map(({ id, text }) => ({ kind: "claim", id, text }));
}

/** @param seesClaims whether a reader has come to the claims: they take seconds. */
export function wantedTasks(data: PageData, state: State, seesClaims: boolean): Task[] {
  if (state.view === "costs") return [costsTask(data, state)];
  const chapter = chapterOf(data, state);
  if (chapter === undefined) return [];
  const points = chartPoints(chapter, state.knobs);
  const story = storyTask(chapter, state);
  return [
    traceTask(chapter, state.path),
    ...points.map(({ input }): Task => ({ kind: "run", input })),
    predictionTask(chapter),
    ...(story ? [story] : []),
    ...chapter.path.variants.map((_, index) => traceTask(chapter, index)),
    ...(seesClaims ? claimTasks(data, chapter) : []),
  ];
}

/** What one turn of any knob would show: computed ahead, so that the knob answers at once. */
export function likelyTasks(data: PageData, state: State): Task[] {
  const chapter = chapterOf(data, state);
  if (chapter === undefined) return [];
  return chapter.knobs.flatMap(({ id, options }) =>
    options
      .flatMap((_, option) => chartPoints(chapter, { ...state.knobs, [id]: option }))
      .map(({ input }): Task => ({ kind: "run", input })),
  );
}
