/** The keyboard: one table that the page obeys and that `?` lists. */
import type { Chapter } from "../experiment/chapter-format.ts";
import { type OtherView, panelsOf, type State, shownX, showsTax } from "./state.ts";

/** What keys act on. */
export interface Keyboard {
  readonly state: State;
  readonly chapter: Chapter | undefined;
  readonly chapters: readonly number[];
  /** Highest step of the shown path. */
  readonly lastStep: number;
  /** Highest moment of the shown failure. */
  readonly lastMoment: number;
  /** The figures that the view shows. */
  readonly figures: readonly string[];
  /** Knob that + and − turn. */
  readonly knob: number;
  readonly isDark: boolean;
  readonly set: (change: Partial<State>) => void;
  readonly go: (view: State["view"]) => void;
  readonly pickKnob: (knob: number) => void;
  readonly play: () => void;
  readonly help: () => void;
}

interface Key {
  readonly keys: readonly string[];
  /** As `?` prints them. */
  readonly shown: string;
  readonly does: string;
  readonly act: (board: Keyboard, key: string) => void;
}

const onChapter =
  (act: (board: Keyboard, chapter: Chapter, key: string) => void) =>
  (board: Keyboard, key: string): void => {
    if (board.chapter !== undefined) act(board, board.chapter, key);
  };

const goTo =
  (view: OtherView) =>
  ({ go }: Keyboard): void =>
    go(view);

const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
const wrap = (value: number, count: number): number => (value + count) % count;

/** One step on or back in what stands on the screen; `by` may pass either end. */
function step(board: Keyboard, by: number): void {
  const { state, chapter, lastStep, set, figures } = board;
  const panel = chapter === undefined ? state.view : state.presenting ? state.panel : "path";
  if (panel === "failures") stepStory(board, by);
  else if (panel === "claims" && chapter !== undefined) {
    set({ claim: clamp(state.claim + by, chapter.claims.length) });
  } else if (panel === "figures") {
    const shown = Math.max(0, figures.indexOf(state.figure));
    set({ figure: figures[clamp(shown + by, figures.length)] ?? state.figure });
  } else if (chapter !== undefined) {
    set({ step: clamp(Math.min(state.step, lastStep) + by, lastStep + 1) });
  }
}

const stepStory = ({ state, lastMoment, set }: Keyboard, by: number): void =>
  set({ moment: clamp(Math.min(state.moment, lastMoment) + by, lastMoment + 1) });

/** The same through another operating system, or met in another way. */
function vary({ state, set }: Keyboard, { path, failures }: Chapter, by: number): void {
  const failure = failures[state.failure];
  if (state.presenting && state.panel === "failures" && failure !== undefined) {
    set({ way: wrap(state.way + by, failure.variants.length), moment: 0 });
  } else set({ path: wrap(state.path + by, path.variants.length), step: 0 });
}

export const KEYS: readonly Key[] = [
  {
    keys: ["ArrowLeft", "ArrowRight"],
    shown: "← →",
    does: "one step back or on: the request; in presenter mode what is shown",
    act: (board, key) => step(board, key === "ArrowLeft" ? -1 : 1),
  },
  {
    keys: ["Home", "End"],
    shown: "Home End",
    does: "to the first or last step",
    act: (board, key) =>
      step(board, key === "Home" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY),
  },
  {
    keys: ["ArrowUp", "ArrowDown"],
    shown: "↑ ↓",
    does: "the same through another operating system or interface; the failure met otherwise",
    act: onChapter((board, chapter, key) => vary(board, chapter, key === "ArrowUp" ? -1 : 1)),
  },
  {
    keys: ["[", "]"],
    shown: "[ ]",
    does: "the failure goes one moment back or on",
    act: onChapter((board, _, key) => stepStory(board, key === "[" ? -1 : 1)),
  },
  {
    keys: ["x"],
    shown: "X",
    does: "the next failure",
    act: onChapter(({ state, set }, { failures }) => {
      if (failures.length > 0) {
        set({ failure: wrap(state.failure + 1, failures.length), way: 0, moment: 0 });
      }
    }),
  },
  {
    keys: [" "],
    shown: "space",
    does: "play: the request travels, or time passes; again: stop",
    act: onChapter(({ play }) => play()),
  },
  {
    keys: ["a", "b", "c", "d"],
    shown: "A B C D",
    does: "the audience's prediction",
    act: onChapter(({ set }, { prediction }, key) => {
      const guess = "abcd".indexOf(key);
      if (guess < prediction.options.length) set({ guess });
    }),
  },
  {
    keys: ["r"],
    shown: "R",
    does: "reveal what is simulated, or hide it",
    act: onChapter(({ state, set }) => set({ revealed: !state.revealed })),
  },
  {
    keys: ["k"],
    shown: "K",
    does: "pick the next knob",
    act: onChapter(({ knob, pickKnob }, { knobs }) => pickKnob(wrap(knob + 1, knobs.length))),
  },
  {
    keys: ["+", "-"],
    shown: "+ −",
    does: "turn the picked knob",
    act: onChapter(({ state, knob, set, pickKnob }, { knobs }, key) => {
      const picked = knobs[Math.max(0, knob)];
      if (picked === undefined) return;
      if (knob < 0) pickKnob(0);
      const now = state.knobs[picked.id] ?? picked.initial;
      const next = clamp(now + (key === "+" ? 1 : -1), picked.options.length);
      set({ knobs: { ...state.knobs, [picked.id]: next } });
    }),
  },
  {
    keys: ["m"],
    shown: "M",
    does: "the chart shows the next metric",
    act: onChapter(({ state, set }, { chart }) =>
      set({ metric: wrap(state.metric + 1, chart.metrics.length) }),
    ),
  },
  {
    keys: [",", "."],
    shown: ", .",
    does: "the ledger of a smaller or larger x",
    act: onChapter(({ state, set }, chapter, key) => {
      const { x } = chapter.chart;
      if (!("path" in x)) return;
      set({ at: clamp(shownX(chapter, state) + (key === "," ? -1 : 1), x.values.length) });
    }),
  },
  {
    keys: ["l"],
    shown: "L",
    does: "the ledger with or without what the database itself does",
    act: onChapter(({ state, set }, chapter) => set({ tax: !showsTax(chapter, state) })),
  },
  {
    keys: ["w"],
    shown: "W",
    does: "switch the mechanisms of all claims off, or on again",
    act: onChapter(({ state, set }, { claims }) =>
      set({ without: state.without.length > 0 ? [] : claims }),
    ),
  },
  {
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shown: "1 – 9",
    does: "the case study of this number",
    act: ({ chapters, go }, key) => {
      if (chapters.includes(Number(key))) go(Number(key));
    },
  },
  { keys: ["o"], shown: "O", does: "overview: the project's tables", act: goTo("table") },
  { keys: ["$"], shown: "$", does: "every cost of the model", act: goTo("costs") },
  { keys: ["f"], shown: "F", does: "all published figures", act: goTo("figures") },
  {
    keys: ["p"],
    shown: "P",
    does: "presenter mode: large type, one thing at a time, no controls",
    act: ({ state, set }) => set({ presenting: !state.presenting }),
  },
  {
    keys: ["PageDown", "PageUp"],
    shown: "PgDn PgUp",
    does: "presenter mode: the next or previous part (as a clicker sends it)",
    act: onChapter(({ state, set }, chapter, key) => {
      const panels = panelsOf(chapter);
      const next = panels.indexOf(state.panel) + (key === "PageDown" ? 1 : -1);
      set({ panel: panels[clamp(next, panels.length)] ?? state.panel });
    }),
  },
  {
    keys: ["t"],
    shown: "T",
    does: "dark or light",
    act: ({ isDark, set }) => set({ theme: isDark ? "light" : "dark" }),
  },
  { keys: ["?"], shown: "?", does: "this list", act: ({ help }) => help() },
  {
    keys: ["Escape"],
    shown: "Esc",
    does: "leave this list, or presenter mode",
    act: ({ set }) => set({ presenting: false }),
  },
];

/** Obeys one key; returns whether it meant something. */
export function pressed(board: Keyboard, key: string): boolean {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const found = KEYS.find(({ keys }) => keys.includes(name));
  // A clicker's keys scroll the page unless it is presenting.
  if (found === undefined || (/^Page/.test(name) && !board.state.presenting)) return false;
  found.act(board, name);
  return true;
}
