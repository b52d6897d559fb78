/** The way of one operation through an operating system, step by step. */
import { toNs } from "../../base/units.ts";
import type { Chapter } from "../../experiment/chapter-format.ts";
import { chartFigure, choice, waitingFigure } from "../chart-figure.ts";
import type { ChartSize } from "../charts/line-chart.ts";
import { drawPath, duration, placeOf, type Station, stationsOf } from "../charts/path-drawing.ts";
import { type Context, chartSize } from "../context.ts";
import { h } from "../dom.ts";
import type { ChartFile } from "../export.ts";
import { traceTask } from "../wanted.ts";

/** How long the request takes from one station to the next, on the screen. */
const TRAVEL_MS = 350;

/** The stations of the shown variant; empty until they are computed. */
export function shownStations(ctx: Pick<Context, "answer" | "state">, chapter: Chapter): Station[] {
  const answer = ctx.answer(traceTask(chapter, ctx.state.path));
  return answer?.kind === "trace" ? stationsOf(answer.trace) : [];
}

/** @param cameFrom the step that the request stood at before, if it shall be seen to move. */
export function pathPanel(
  ctx: Context,
  chapter: Chapter,
  cameFrom: number | undefined,
): HTMLElement {
  const { state, set } = ctx;
  const { path } = chapter;
  const stations = shownStations(ctx, chapter);
  const answer = ctx.answer(traceTask(chapter, state.path));
  const last = Math.max(0, stations.length - 1);
  const step = Math.min(state.step, last);
  const button = (id: string, text: string, to: number, isOff: boolean): HTMLElement =>
    h("button", { id, type: "button", disabled: isOff, onclick: () => set({ step: to }) }, text);
  return h(
    "section",
    { id: "path", class: "panel", "aria-labelledby": "path-title" },
    h("h2", { id: "path-title" }, `${path.text}: ${path.variants[state.path]?.title ?? ""}`),
    choice(
      "variant",
      "through",
      path.variants.map(({ title }) => title),
      state.path,
      (index) => set({ path: index, step: 0 }),
    ),
    answer?.kind === "refused"
      ? h("p", { class: "refused" }, answer.message)
      : stations.length === 0
        ? waitingFigure(pictureSize(ctx).height)
        : drawing(ctx, chapter, stations, step, cameFrom),
    h(
      "div",
      { class: "steps control", role: "group", "aria-label": "steps" },
      button("step-back", "← back", step - 1, step === 0),
      button("step-on", "step →", step + 1, step >= last),
    ),
    h("p", { id: "step", class: "step", "aria-live": "polite" }, ...stepText(stations, step)),
  );
}

function stepText(stations: readonly Station[], step: number): (Node | string)[] {
  const station = stations[step];
  if (station === undefined) return [];
  const { title, charged, meaning, startPs, tookPs, where } = station;
  const at = `step ${step} of ${stations.length - 1}, at ${duration(startPs)}`;
  const took = tookPs === 0 ? "" : `${duration(tookPs)} on ${where}, charged to: ${charged}. `;
  return [h("strong", {}, title), ` ${took}`, h("span", { class: "pale" }, `${meaning} (${at})`)];
}

function drawing(
  ctx: Context,
  chapter: Chapter,
  stations: readonly Station[],
  step: number,
  cameFrom: number | undefined,
): HTMLElement {
  const answer = ctx.answer(traceTask(chapter, ctx.state.path));
  const trace = answer?.kind === "trace" ? answer.trace : undefined;
  const title = `${chapter.path.text}: ${chapter.path.variants[ctx.state.path]?.title ?? ""}`;
  const model = { kind: "path", title, stations, step } as const;
  const size = pictureSize(ctx);
  const picture = drawPath(model, ctx.theme, size);
  if (cameFrom !== undefined && !ctx.isStill) travel(picture, stations, size, cameFrom, step);
  const file: ChartFile = {
    name: `${chapter.id}-path`,
    title,
    head: ["step", "what", "at [ns]", "takes [ns]", "where", "charged to", "spec"],
    rows: stations.map(({ title: what, startPs, tookPs, where, charged }, index) => [
      index,
      what,
      toNs(startPs),
      toNs(tookPs),
      where,
      charged,
      trace?.specHash ?? "",
    ]),
    specs: [trace?.specHash ?? ""],
    seed: trace?.seed ?? 0,
    draw: (theme, width, fontSize) => drawPath(model, theme, { ...size, width, fontSize }),
  };
  return chartFigure(ctx, file, picture);
}

function pictureSize(ctx: Context): ChartSize {
  const whole = chartSize(ctx);
  // On a slide the sentence below needs room, too.
  const height = whole.height - (ctx.state.presenting ? 3.5 * whole.fontSize : 0);
  return { ...whole, height };
}

function travel(
  picture: SVGSVGElement,
  stations: readonly Station[],
  size: Parameters<typeof placeOf>[1],
  from: number,
  to: number,
): void {
  const [a, b] = [placeOf(stations, size, from), placeOf(stations, size, to)];
  const at = ({ x, y }: { x: number; y: number }): string => `translate(${x}px, ${y}px)`;
  picture.querySelector(".request")?.animate([{ transform: at(a) }, { transform: at(b) }], {
    duration: TRAVEL_MS,
    easing: "ease-in-out",
  });
}
