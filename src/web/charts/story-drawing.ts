/**
 * A failure, moment by moment: who acts on a lane of their own, and below what every place holds at
 * the moment that is reached.
 */
import { textWidth } from "../../report/svg.ts";
import { ACTORS, type Actor, type Moment } from "../../workload/witness.ts";
import { svg } from "../dom.ts";
import { faint, type Theme } from "../theme.ts";
import type { ChartSize } from "./line-chart.ts";

export interface StoryDrawing {
  readonly moments: readonly Moment[];
  /** Position of the moment that is reached. */
  readonly at: number;
}

/** Below this width the places stand one below the other. */
const NARROW = 560;

export function drawStory(drawing: StoryDrawing, theme: Theme, size: ChartSize): SVGSVGElement {
  const { width, fontSize } = size;
  const lanes = lanesOf(drawing, theme, size);
  const places = placesOf(drawing, theme, size, lanes.height + fontSize);
  const height = lanes.height + fontSize + places.height;
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
    ...lanes.elements,
    ...places.elements,
  );
}

interface Part {
  readonly elements: readonly SVGElement[];
  readonly height: number;
}

function lanesOf({ moments, at }: StoryDrawing, theme: Theme, size: ChartSize): Part {
  const { width, height, fontSize } = size;
  const used = ACTORS.filter((actor) => moments.some(({ who }) => who === actor));
  const free = (height - 7 * fontSize) / Math.max(1, used.length);
  const pitch = Math.max(2.3 * fontSize, Math.min(4 * fontSize, free));
  const left = Math.max(...used.map((actor) => textWidth(actor, fontSize))) + 14;
  const gap = (width - left - 32) / Math.max(1, moments.length - 1);
  const xOf = (index: number): number => left + 16 + index * gap;
  const laneY = (actor: Actor): number => (used.indexOf(actor) + 0.6) * pitch;
  const yOf = (index: number): number => laneY(moments[index]!.who);
  const line = (to: number): string =>
    moments
      .slice(0, to + 1)
      .map((_, index) => `${index === 0 ? "M" : "L"}${xOf(index)},${yOf(index)}`)
      .join("");
  const radius = Math.min(0.45 * fontSize, 0.35 * gap);
  const elements = [
    ...used.flatMap((actor) => [
      svg("line", {
        x1: left,
        x2: width,
        y1: laneY(actor),
        y2: laneY(actor),
        stroke: faint(theme),
        "stroke-opacity": 0.3,
      }),
      svg("text", { x: left - 8, y: laneY(actor) + 0.35 * fontSize, "text-anchor": "end" }, actor),
    ]),
    svg("path", { d: line(moments.length - 1), fill: "none", stroke: theme.pale }),
    svg("path", {
      d: line(at),
      fill: "none",
      stroke: theme.series[0],
      "stroke-width": 0.22 * fontSize,
      "stroke-linejoin": "round",
    }),
    ...moments.map((moment, index) => mark(moment, xOf(index), yOf(index), radius, theme)),
    svg("circle", {
      cx: xOf(at),
      cy: yOf(at),
      r: radius + 0.35 * fontSize,
      fill: "none",
      stroke: theme.ink,
      "stroke-width": 0.2 * fontSize,
    }),
  ];
  return { elements, height: used.length * pitch };
}

/** What goes wrong is a cross, what helps a diamond, everything else a dot. */
function mark({ tone, what }: Moment, x: number, y: number, r: number, theme: Theme): SVGElement {
  const about = svg("title", {}, what);
  if (tone === "bad") {
    const d = `M${x - r},${y - r}L${x + r},${y + r}M${x - r},${y + r}L${x + r},${y - r}`;
    return svg("path", { d, stroke: theme.series[1], "stroke-width": 0.6 * r }, about);
  }
  if (tone === "good") {
    const s = 1.3 * r;
    const d = `M${x},${y - s}L${x + s},${y}L${x},${y + s}L${x - s},${y}Z`;
    return svg("path", { d, fill: theme.series[2] }, about);
  }
  return svg("circle", { cx: x, cy: y, r, fill: theme.series[0] }, about);
}

function placesOf(
  { moments, at }: StoryDrawing,
  theme: Theme,
  { width, fontSize }: ChartSize,
  top: number,
): Part {
  const now = Object.entries(moments[at]?.holds ?? {});
  const before = moments[at - 1]?.holds;
  const isNarrow = width < NARROW;
  const gap = 12;
  const columns = isNarrow ? 1 : now.length;
  const boxWidth = (width - (columns - 1) * gap) / columns;
  const boxHeight = 4.2 * fontSize;
  const elements = now.map(([place, content], index) => {
    const x = isNarrow ? 0 : index * (boxWidth + gap);
    const y = top + (isNarrow ? index * (boxHeight + gap) : 0);
    const isNew = before !== undefined && before[place] !== content;
    return svg(
      "g",
      {},
      svg("rect", {
        x: x + 2,
        y: y + 2,
        width: boxWidth - 4,
        height: boxHeight - 4,
        rx: 6,
        fill: "none",
        stroke: isNew ? theme.series[1] : theme.pale,
        "stroke-width": isNew ? 3.5 : 1,
        ...(content === "gone" ? { "stroke-dasharray": "5 5" } : {}),
      }),
      svg("text", { x: x + 14, y: y + 1.6 * fontSize, fill: theme.pale }, place),
      svg(
        "text",
        { x: x + 14, y: y + 3.2 * fontSize, "font-size": 1.25 * fontSize, "font-weight": "bold" },
        content,
      ),
    );
  });
  const rows = isNarrow ? now.length : 1;
  return { elements, height: rows * (boxHeight + gap) };
}
