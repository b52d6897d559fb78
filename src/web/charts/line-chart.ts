/** Curves over a number: simulated lines, published points, names at the ends of the lines. */
import { type Frame, LABEL_HEIGHT, pushApart } from "../../report/labels.ts";
import { FONT_SIZE, textWidth, tickText } from "../../report/svg.ts";
import { svg } from "../dom.ts";
import { faint, type Theme } from "../theme.ts";
import { type Axis, linearAxis, logAxis } from "./axis.ts";
import { DASHES, symbolAt } from "./symbol.ts";

export interface LinePoint {
  readonly x: number;
  readonly y: number;
}

export interface LineSeries {
  readonly title: string;
  readonly simulated: readonly LinePoint[];
  readonly published?: readonly (LinePoint & { readonly hollow?: boolean })[];
}

export interface LineChart {
  readonly kind: "line";
  readonly title: string;
  readonly x: {
    readonly label: string;
    readonly scale: "linear" | "log";
    readonly values?: readonly number[];
  };
  readonly yLabel: string;
  /** Default: linear from 0. */
  readonly yScale?: "linear" | "log";
  readonly readError?: number;
  readonly series: readonly LineSeries[];
  /** An x that is pointed at. */
  readonly mark?: number;
}

export interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
}

/** Between the frame and the first and last x. */
const INSET = 12;
/** Lines and symbols of this size of type are as thick and large as written below. */
const BASE_FONT_SIZE = 13;
/** Between the frame and a name in the margin, in sizes of type: the curve's symbol. */
const NAME_OFFSET = 2;

/** What every part of a drawing needs. */
interface Canvas {
  readonly chart: LineChart;
  readonly theme: Theme;
  readonly fontSize: number;
  /** Of lines and symbols. */
  readonly scale: number;
  readonly frame: Frame;
  readonly x: Axis;
  readonly y: Axis;
}

/** The chart as a detached element. */
export function drawLines(chart: LineChart, theme: Theme, size: ChartSize): SVGSVGElement {
  const { width, height, fontSize } = size;
  const names = Math.max(...chart.series.map(({ title }) => textWidth(title, fontSize)));
  // On a phone the names would leave no room for the curves: they stand above instead.
  const margin = names + (NAME_OFFSET + 0.5) * fontSize;
  const hasMargin = width - margin > 0.5 * width;
  const keyLines = hasMargin ? 0 : chart.series.length;
  const frame: Frame = {
    left: 5.2 * fontSize,
    right: hasMargin ? width - margin : width - 14,
    top: 12 + keyLines * 1.5 * fontSize,
    bottom: height - 3.4 * fontSize,
  };
  const canvas: Canvas = {
    chart,
    theme,
    fontSize,
    scale: fontSize / BASE_FONT_SIZE,
    frame,
    x: xAxis(chart, frame),
    y: yAxis(chart, frame),
  };
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
    ...yTicks(canvas),
    ...xTicks(canvas),
    ...markOf(canvas),
    ...chart.series.flatMap((series, index) => curve(canvas, series, index)),
    ...(hasMargin ? endLabels(canvas) : keyLabels(canvas)),
  );
}

function xsOf({ series, x }: LineChart): number[] {
  const seen = series.flatMap(({ simulated, published = [] }) =>
    [...simulated, ...published].map((point) => point.x),
  );
  return [...new Set([...(x.values ?? []), ...seen])].sort((a, b) => a - b);
}

function xAxis(chart: LineChart, { left, right }: Frame): Axis {
  const xs = xsOf(chart);
  const [first, last] = [xs[0] ?? 1, xs.at(-1) ?? 2];
  const range = [left + INSET, right - INSET] as const;
  const isOne = first === last;
  const end = isOne ? last * 2 || 1 : last;
  if (chart.x.scale === "log") return logAxis([isOne ? first / 2 : first, end], range);
  return linearAxis([first > 0 || isOne ? 0 : first, end], range, 8);
}

function yAxis({ series, readError = 0, yScale }: LineChart, { top, bottom }: Frame): Axis {
  const tops = series.flatMap(({ simulated, published = [] }) => [
    ...simulated.map(({ y }) => y),
    ...published.map(({ y }) => y + readError),
  ]);
  if (yScale !== "log") {
    return linearAxis([0, Math.max(...tops, 1e-9) * 1.08], [bottom, top], 6);
  }
  const positive = tops.filter((value) => value > 0);
  const domain =
    positive.length === 0
      ? ([0.1, 1] as const)
      : ([Math.min(...positive) / 1.5, Math.max(...positive) * 1.5] as const);
  return logAxis(domain, [bottom, top]);
}

function yTicks({ chart, theme, fontSize, frame, y }: Canvas): SVGElement[] {
  const { left, right, top, bottom } = frame;
  const [labelX, labelY] = [left - 4.3 * fontSize, (top + bottom) / 2];
  const isLog = chart.yScale === "log";
  return [
    ...y.ticks.flatMap((value) => {
      const at = y.toPixel(value);
      const isBase = value === 0 && !isLog;
      const stroke = isBase
        ? { stroke: theme.ink }
        : { stroke: faint(theme), "stroke-opacity": 0.25 };
      return [
        svg("line", { x1: left, x2: right, y1: at, y2: at, ...stroke }),
        svg(
          "text",
          { x: left - 8, y: at + 0.35 * fontSize, "text-anchor": "end" },
          tickText(value),
        ),
      ];
    }),
    svg(
      "text",
      {
        transform: `translate(${labelX} ${labelY}) rotate(-90)`,
        y: 0.35 * fontSize,
        "text-anchor": "middle",
      },
      chart.yLabel,
    ),
  ];
}

function xTicks({ chart, theme, fontSize, frame, x }: Canvas): SVGElement[] {
  const { left, right, bottom } = frame;
  const values = chart.x.values ?? xsOf(chart);
  // Few values are written as they are; many are better read off a round scale.
  const isFew = chart.x.scale === "log" || values.length <= 8;
  return [
    ...spaced(isFew ? values : x.ticks, x, fontSize).flatMap((value) => {
      const at = x.toPixel(value);
      return [
        svg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 5, stroke: theme.ink }),
        svg("text", { x: at, y: bottom + 5 + fontSize, "text-anchor": "middle" }, tickText(value)),
      ];
    }),
    svg(
      "text",
      { x: (left + right) / 2, y: bottom + 5 + 2.5 * fontSize, "text-anchor": "middle" },
      chart.x.label,
    ),
  ];
}

/** Values without those whose tick would touch the one before. */
function spaced(values: readonly number[], x: Axis, fontSize: number): number[] {
  let end = Number.NEGATIVE_INFINITY;
  return values.filter((value) => {
    const half = textWidth(tickText(value), fontSize) / 2;
    if (x.toPixel(value) - half < end + 4) return false;
    end = x.toPixel(value) + half;
    return true;
  });
}

function markOf({ chart: { mark }, theme, frame, x }: Canvas): SVGElement[] {
  if (mark === undefined) return [];
  const at = x.toPixel(mark);
  const place = { x1: at, x2: at, y1: frame.top, y2: frame.bottom };
  return [svg("line", { ...place, stroke: theme.pale, "stroke-dasharray": "2 4" })];
}

function curve(canvas: Canvas, series: LineSeries, index: number): SVGElement[] {
  const { chart, theme, scale, x, y } = canvas;
  const colour = colourOf(theme, index);
  const { simulated, published = [] } = series;
  const points = simulated.map((point) => `${x.toPixel(point.x)},${y.toPixel(point.y)}`);
  // Without published points the symbols sit on the simulated ones, to tell the curves apart.
  const hasSymbols =
    simulated.length <= 40 && chart.series.every((other) => (other.published ?? []).length === 0);
  return [
    svg("polyline", {
      points: points.join(" "),
      fill: "none",
      stroke: colour,
      "stroke-width": 2.25 * scale,
      "stroke-linejoin": "round",
      "stroke-dasharray": DASHES[index % DASHES.length]!,
    }),
    ...(hasSymbols ? simulated : []).map((point) =>
      symbolAt(index, x.toPixel(point.x), y.toPixel(point.y), 3.5 * scale, { fill: colour }),
    ),
    ...readErrors(canvas, published, colour),
    // Hollow ones, which the model was given, lie on top.
    ...[false, true].flatMap((hollow) =>
      published
        .filter((point) => (point.hollow ?? false) === hollow)
        .map((point) =>
          symbolAt(index, x.toPixel(point.x), y.toPixel(point.y), 5 * scale, {
            fill: hollow ? theme.paper : colour,
            stroke: hollow ? colour : theme.paper,
            "stroke-width": (hollow ? 2 : 1) * scale,
          }),
        ),
    ),
  ];
}

function readErrors(
  { chart: { readError = 0 }, scale, x, y }: Canvas,
  published: readonly LinePoint[],
  colour: string,
): SVGElement[] {
  if (readError === 0) return [];
  return published.map((point) => {
    const [top, bottom] = [point.y + readError, Math.max(0, point.y - readError)].map(y.toPixel);
    const width = 16 * scale;
    const box = { x: x.toPixel(point.x) - width / 2, y: top, width, height: bottom! - top! };
    return svg("rect", { ...box, fill: colour, "fill-opacity": 0.28 });
  });
}

/** Names in the margin, at the heights at which curves end, never on top of each other. */
function endLabels(canvas: Canvas): SVGElement[] {
  const { chart, theme, fontSize, frame, x, y } = canvas;
  const ends = chart.series.flatMap(({ title, simulated, published = [] }, index) => {
    const end = simulated.at(-1) ?? published.at(-1);
    return end === undefined ? [] : [{ title, index, x: x.toPixel(end.x), y: y.toPixel(end.y) }];
  });
  const gap = (LABEL_HEIGHT / FONT_SIZE) * fontSize;
  const heights = pushApart(
    ends.map((end) => end.y),
    gap,
    frame.top,
    frame.bottom,
  );
  const nameX = frame.right - INSET + NAME_OFFSET * fontSize;
  return ends.flatMap((end, position) => {
    const at = heights[position]!;
    return [
      // Dots, so that nobody takes it for a part of the curve.
      svg("line", {
        x1: end.x + 6,
        y1: end.y,
        x2: nameX - 1.2 * fontSize,
        y2: at,
        stroke: theme.pale,
        "stroke-dasharray": "1 4",
      }),
      ...nameAt(canvas, end.title, end.index, nameX, at),
    ];
  });
}

const keyLabels = (canvas: Canvas): SVGElement[] =>
  canvas.chart.series.flatMap(({ title }, index) =>
    nameAt(canvas, title, index, 2 * canvas.fontSize, 8 + index * 1.5 * canvas.fontSize),
  );

function nameAt(
  { theme, fontSize, scale }: Canvas,
  title: string,
  index: number,
  x: number,
  y: number,
): SVGElement[] {
  const symbol = { fill: colourOf(theme, index) };
  return [
    symbolAt(index, x - 0.6 * fontSize, y, 4 * scale, symbol),
    svg("text", { x, y: y + 0.35 * fontSize }, title),
  ];
}

const colourOf = ({ series }: Theme, index: number): string => series[index % series.length]!;
