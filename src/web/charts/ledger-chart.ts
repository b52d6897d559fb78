/** Where the time of one operation goes: one stacked bar per operating system. */
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
  const pitch = 2 * line + 6;
  const totals = chart.bars.map(({ ns }) => total(ns));
  const longest = Math.max(...totals, Number.MIN_VALUE);
  const right = width - textWidth("00000 ns", fontSize) - 8;
  const causes = shownCauses(chart);
  const keys = keyPlaces(causes, width, fontSize);
  const keyTop = chart.bars.length * pitch + line;
  const height = keyTop + ((keys.at(-1)?.row ?? 0) + 1) * line + 4;
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
    ...chart.bars.map(({ title, ns, remark }, index) => {
      const top = index * pitch;
      const bar = stack(ns, causes, (value) => (value / longest) * right);
      const middle = top + line + 0.75 * line;
      return svg(
        "g",
        {},
        textAt(title, 0, top + 0.75 * line),
        ...bar.flatMap((part) => segment(part, top + line, line, theme, fontSize)),
        remark === undefined
          ? textAt(
              `${costText(totals[index]!)} ns`,
              (totals[index]! / longest) * right + 6,
              middle,
              {
                "font-weight": "bold",
              },
            )
          : textAt(remark, 0, middle, { fill: theme.pale }),
      );
    }),
    ...keys.map(({ cause, x, row }) => {
      const y = keyTop + row * line;
      return svg(
        "g",
        {},
        svg("rect", { x, y, width: 11, height: 11, fill: COLOURS[cause], stroke: theme.pale }),
        textAt(causeTitle(cause), x + 16, y + 10),
      );
    }),
  );
}

interface Part {
  readonly cause: string;
  readonly ns: number;
  readonly from: number;
  readonly to: number;
}

function stack(
  ns: Readonly<Record<string, number>>,
  causes: readonly string[],
  toX: (ns: number) => number,
): Part[] {
  let end = 0;
  return causes.flatMap((cause) => {
    const value = ns[cause] ?? 0;
    if (value <= 0) return [];
    const from = toX(end);
    end += value;
    return [{ cause, ns: value, from, to: toX(end) }];
  });
}

function segment(
  { cause, ns, from, to }: Part,
  y: number,
  height: number,
  theme: Theme,
  fontSize: number,
): SVGElement[] {
  const fill = COLOURS[cause] ?? theme.pale;
  const text = costText(ns);
  const about = svg("title", {}, `${causeTitle(cause)}: ${text} ns`);
  const box = { x: from, y, width: to - from, height, fill, stroke: theme.paper };
  const rect = svg("rect", box, about);
  if (to - from < textWidth(text, fontSize) + 4) return [rect];
  const colour = isDark(fill) ? "#ffffff" : "#1a1a1a";
  const place = { fill: colour, "text-anchor": "middle" };
  return [rect, textAt(text, (from + to) / 2, y + 0.72 * height, place)];
}

function keyPlaces(
  causes: readonly string[],
  width: number,
  fontSize: number,
): { cause: string; x: number; row: number }[] {
  let [x, row] = [0, 0];
  return causes.map((cause) => {
    const needed = 16 + textWidth(causeTitle(cause), fontSize) + 14;
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
