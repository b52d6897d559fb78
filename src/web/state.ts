/**
 * Everything that a reader can change, and its form in the address.
 *
 * I1  `parseState(stateHash(state))` is `state`: any screen can be linked, printed on a slide, or
 *     opened in another browser.
 * I2  An address that makes no sense shows the nearest thing that does; it never fails.
 */
import type { Chapter } from "../experiment/chapter-format.ts";
import type { KnobChoices } from "../experiment/chapter-points.ts";
import type { PageData } from "./page-data.ts";

export const VIEWS = ["table", "costs", "figures"] as const;
export type OtherView = (typeof VIEWS)[number];
/** Panels of a chapter, in the order of a lecture. */
const PANELS = ["predict", "path", "chart", "ledger", "failures", "claims", "figures"] as const;
export type Panel = (typeof PANELS)[number];
export type ThemeChoice = "auto" | "light" | "dark";

export interface State {
  /** A chapter's number, or another view. */
  readonly view: number | OtherView;
  /** Position of the guess; undefined: none yet. */
  readonly guess: number | undefined;
  readonly revealed: boolean;
  /** Variant of the path, and the step that the request has reached. */
  readonly path: number;
  readonly step: number;
  readonly knobs: KnobChoices;
  readonly metric: number;
  /** Position of the x whose ledger is shown; in charts over time, the last moment shown. */
  readonly at: number | undefined;
  /** Whether the ledger leaves out what application and database do; undefined: as the chapter. */
  readonly tax: boolean | undefined;
  /** The failure that is stepped through, the way it is met, and the moment that is reached. */
  readonly failure: number;
  readonly way: number;
  readonly moment: number;
  /** Position of the claim that stands alone when presenting. */
  readonly claim: number;
  /** Claims whose mechanism is switched off. */
  readonly without: readonly string[];
  readonly figure: string;
  readonly machine: string;
  readonly theme: ThemeChoice;
  readonly presenting: boolean;
  readonly panel: Panel;
}

export function initialState(data: PageData): State {
  return {
    view: data.chapters[0]?.number ?? "table",
    guess: undefined,
    revealed: false,
    path: 0,
    step: 0,
    knobs: {},
    metric: 0,
    at: undefined,
    tax: undefined,
    failure: 0,
    way: 0,
    moment: 0,
    claim: 0,
    without: [],
    figure: data.figures[0]?.id ?? "",
    machine: data.machines[0] ?? "",
    theme: "auto",
    presenting: false,
    panel: "predict",
  };
}

export function chapterOf(data: PageData, state: State): Chapter | undefined {
  return data.chapters.find(({ number }) => number === state.view);
}

/** The state after moving to another view: what belongs to a chapter begins anew. */
export function moved(data: PageData, state: State, view: State["view"]): State {
  const { theme, presenting, figure, machine } = state;
  return { ...initialState(data), theme, presenting, figure, machine, view };
}

/** The parts that a chapter has. */
export const panelsOf = (chapter: Chapter): Panel[] =>
  PANELS.filter((panel) => panel !== "failures" || chapter.failures.length > 0);

/** Position of the x whose ledger is shown. */
export function shownX(chapter: Chapter, state: State): number {
  const { x } = chapter.chart;
  if (!("path" in x)) return 0;
  return state.at ?? x.values.indexOf(x.initial);
}

/** Whether the ledger shows only what the operating system takes. */
export const showsTax = (chapter: Chapter, { tax }: State): boolean => tax ?? chapter.chart.taxOnly;

/** The part of an address behind `#`; what stands as it stood first is left out. */
export function stateHash(data: PageData, state: State): string {
  const plain = moved(data, { ...initialState(data) }, state.view);
  const fields = new URLSearchParams({ show: String(state.view) });
  const add = (name: string, value: string | number, before: string | number | undefined): void => {
    if (value !== before) fields.set(name, String(value));
  };
  if (state.guess !== undefined) add("guess", state.guess, undefined);
  if (state.revealed) add("reveal", 1, 0);
  add("path", state.path, plain.path);
  add("step", state.step, plain.step);
  const chapter = chapterOf(data, state);
  for (const { id, initial } of chapter?.knobs ?? []) {
    add(`knob.${id}`, state.knobs[id] ?? initial, initial);
  }
  add("metric", state.metric, plain.metric);
  if (state.at !== undefined) add("at", state.at, undefined);
  if (state.tax !== undefined) add("tax", Number(state.tax), undefined);
  add("failure", state.failure, plain.failure);
  add("way", state.way, plain.way);
  add("moment", state.moment, plain.moment);
  add("claim", state.claim, plain.claim);
  add("without", state.without.join(" "), "");
  add("figure", state.figure, plain.figure);
  add("machine", state.machine, plain.machine);
  add("theme", state.theme, plain.theme);
  if (state.presenting) add("present", 1, 0);
  add("panel", state.panel, plain.panel);
  return fields.toString();
}

export function parseState(data: PageData, hash: string): State {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const start = initialState(data);
  const show = fields.get("show") ?? "";
  const other = VIEWS.find((view) => view === show);
  const chapter = data.chapters.find(({ number }) => String(number) === show);
  const base: State = { ...start, view: other ?? chapter?.number ?? start.view };
  const current = chapterOf(data, base);
  const chart = current?.chart;
  const oneOf = <Choice extends string>(name: string, all: readonly Choice[], before: Choice) =>
    all.find((choice) => choice === fields.get(name)) ?? before;
  const position = (name: string, count: number): number | undefined => {
    const value = Number(fields.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= 0 && value < count ? value : undefined;
  };
  const knobs = (current?.knobs ?? []).flatMap(({ id, options, initial }) => {
    const value = position(`knob.${id}`, options.length);
    return value === undefined || value === initial ? [] : [[id, value] as const];
  });
  const tax = position("tax", 2);
  const failure = position("failure", current?.failures.length ?? 0) ?? 0;
  const isClaim = (id: string): boolean => current?.claims.includes(id) ?? false;
  return {
    ...base,
    guess: position("guess", current?.prediction.options.length ?? 0),
    revealed: fields.get("reveal") === "1",
    path: position("path", current?.path.variants.length ?? 0) ?? 0,
    step: position("step", 1_000) ?? 0,
    knobs: Object.fromEntries(knobs),
    metric: position("metric", chart?.metrics.length ?? 0) ?? 0,
    at: position("at", chart && "path" in chart.x ? chart.x.values.length : 10_000),
    tax: tax === undefined ? undefined : tax === 1,
    failure,
    way: position("way", current?.failures[failure]?.variants.length ?? 0) ?? 0,
    moment: position("moment", 1_000) ?? 0,
    claim: position("claim", current?.claims.length ?? 0) ?? 0,
    without: (fields.get("without") ?? "").split(" ").filter(isClaim),
    figure: oneOf(
      "figure",
      data.figures.map(({ id }) => id),
      start.figure,
    ),
    machine: oneOf("machine", data.machines, start.machine),
    theme: oneOf("theme", ["auto", "light", "dark"], "auto"),
    presenting: fields.get("present") === "1",
    panel: oneOf("panel", PANELS, "predict"),
  };
}
