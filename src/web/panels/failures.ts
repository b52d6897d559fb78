/** A failure that can be stepped through: each moment is one that a run really went through. */

import { toUs } from "../../base/units.ts";
import type { Chapter } from "../../experiment/chapter-format.ts";
import { isTimed, type Moment } from "../../workload/witness.ts";
import { chartFigure, choice } from "../chart-figure.ts";
import { duration } from "../charts/path-drawing.ts";
import { drawStory } from "../charts/story-drawing.ts";
import { type Context, chartSize } from "../context.ts";
import { h } from "../dom.ts";
import type { ChartFile } from "../export.ts";
import type { Answer } from "../protocol.ts";
import { storyTask } from "../wanted.ts";

/** What the simulator says about the failure that is shown. */
export function storyAnswer(
  ctx: Pick<Context, "answer" | "state">,
  chapter: Chapter,
): Answer | undefined {
  const task = storyTask(chapter, ctx.state);
  return task && ctx.answer(task);
}

/** The moments of the shown failure; none until they are computed. */
export function shownMoments(
  ctx: Pick<Context, "answer" | "state">,
  chapter: Chapter,
): readonly Moment[] {
  const answer = storyAnswer(ctx, chapter);
  return answer?.kind === "story" ? answer.story.moments : [];
}

export function failuresPanel(ctx: Context, chapter: Chapter): HTMLElement {
  const { state, set } = ctx;
  const { failures } = chapter;
  const failure = failures[state.failure]!;
  const way = failure.variants[state.way]!;
  const moments = shownMoments(ctx, chapter);
  const answer = storyAnswer(ctx, chapter);
  const last = Math.max(0, moments.length - 1);
  const at = Math.min(state.moment, last);
  const button = (id: string, text: string, to: number, isOff: boolean): HTMLElement =>
    h("button", { id, type: "button", disabled: isOff, onclick: () => set({ moment: to }) }, text);
  return h(
    "section",
    { id: "failures", class: "panel", "aria-labelledby": "failures-title" },
    h("h2", { id: "failures-title" }, `What goes wrong: ${failure.title}; ${way.title}`),
    failures.length > 1 &&
      choice(
        "failure",
        "failure",
        failures.map(({ title }) => title),
        state.failure,
        (index) => set({ failure: index, way: 0, moment: 0 }),
      ),
    h("p", { class: "question" }, failure.text),
    choice(
      "way",
      "what if",
      failure.variants.map(({ title }) => title),
      state.way,
      (index) => set({ way: index, moment: 0 }),
    ),
    answer?.kind === "refused"
      ? h("p", { class: "refused" }, answer.message)
      : moments.length === 0
        ? h("p", { class: "waiting" }, "simulating …")
        : drawing(ctx, chapter, moments, at),
    h(
      "div",
      { class: "steps control", role: "group", "aria-label": "moments" },
      button("moment-back", "← back", at - 1, at === 0),
      button("moment-on", "step →", at + 1, at >= last),
    ),
    h("p", { id: "moment", class: "step", "aria-live": "polite" }, ...momentText(moments, at)),
  );
}

function momentText(moments: readonly Moment[], at: number): (Node | string)[] {
  const moment = moments[at];
  if (moment === undefined) return [];
  const { who, what, tone, atPs } = moment;
  const sign = tone === "bad" ? "✗ " : tone === "good" ? "✓ " : "";
  const when = isTimed(moments) ? `, at ${duration(atPs)}` : "";
  const place = ` (moment ${at} of ${moments.length - 1}${when})`;
  return [
    h("strong", tone ? { class: tone } : {}, `${sign}${who}`),
    `: ${what}`,
    h("span", { class: "pale" }, place),
  ];
}

function drawing(
  ctx: Context,
  chapter: Chapter,
  moments: readonly Moment[],
  at: number,
): HTMLElement {
  const failure = chapter.failures[ctx.state.failure]!;
  const way = failure.variants[ctx.state.way]!;
  const answer = storyAnswer(ctx, chapter);
  const story = answer?.kind === "story" ? answer.story : undefined;
  const model = { moments, at };
  const places = [...new Set(moments.flatMap(({ holds }) => Object.keys(holds)))];
  const file: ChartFile = {
    name: `${chapter.id}-${failure.id}`,
    title: `${failure.title}; ${way.title}: ${moments[at]?.what}`,
    head: ["moment", "at [µs]", "who", "what", "tone", ...places, "spec"],
    rows: moments.map(({ atPs, who, what, tone, holds }, index) => [
      index,
      toUs(atPs),
      who,
      what,
      tone ?? "",
      ...places.map((place) => holds[place] ?? ""),
      story?.specHash ?? "",
    ]),
    specs: [story?.specHash ?? ""],
    seed: story?.seed ?? 0,
    draw: (theme, width, fontSize) => drawStory(model, theme, { width, height: 0, fontSize }),
  };
  // On a slide the question above and the sentence below need room, too.
  const size = chartSize(ctx);
  const height = ctx.state.presenting ? Math.round(0.7 * size.height) : 0;
  return chartFigure(ctx, file, drawStory(model, ctx.theme, { ...size, height }));
}
