/** The question of a chapter: guess first, then see what the simulator says. */
import type { Chapter } from "../../experiment/chapter-format.ts";
import { rightOption } from "../../experiment/chapter-points.ts";
import { METRICS } from "../../experiment/metric.ts";
import { metricColumn } from "../../report/table.ts";
import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import { predictionTask } from "../wanted.ts";

export function predictPanel(ctx: Context, chapter: Chapter): HTMLElement {
  const { state, set } = ctx;
  const { prediction } = chapter;
  const answer = ctx.answer(predictionTask(chapter));
  const value = answer?.kind === "run" ? answer.metrics[prediction.metric] : undefined;
  const right = state.revealed && value !== undefined ? rightOption(chapter, value) : undefined;
  return h(
    "section",
    { id: "predict", class: "panel", "aria-labelledby": "predict-title" },
    h("h2", { id: "predict-title" }, "Predict"),
    h("p", { class: "question" }, prediction.question),
    h(
      "div",
      { class: "options", role: "group", "aria-label": "your prediction" },
      ...prediction.options.map(({ text }, index) =>
        h(
          "button",
          {
            id: `guess-${index}`,
            type: "button",
            class: index === right ? "option right" : "option",
            "aria-pressed": state.guess === index ? "true" : "false",
            onclick: () => set({ guess: index }),
          },
          `${"ABCDEFGH"[index]}  ${text}`,
          // There before it says anything: an answer must not push what stands below.
          h("span", { class: "mark" }, marks(index === right, index === state.guess)),
        ),
      ),
    ),
    h(
      "button",
      {
        id: "reveal",
        type: "button",
        class: "reveal control",
        "aria-expanded": state.revealed ? "true" : "false",
        onclick: () => set({ revealed: !state.revealed }),
      },
      state.revealed ? "Hide again" : "Reveal",
    ),
    h("div", { id: "verdict", "aria-live": "polite" }, ...revealedText(ctx, chapter, value)),
  );
}

const marks = (isRight: boolean, isGuess: boolean): string =>
  [isRight && "✓ simulated", isGuess && "your guess"].filter(Boolean).join("  ");

function revealedText(ctx: Context, chapter: Chapter, value: number | undefined): HTMLElement[] {
  if (!ctx.state.revealed) return [];
  const { metric, explanation } = chapter.prediction;
  const result = value === undefined ? "…" : metricText(metric, value);
  return [
    h("p", { class: "measured" }, `Simulated: ${METRICS[metric].title} ${result}`),
    h("p", {}, explanation),
  ];
}

/** A value with the unit that makes it short. */
function metricText(metric: keyof typeof METRICS, value: number): string {
  const { column, divisor } = metricColumn(metric, [value]);
  return `${Number((value / divisor).toPrecision(3))} ${column.unit ?? ""}`.trim();
}
