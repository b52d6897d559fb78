/** Puts the panels of a state together; a panel that would come out the same is kept. */
import type { Chapter } from "../experiment/chapter-format.ts";
import { chapterFigures } from "../experiment/chapter-points.ts";
import type { Context } from "./context.ts";
import { h } from "./dom.ts";
import { claimsPanel, judgedClaims } from "./panels/claims.ts";
import { failuresPanel, storyAnswer } from "./panels/failures.ts";
import { figuresPanel } from "./panels/figures.ts";
import { chartPanel, donePoints, ledgerPanel } from "./panels/live.ts";
import { pathPanel } from "./panels/path.ts";
import { predictPanel } from "./panels/predict.ts";
import { costsPanel, tablePanel } from "./panels/tables.ts";
import { chapterOf, type Panel } from "./state.ts";
import { costsTask, predictionTask, traceTask } from "./wanted.ts";

export interface ViewState {
  /** Knob that the keyboard turns; −1: none. */
  readonly knob: number;
  /** The step that the request comes from. */
  readonly cameFrom: number | undefined;
}

/** From this width on the ledger stands beside the chart. */
const WIDE = 1_000;
const GAP = 28;

export class View {
  readonly #kept = new Map<string, { readonly key: string; readonly element: HTMLElement }>();

  /** Everything between header and footer. */
  panels(ctx: Context, own: ViewState): HTMLElement[] {
    const chapter = chapterOf(ctx.data, ctx.state);
    if (chapter !== undefined) return this.#chapter(ctx, chapter, own);
    const { view, figure, machine } = ctx.state;
    const all = ctx.data.figures.map(({ id }) => id);
    switch (view) {
      case "costs": {
        const known = ctx.answer(costsTask(ctx.data, ctx.state)) !== undefined;
        return [this.#keep(ctx, "costs", [machine, known], () => costsPanel(ctx))];
      }
      case "figures":
        return [
          this.#keep(ctx, "figures", [figure, "all"], () =>
            figuresPanel(ctx, all, "What was published, and what is simulated"),
          ),
        ];
      default:
        return [this.#keep(ctx, "tables", [], () => tablePanel(ctx))];
    }
  }

  #chapter(ctx: Context, chapter: Chapter, own: ViewState): HTMLElement[] {
    const { state } = ctx;
    const isWide = !state.presenting && ctx.width >= WIDE;
    const left = isWide ? { ...ctx, width: Math.floor((ctx.width - GAP) * 0.6) } : ctx;
    const right = isWide ? { ...ctx, width: ctx.width - GAP - left.width } : ctx;
    const { number } = chapter;
    const known = ctx.data.figures.map(({ id }) => id);
    const done = donePoints(ctx, chapter);
    const build: Record<Panel, () => HTMLElement> = {
      predict: () => {
        const isKnown = ctx.answer(predictionTask(chapter)) !== undefined;
        const key = [number, state.guess, state.revealed, isKnown];
        return this.#keep(ctx, "predict", key, () => predictPanel(ctx, chapter));
      },
      path: () => {
        const isKnown = ctx.answer(traceTask(chapter, state.path)) !== undefined;
        const key = [number, state.path, state.step, isKnown];
        return this.#keep(ctx, "path", key, () => pathPanel(ctx, chapter, own.cameFrom));
      },
      chart: () => {
        const key = [number, state.knobs, state.metric, state.at, done, own.knob];
        return this.#keep(left, "chart", key, () => chartPanel(left, chapter, own.knob));
      },
      ledger: () => {
        const key = [number, state.knobs, state.at, state.tax, done];
        return this.#keep(right, "ledger", key, () => ledgerPanel(right, chapter));
      },
      failures: () => {
        const isKnown = storyAnswer(ctx, chapter) !== undefined;
        const key = [number, state.failure, state.way, state.moment, isKnown];
        return this.#keep(ctx, "failures", key, () => failuresPanel(ctx, chapter));
      },
      claims: () => {
        const key = [number, state.without, state.claim, judgedClaims(ctx, chapter)];
        return this.#keep(ctx, "claims", key, () => claimsPanel(ctx, chapter));
      },
      figures: () => {
        const key = [number, state.figure];
        const heading = "What was published, and what is simulated";
        return this.#keep(ctx, "figures", key, () =>
          figuresPanel(ctx, chapterFigures(chapter, known), heading),
        );
      },
    };
    const isVeiled = (panel: Panel): boolean =>
      !state.revealed && panel !== "predict" && panel !== "path";
    if (state.presenting) {
      return isVeiled(state.panel) ? [veil(ctx)] : [build[state.panel]()];
    }
    if (!state.revealed) return [build.predict(), build.path(), veil(ctx)];
    const figures = chapterFigures(chapter, known).length === 0 ? [] : [build.figures()];
    const failures = chapter.failures.length === 0 ? [] : [build.failures()];
    const pair = [build.chart(), build.ledger()];
    const charts = isWide ? [h("div", { class: "pair" }, ...pair)] : pair;
    return [build.predict(), build.path(), ...charts, ...failures, build.claims(), ...figures];
  }

  #keep(
    ctx: Context,
    name: string,
    own: readonly unknown[],
    build: () => HTMLElement,
  ): HTMLElement {
    const { theme, width, height, fontSize, state } = ctx;
    const key = JSON.stringify([own, theme.paper, width, height, fontSize, state.presenting]);
    const kept = this.#kept.get(name);
    if (kept?.key === key) return kept.element;
    const element = build();
    this.#kept.set(name, { key, element });
    return element;
  }
}

/** What stands in the place of everything that a guess must not see. */
function veil({ set }: Context): HTMLElement {
  return h(
    "section",
    { id: "veil", class: "panel veil", "aria-label": "not revealed yet" },
    h(
      "p",
      {},
      "Predict first. Then reveal: the live chart, the ledger, the claims and the figures.",
    ),
    h(
      "button",
      {
        id: "veil-reveal",
        type: "button",
        class: "reveal control",
        onclick: () => set({ revealed: true }),
      },
      "Reveal",
    ),
  );
}
