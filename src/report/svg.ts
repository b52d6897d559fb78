/**
 * What all charts share: colours, text, and the step from Plot's element to a standalone SVG file.
 *
 * Charts are drawn on white with explicit colours, because a file on a slide inherits no style
 * sheet.
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Colour of text, axes and everything that belongs to no series. */
export const INK = "#1a1a1a";
/** Colour of what should be seen last: grid lines, leaders, remarks. */
export const PALE = "#767676";
/**
 * Colours of Okabe and Ito, which colour-blind people can tell apart; the ones dark enough for
 * lines.
 */
export const SERIES_COLOURS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#000000",
  "#56b4e9",
  "#e69f00",
] as const;

export const FONT_SIZE = 12;

/** Upper estimate of the width of `text` in pixels, without a font at hand. */
export const textWidth = (text: string, fontSize = FONT_SIZE): number =>
  text.length * fontSize * 0.58;

/**
 * A title in lines of at most `width` pixels. Two lines are of about the same length, and the first
 * ends with a punctuation mark if that is possible.
 */
export function titleLines(text: string, width: number, fontSize: number): string[] {
  const fits = (line: string): boolean => textWidth(line, fontSize) <= width;
  if (fits(text)) return [text];
  const words = text.split(" ");
  const pairs = words
    .map((_, index) => [words.slice(0, index).join(" "), words.slice(index).join(" ")] as const)
    .filter((pair) => pair.every(fits));
  const penalty = ([first, second]: readonly [string, string]): number =>
    Math.abs(first.length - second.length) + (/[:;,]$/.test(first) ? 0 : text.length / 2);
  const [best] = pairs.sort((a, b) => penalty(a) - penalty(b));
  return best === undefined ? wrapped(text, width, fontSize) : [...best];
}

/** `text` in lines, broken between words; a word that is wider than a line stays whole. */
function wrapped(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, fontSize) <= width) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

/** What `Plot.plot` takes, with a size in pixels. */
export interface ChartOptions extends Omit<Plot.PlotOptions, "document"> {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws a chart and returns the text of a standalone SVG file, ending in a line feed.
 *
 * Coordinates are rounded to hundredths of a pixel: logarithms differ between engines further
 * right.
 */
export function chartSvg(options: ChartOptions): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const chart = Plot.plot({
    ...options,
    document,
    style: { fontFamily: "Helvetica, Arial, sans-serif", fontSize: `${FONT_SIZE}px` },
  });
  chart.querySelector("style")?.remove();
  chart.removeAttribute("class");
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text: string = chart.outerHTML;
  // Plot draws axes before all marks, so a background that is a mark would hide them.
  const background = `<rect width="${options.width}" height="${options.height}" fill="#ffffff" />`;
  return `${text.replace(">", `>${background}`).replaceAll(ATTRIBUTE, cleanAttribute)}\n`;
}

/** A channel of values that are pixels already. */
export const pixels = (values: readonly number[]): { value: number[]; scale: null } => ({
  value: [...values],
  scale: null,
});

/** One line of text at a pixel position, starting there. */
export function textAt(
  text: string,
  x: number,
  y: number,
  options: Plot.TextOptions = {},
): Plot.Markish {
  return Plot.text([text], {
    x: pixels([x]),
    y: pixels([y]),
    text: [text],
    textAnchor: "start",
    fill: INK,
    ...options,
  });
}

/** Number of a tick: short, and without the separators of a language. */
export const tickText = (value: number): string => String(Number(value.toPrecision(12)));

const ATTRIBUTE = /="([^"]*)"/g;

function cleanAttribute(whole: string, value: string): string {
  if (value === "currentColor") return `="${INK}"`;
  const rounded = value.replaceAll(/-?\d+\.\d{3,}/g, (number) =>
    String(Number(Number(number).toFixed(2))),
  );
  return rounded === value ? whole : `="${rounded}"`;
}
