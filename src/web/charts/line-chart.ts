/** Curves over a number: simulated lines, published points, names at the ends of the lines. */
import * as Plot from "@observablehq/plot";
import { type Frame, placeLabels } from "../../report/labels.ts";
import { FONT_SIZE, pixels, textWidth, tickText } from "../../report/svg.ts";
import { faint, type Theme } from "../theme.ts";

export interface LinePoint {
  readonly x: number;
  readonly y: number;
}

export interface LineSeries {
  readonly title: string;
  readonly simulated: readonly LinePoint[];
  readonly published?: readonly (LinePoint & { readonly hollow: boolean })[];
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

const SYMBOLS = ["circle", "square", "triangle", "diamond", "hexagon", "wye", "star"] as const;
const DASHES = ["none", "7 3", "2 2.5", "10 3 2 3", "4 2", "12 3", "1 3"] as const;
const INSET = 12;
/** Lines and symbols of this size of type are as thick and large as written below. */
const BASE_FONT_SIZE = 13;
const scaleOf = (fontSize: number): number => fontSize / BASE_FONT_SIZE;

/** The chart as a detached element. */
export function drawLines(chart: LineChart, theme: Theme, size: ChartSize): SVGSVGElement {
  const { width, height, fontSize } = size;
  const names = Math.max(...chart.series.map(({ title }) => textWidth(title, fontSize)));
  // On a phone the names would leave no room for the curves: they stand above instead.
  const margin = names + 2.5 * fontSize;
  const hasMargin = width - margin > 0.5 * width;
  const keyLines = hasMargin ? 0 : chart.series.length;
  const frame: Frame = {
    left: 5.2 * fontSize,
    right: hasMargin ? width - margin : width - 14,
    top: 12 + keyLines * 1.5 * fontSize,
    bottom: height - 3.4 * fontSize,
  };
  const scales = { x: xScale(chart, frame), y: yScale(chart, frame, fontSize) };
  // A document of its own: Plot's style sheet must not reach the page, whose policy forbids it.
  const plot = Plot.plot({
    document: document.implementation.createHTMLDocument(""),
    width,
    height,
    marginTop: frame.top,
    marginBottom: height - frame.bottom,
    marginLeft: frame.left,
    marginRight: width - frame.right,
    ...scales,
    marks: [
      ...axes(chart, theme, scales, fontSize),
      ...(chart.mark === undefined
        ? []
        : [Plot.ruleX([chart.mark], { stroke: theme.pale, strokeDasharray: "2 4" })]),
      ...chart.series.flatMap((series, index) => curve(chart, series, index, theme, fontSize)),
      ...(hasMargin ? endLabels(chart, theme, scales, frame, fontSize) : []),
      ...(hasMargin ? [] : keyLabels(chart, theme, fontSize)),
    ],
  }) as unknown as SVGSVGElement;
  plot.querySelector("style")?.remove();
  plot.removeAttribute("class");
  // The picture as a whole has a name and a table behind it; its parts have neither.
  for (const part of plot.querySelectorAll("[aria-label], [aria-description]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-description");
  }
  plot.setAttribute("font-family", "system-ui, Helvetica, Arial, sans-serif");
  plot.setAttribute("font-size", String(fontSize));
  plot.setAttribute("fill", theme.ink);
  plot.setAttribute("color", theme.ink);
  return document.adoptNode(plot);
}

function xsOf({ series, x }: LineChart): number[] {
  const seen = series.flatMap(({ simulated, published = [] }) =>
    [...simulated, ...published].map((point) => point.x),
  );
  return [...new Set([...(x.values ?? []), ...seen])].sort((a, b) => a - b);
}

function xScale(chart: LineChart, frame: Frame): Plot.ScaleOptions {
  const xs = xsOf(chart);
  const [first, last] = [xs[0] ?? 1, xs.at(-1) ?? 2];
  const isLog = chart.x.scale === "log";
  const domain = first === last ? [isLog ? first / 2 : 0, last * 2 || 1] : [first, last];
  if (!isLog && first > 0) domain[0] = 0;
  return {
    type: chart.x.scale,
    domain,
    range: [frame.left + INSET, frame.right - INSET],
  };
}

function yScale(chart: LineChart, frame: Frame, fontSize: number): Plot.ScaleOptions {
  const isLog = chart.yScale === "log";
  const tops = chart.series.flatMap(({ simulated, published = [] }) => [
    ...simulated.map(({ y }) => y),
    ...published.map(({ y }) => y + (chart.readError ?? 0)),
  ]);
  return {
    type: isLog ? "log" : "linear",
    domain: isLog ? logDomain(tops) : [0, Math.max(...tops, 1e-9) * 1.08],
    range: [frame.bottom, frame.top],
    tickFormat: tickText,
    label: chart.yLabel,
    labelAnchor: "center",
    labelArrow: "none",
    labelOffset: 4.3 * fontSize,
  };
}

/** Few enough to be read: the decades, and between them 2 and 5 where there is room. */
function yTicks({ domain, type }: Plot.ScaleOptions): number | number[] {
  if (type !== "log") return 6;
  const [low, high] = domain as [number, number];
  const steps = high / low > 200 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: 19 }, (_, index) => 10 ** (index - 9));
  const all = decades.flatMap((decade) => steps.map((step) => step * decade));
  return all.filter((value) => value >= low && value <= high);
}

function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  const [low, high] = [Math.min(...positive, 1e9), Math.max(...positive, 1e-9)];
  return low > high ? [0.1, 1] : [low / 1.5, high * 1.5];
}

function axes(
  chart: LineChart,
  theme: Theme,
  { x, y }: { readonly x: Plot.ScaleOptions; readonly y: Plot.ScaleOptions },
  fontSize: number,
): Plot.Markish[] {
  const ticks = yTicks(y);
  const options: Plot.AxisXOptions = {
    text: tickText,
    label: chart.x.label,
    labelAnchor: "center",
    labelArrow: "none",
    labelOffset: 2.8 * fontSize,
    color: theme.ink,
  };
  const values = chart.x.values ?? xsOf(chart);
  const isFew = chart.x.scale === "log" || values.length <= 8;
  return [
    isFew ? Plot.axisX(spaced(values, x, fontSize), options) : Plot.axisX(options),
    Plot.axisY({
      color: theme.ink,
      ticks,
      tickFormat: tickText,
      labelAnchor: "center",
      labelArrow: "none",
      labelOffset: 4.3 * fontSize,
    }),
    Plot.gridY({ ticks, stroke: faint(theme), strokeOpacity: 0.25 }),
    ...(chart.yScale === "log" ? [] : [Plot.ruleY([0], { stroke: theme.ink })]),
  ];
}

/** Values without those whose tick would touch the one before. */
function spaced(values: readonly number[], x: Plot.ScaleOptions, fontSize: number): number[] {
  const { apply } = Plot.scale({ x });
  let end = Number.NEGATIVE_INFINITY;
  return values.filter((value) => {
    const half = textWidth(tickText(value), fontSize) / 2;
    if (apply(value) - half < end + 4) return false;
    end = apply(value) + half;
    return true;
  });
}

function curve(
  chart: LineChart,
  series: LineSeries,
  index: number,
  theme: Theme,
  fontSize: number,
): Plot.Markish[] {
  const scale = scaleOf(fontSize);
  const stroke = colourOf(theme, index);
  const { simulated, published = [] } = series;
  const symbol = SYMBOLS[index % SYMBOLS.length]!;
  const readError = chart.readError ?? 0;
  const dots = (hollow: boolean): Plot.Markish =>
    Plot.dot(
      published.filter((point) => point.hollow === hollow),
      {
        x: "x",
        y: "y",
        symbol,
        r: 5 * scale,
        fill: hollow ? theme.paper : stroke,
        stroke: hollow ? stroke : theme.paper,
        strokeWidth: (hollow ? 2 : 1) * scale,
      },
    );
  return [
    Plot.line(simulated, {
      x: "x",
      y: "y",
      stroke,
      strokeWidth: 2.25 * scale,
      strokeDasharray: DASHES[index % DASHES.length]!,
    }),
    // Without published points the symbols sit on the simulated ones, to tell the curves apart.
    Plot.dot(chart.series.some((other) => (other.published ?? []).length > 0) ? [] : simulated, {
      x: "x",
      y: "y",
      symbol,
      r: simulated.length > 40 ? 0 : 3.5 * scale,
      fill: stroke,
    }),
    Plot.ruleX(readError > 0 ? published : [], {
      x: "x",
      y1: (point: LinePoint) => Math.max(0, point.y - readError),
      y2: (point: LinePoint) => point.y + readError,
      stroke,
      strokeWidth: 16 * scale,
      strokeOpacity: 0.28,
    }),
    dots(false),
    dots(true),
  ];
}

function endLabels(
  { series }: LineChart,
  theme: Theme,
  scales: { readonly x: Plot.ScaleOptions; readonly y: Plot.ScaleOptions },
  frame: Frame,
  fontSize: number,
): Plot.Markish[] {
  const [toX, toY] = [Plot.scale({ x: scales.x }).apply, Plot.scale({ y: scales.y }).apply];
  const ends = series.flatMap(({ title, simulated, published = [] }, index) => {
    const end = simulated.at(-1) ?? published.at(-1);
    if (end === undefined) return [];
    const width = textWidth(title, fontSize);
    return [{ title, index, x: Number(toX(end.x)), y: Number(toY(end.y)), width }];
  });
  // Names belong into the margin while curves still grow: they would jump otherwise.
  const atMargin = ends.map((end) => ({ ...end, x: frame.right - INSET }));
  const places = placeScaled(atMargin, frame, fontSize / FONT_SIZE);
  return ends.flatMap(({ title, index, x, y }, position) => {
    const place = places[position]!;
    return [
      Plot.link([0], {
        x1: pixels([x + 6]),
        y1: pixels([y]),
        x2: pixels([place.x - 1.2 * fontSize]),
        y2: pixels([place.y]),
        // Dots, so that nobody takes it for a part of the curve.
        stroke: theme.pale,
        strokeDasharray: "1 4",
      }),
      symbolAt(place.x - 0.6 * fontSize, place.y, index, theme, fontSize),
      nameAt(title, place.x, place.y, theme),
    ];
  });
}

/** `placeLabels` knows one size of type: the chart is shrunk to it and grown again. */
function placeScaled(
  ends: readonly { readonly x: number; readonly y: number; readonly width: number }[],
  { left, right, top, bottom }: Frame,
  scale: number,
): { readonly x: number; readonly y: number }[] {
  const shrunk = ends.map(({ x, y, width }) => ({
    x: x / scale,
    y: y / scale,
    width: width / scale,
  }));
  const frame = {
    left: left / scale,
    right: right / scale,
    top: top / scale,
    bottom: bottom / scale,
  };
  return placeLabels(shrunk, frame).map(({ x, y }) => ({ x: x * scale, y: y * scale }));
}

function keyLabels({ series }: LineChart, theme: Theme, fontSize: number): Plot.Markish[] {
  return series.flatMap(({ title }, index) => {
    const y = 8 + index * 1.5 * fontSize;
    return [symbolAt(fontSize, y, index, theme, fontSize), nameAt(title, 2 * fontSize, y, theme)];
  });
}

function symbolAt(
  x: number,
  y: number,
  index: number,
  theme: Theme,
  fontSize: number,
): Plot.Markish {
  return Plot.dot([0], {
    x: pixels([x]),
    y: pixels([y]),
    symbol: SYMBOLS[index % SYMBOLS.length]!,
    r: 4 * scaleOf(fontSize),
    fill: colourOf(theme, index),
  });
}

const nameAt = (title: string, x: number, y: number, theme: Theme): Plot.Markish =>
  Plot.text([title], {
    x: pixels([x]),
    y: pixels([y]),
    text: [title],
    textAnchor: "start",
    fill: theme.ink,
  });

const colourOf = ({ series }: Theme, index: number): string => series[index % series.length]!;
