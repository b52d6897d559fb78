/** Where the time of one operation goes: one stacked bar per operating system. */
import { shownWithWaiting, WAITING } from "../../report/bar-length.ts";
import { COLOURS, costText, isDark } from "../../report/ledger-plot.ts";
import { causeTitle } from "../../report/ledger-table.ts";
import { textWidth } from "../../report/svg.ts";
import { svg } from "../dom.ts";
import type { Theme } from "../theme.ts";
import type { ChartSize } from "./line-chart.ts";

export interface LedgerChart {
  readonly kind: "ledger";
  readonly title: string;
  readonly operation: string;
  readonly bars: readonly {
    readonly title: string;
    /** Nanoseconds per operation, by cause, in the order of a request's path. */
    readonly ns: Readonly<Record<string, number>>;
    /** Said instead of a bar. */
    readonly remark?: string;
  }[];
}

/** Idle cores cost nothing; what they could have done shows in the chart beside it. */
const HIDDEN = "idle";

export const shownCauses = ({ bars }: LedgerChart): string[] =>
  Object.keys(COLOURS).filter((cause) => cause !== HIDDEN && bars.some(({ ns }) => ns[cause]));

export function drawLedger(chart: LedgerChart, theme: Theme, size: ChartSize): SVGSVGElement {
  const { width, fontSize } = size;
  const line = 1.6 * fontSize;
  const causes = shownCauses(chart);
  const keys = keyPlaces(causes, width, fontSize);
  const keyHeight = ((keys.at(-1)?.row ?? 0) + 1) * line + 4;
  const free = (size.height - keyHeight - line) / Math.max(1, chart.bars.length);
  const pitch = Math.max(2 * line + 6, Math.min(3.4 * line, free));
  const keyTop = chart.bars.length * pitch + 0.6 * line;
  const height = keyTop + keyHeight;
  const scale = scaleOf(chart, width, fontSize);
  return svg(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "system-ui, Helvetica, Arial, sans-serif",
      "font-size": fontSize,
      fill: theme.ink,
    },
    ...chart.bars.map((bar, index) => {
      const box = { top: index * pitch + line, height: pitch - line - 8 };
      return drawBar(bar, causes, scale, box, theme, fontSize);
    }),
    ...keys.map(({ cause, x, row }) => {
      const y = keyTop + row * line;
      const side = 0.85 * fontSize;
      const box = { x, y, width: side, height: side, fill: COLOURS[cause], stroke: theme.pale };
      return svg(
        "g",
        {},
        svg("rect", box),
        textAt(causeTitle(cause), x + 1.25 * fontSize, y + side),
      );
    }),
  );
}

/** From nanoseconds to pixels and to text. */
interface Scale {
  readonly toX: (ns: number) => number;
  /** Where bars are cut. */
  readonly right: number;
  readonly text: (ns: number) => string;
  readonly unit: string;
}

function scaleOf({ bars }: LedgerChart, width: number, fontSize: number): Scale {
  const shown = shownWithWaiting(
    bars.map(({ ns }) => ({ total: total(ns), waiting: ns[WAITING] ?? 0 })),
  );
  const right = width - textWidth("00000 ns", fontSize) - 10;
  const isLong = shown >= 10_000;
  return {
    toX: (ns) => Math.min(1, ns / shown) * right,
    right,
    text: (ns) => (isLong ? String(Number((ns / 1_000).toPrecision(3))) : costText(ns)),
    unit: isLong ? "µs" : "ns",
  };
}

interface Box {
  readonly top: number;
  readonly height: number;
}

function drawBar(
  { title, ns, remark }: LedgerChart["bars"][number],
  causes: readonly string[],
  scale: Scale,
  box: Box,
  theme: Theme,
  fontSize: number,
): SVGElement {
  const sum = total(ns);
  const middle = box.top + 0.5 * box.height + 0.35 * fontSize;
  const parts = stack(ns, causes, scale.toX);
  const end = parts.at(-1)?.to ?? 0;
  const isCut = parts.some(({ isCut: cut }) => cut);
  const sumText = `${scale.text(sum)} ${scale.unit}`;
  return svg(
    "g",
    {},
    textAt(title, 0, box.top - 0.35 * fontSize),
    ...parts.flatMap((part) => segment(part, box, middle, scale, theme, fontSize)),
    ...(isCut ? [cutMark(scale.right - 2.2 * fontSize, box, theme)] : []),
    remark === undefined
      ? textAt(sumText, end + 6, middle, { "font-weight": "bold" })
      : textAt(remark, 0, middle, { fill: theme.pale }),
  );
}

interface Part {
  readonly cause: string;
  readonly ns: number;
  readonly from: number;
  readonly to: number;
  /** Longer than it is drawn. */
  readonly isCut: boolean;
}

function stack(
  ns: Readonly<Record<string, number>>,
  causes: readonly string[],
  toX: (ns: number) => number,
): Part[] {
  let end = 0;
  const perPixel = 1 / Math.max(toX(1e-3) * 1e3, Number.MIN_VALUE);
  return causes.flatMap((cause) => {
    const value = ns[cause] ?? 0;
    if (value <= 0) return [];
    const from = toX(end);
    end += value;
    const to = toX(end);
    return [{ cause, ns: value, from, to, isCut: (to - from) * perPixel < 0.99 * value }];
  });
}

/** Two strokes across a bar that goes on beyond its end. */
function cutMark(x: number, { top, height }: Box, theme: Theme): SVGElement {
  const d = [0, 7].map((gap) => `M${x + gap},${top + height + 3}L${x + gap + 7},${top - 3}`);
  return svg("path", { d: d.join(""), stroke: theme.paper, "stroke-width": 3, fill: "none" });
}

function segment(
  { cause, ns, from, to }: Part,
  { top, height }: Box,
  middle: number,
  { text: textOf, unit }: Scale,
  theme: Theme,
  fontSize: number,
): SVGElement[] {
  const fill = COLOURS[cause] ?? theme.pale;
  const value = textOf(ns);
  const about = svg("title", {}, `${causeTitle(cause)}: ${value} ${unit}`);
  const box = { x: from, y: top, width: to - from, height, fill, stroke: theme.paper };
  const rect = svg("rect", box, about);
  const texts = [`${causeTitle(cause)} ${value}`, value];
  const text = texts.find((words) => textWidth(words, fontSize) + 4 <= to - from);
  if (text === undefined) return [rect];
  const colour = isDark(fill) ? "#ffffff" : "#1a1a1a";
  const place = { fill: colour, "text-anchor": "middle" };
  return [rect, textAt(text, (from + to) / 2, middle, place)];
}

function keyPlaces(
  causes: readonly string[],
  width: number,
  fontSize: number,
): { cause: string; x: number; row: number }[] {
  let [x, row] = [0, 0];
  return causes.map((cause) => {
    const needed = 1.25 * fontSize + textWidth(causeTitle(cause), fontSize) + fontSize;
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const place = { cause, x, row };
    x += needed;
    return place;
  });
}

export const total = (ns: Readonly<Record<string, number>>): number =>
  Object.entries(ns).reduce((sum, [cause, value]) => sum + (cause === HIDDEN ? 0 : value), 0);

const textAt = (
  text: string,
  x: number,
  y: number,
  more: Readonly<Record<string, string>> = {},
): SVGElement => svg("text", { x, y, ...more }, text);
