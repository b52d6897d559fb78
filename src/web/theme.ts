/** Colours of the page's charts; the style sheet has its own for everything around them. */
import { INK, PALE, SERIES_COLOURS } from "../report/svg.ts";
import type { State } from "./state.ts";

export interface Theme {
  readonly ink: string;
  readonly pale: string;
  readonly paper: string;
  readonly series: readonly string[];
}

/** The colours of exported files and of all other charts of the project. */
export const LIGHT: Theme = { ink: INK, pale: "#5f5f5f", paper: "#ffffff", series: SERIES_COLOURS };

/** The same hues, light enough for a dark ground. */
const DARK: Theme = {
  ink: "#f1f1f1",
  pale: "#a9adb5",
  paper: "#14171c",
  series: ["#56b4e9", "#ff8c42", "#2fce9e", "#f0a3cf", "#ffffff", "#9ecbff", "#f5c542"],
};

export const isDark = ({ theme }: State): boolean =>
  theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";

export const themeOf = (state: State): Theme => (isDark(state) ? DARK : LIGHT);

export const isStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Grid lines and the like, which may be fainter than any text. */
export const faint = (theme: Theme): string => (theme === LIGHT ? PALE : theme.pale);
