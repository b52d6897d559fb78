/**
 * One figure as a chart: published values as points with their reading error, simulated ones as
 * lines.
 *
 * Published values that were inputs of the model are hollow. Each series has a colour, a symbol and
 * a dash pattern of its own, and its name stands at the end of its line.
 */
import * as Plot from "@observablehq/plot";
import { type Figure, isCalibrated, placeOf, seriesXs } from "../experiment/figure.ts";
import type { ResultRow } from "../experiment/result.ts";
import { barsSvg, isOfBars } from "./bar-chart.ts";
import { logTicks, titleMarks, valueLabel, withUnit } from "./figure-marks.ts";
import { around, type Obstacles, type Point } from "./free-place.ts";
import { type Frame, type LabelPlace, leaderOf, placeLabels } from "./labels.ts";
import type { PublishedValue } from "./published.ts";
import { chartSvg, INK, PALE, pixels, SERIES_COLOURS, textAt, textWidth, tickText } from "./svg.ts";

const WIDTH = 760;
const HEIGHT = 460;
const MARGIN = { top: 84, bottom: 56, left: 64 } as const;
/** Space between the frame and the first and last x. */
const INSET = 14;
const Y_TICKS = 7;
const SYMBOL_RADIUS = 5;
const READ_ERROR_WIDTH = 20;
/** A name in bold type is so much wider. */
const BOLD = 1.06;
const SYMBOLS = ["circle", "square", "triangle", "diamond", "hexagon", "wye", "star"] as const;
const DASHES = ["none", "7 3", "2 2.5", "10 3 2 3", "4 2", "12 3", "1 3"] as const;

interface Curve {
  readonly title: string;
  readonly colour: string;
  readonly symbol: (typeof SYMBOLS)[number];
  readonly dash: string;
  readonly simulated: readonly { readonly x: number; readonly y: number }[];
  readonly published: readonly { readonly x: number; readonly y: number; hollow: boolean }[];
}

/**
 * The chart of a figure as a standalone SVG file, the same bytes for the same values.
 *
 * @param credit where the published values are from, `Haas & Leis 2023, Figure 6`.
 */
export function figureSvg(
  figure: Figure,
  published: readonly PublishedValue[],
  rows: readonly ResultRow[],
  credit = `${figure.source.key}, ${placeOf(figure)}`,
): string {
  if (isOfBars(figure)) return barsSvg(figure, published, rows, credit);
  const curves = curvesOf(figure, published, rows);
  const highest = Math.max(0, ...curves.flatMap(({ published: seen }) => seen.map(({ y }) => y)));
  const readError = (highest * figure.source.readErrorPercent) / 100;
  const names = Math.max(...curves.map((curve) => textWidth(curve.title)));
  const frame: Frame = {
    left: Math.max(MARGIN.left, Math.ceil(textWidth(tickText(Math.round(highest)))) + 34),
    right: WIDTH - Math.ceil(names) - 36,
    top: MARGIN.top,
    bottom: HEIGHT - MARGIN.bottom,
  };
  const x = xScale(figure, frame);
  const y = yScale(figure, curves, readError, frame);
  const [floor, ceiling] = y.domain as [number, number];
  const yTicks = figure.y.scale === "log" ? logTicks([floor, ceiling]) : Y_TICKS;
  return chartSvg({
    width: WIDTH,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: frame.left,
    marginRight: WIDTH - frame.right,
    x,
    y: { ...y, axis: null },
    marks: [
      xAxis(figure, x),
      // As text, as for x.
      Plot.axisY({
        ticks: yTicks,
        text: tickText,
        label: valueLabel(figure),
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: frame.left - 14,
      }),
      Plot.gridY({ ticks: yTicks, stroke: PALE, strokeOpacity: 0.25 }),
      ...(figure.y.scale === "linear" ? [Plot.ruleY([0], { stroke: INK })] : []),
      ...curves.flatMap((curve) => curveMarks(curve, readError, floor)),
      ...labelMarks(curves, readError, x, y, frame),
      ...titleMarks(figure, credit, { left: frame.left, keyY: MARGIN.top - 22, simulated: "line" }),
    ],
  });
}

function curvesOf(
  figure: Figure,
  published: readonly PublishedValue[],
  rows: readonly ResultRow[],
): Curve[] {
  const { metric, divisor } = figure.y;
  return figure.series.map((series, index) => {
    const isShown = (row: PublishedValue | ResultRow): boolean =>
      row.figure === figure.id && row.series === series.id && row.metric === metric;
    return {
      title: series.title,
      colour: SERIES_COLOURS[index % SERIES_COLOURS.length]!,
      symbol: SYMBOLS[index % SYMBOLS.length]!,
      dash: DASHES[index % DASHES.length]!,
      simulated: rows
        .filter(isShown)
        .map((row) => ({ x: row.x, y: row.value / divisor }))
        .sort((a, b) => a.x - b.x),
      published: published
        .filter(isShown)
        .map((row) => ({
          x: row.x,
          y: row.value / divisor,
          hollow: isCalibrated(figure, series.id, row.x),
        }))
        .sort((a, b) => a.x - b.x),
    };
  });
}

function xsOf(figure: Figure): number[] {
  const xs = new Set(figure.series.flatMap((series) => seriesXs(figure, series)));
  return [...xs].sort((a, b) => a - b);
}

function xScale(figure: Figure, frame: Frame): Plot.ScaleOptions {
  const xs = xsOf(figure);
  const isLog = figure.x.scale === "log";
  const [first, last] = [xs[0]!, xs.at(-1)!];
  // A single x on a logarithmic scale has no extent: give it the octaves around it.
  const isPoint = isLog && first === last;
  const low = isPoint ? first / 2 : isLog ? first : Math.min(0, first);
  return {
    type: figure.x.scale,
    domain: [low, isPoint ? last * 2 : last],
    range: [frame.left + INSET, frame.right - INSET],
  };
}

function xAxis(figure: Figure, scale: Plot.ScaleOptions): Plot.Markish {
  const xs = xsOf(figure);
  const options: Plot.AxisXOptions = {
    // As text, because a logarithmic scale leaves out some formatted ticks of its own accord.
    text: tickText,
    label: withUnit(figure.x.label, figure.x.unit),
    labelAnchor: "center",
    labelArrow: "none",
    labelOffset: 42,
  };
  if (figure.x.scale === "linear" && xs.length > 8) return Plot.axisX(options);
  return Plot.axisX(spacedTicks(xs, scale), options);
}

/** The measured x, without those whose tick would touch the one before. */
function spacedTicks(xs: readonly number[], scale: Plot.ScaleOptions): number[] {
  const { apply } = Plot.scale({ x: scale });
  const ticks: number[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const x of xs) {
    const half = textWidth(tickText(x)) / 2;
    if (apply(x) - half < end + 4) continue;
    ticks.push(x);
    end = apply(x) + half;
  }
  return ticks;
}

function yScale(
  figure: Figure,
  curves: readonly Curve[],
  readError: number,
  frame: Frame,
): Plot.ScaleOptions {
  const tops = curves.flatMap((curve) => [
    ...curve.simulated.map((point) => point.y),
    ...curve.published.map((point) => point.y + readError),
  ]);
  const isLog = figure.y.scale === "log";
  const lows = curves.flatMap(({ simulated, published }) =>
    [...simulated, ...published].map((point) => point.y),
  );
  return {
    type: figure.y.scale,
    domain: [isLog ? Math.min(...lows) / 1.3 : 0, Math.max(...tops, Number.MIN_VALUE) * 1.08],
    range: [frame.bottom, frame.top],
  };
}

function curveMarks(curve: Curve, readError: number, floor: number): Plot.Markish[] {
  const { colour, symbol, dash } = curve;
  return [
    Plot.line(curve.simulated, {
      x: "x",
      y: "y",
      stroke: colour,
      strokeWidth: 2,
      strokeDasharray: dash,
      ariaDescription: `simulated: ${curve.title}`,
    }),
    Plot.ruleX(readError > 0 ? curve.published : [], {
      x: "x",
      y1: (point: { y: number }) => Math.max(floor, point.y - readError),
      y2: (point: { y: number }) => point.y + readError,
      // Wider than the symbols, which would hide a thin bar.
      stroke: colour,
      strokeWidth: READ_ERROR_WIDTH,
      strokeOpacity: 0.28,
      ariaDescription: `reading error: ${curve.title}`,
    }),
    // White around filled points keeps both visible where two series coincide.
    ...[false, true].map((hollow) =>
      Plot.dot(
        curve.published.filter((point) => point.hollow === hollow),
        {
          x: "x",
          y: "y",
          symbol,
          r: SYMBOL_RADIUS,
          fill: hollow ? "#ffffff" : colour,
          stroke: hollow ? colour : "#ffffff",
          strokeWidth: hollow ? 2 : 1,
          ariaDescription: `${hollow ? "calibrated" : "published"}: ${curve.title}`,
        },
      ),
    ),
  ];
}

/** What the points and lines of all curves cover, in pixels. */
function drawnBy(
  curves: readonly Curve[],
  readError: number,
  floor: number,
  toPixel: (point: Point) => Point,
): Obstacles {
  return {
    lines: curves.map(({ simulated }) => simulated.map(toPixel)),
    boxes: curves.flatMap(({ published }) =>
      published.flatMap((point) => {
        const place = toPixel(point);
        const symbol = around(place, SYMBOL_RADIUS + 1);
        if (readError === 0) return [symbol];
        const top = toPixel({ x: point.x, y: point.y + readError }).y;
        const bottom = toPixel({ x: point.x, y: Math.max(floor, point.y - readError) }).y;
        return [symbol, { ...around(place, READ_ERROR_WIDTH / 2), top, bottom }];
      }),
    ),
  };
}

function labelMarks(
  curves: readonly Curve[],
  readError: number,
  x: Plot.ScaleOptions,
  y: Plot.ScaleOptions,
  frame: Frame,
): Plot.Markish[] {
  const [toX, toY] = [Plot.scale({ x }).apply, Plot.scale({ y }).apply];
  const [floor] = y.domain as [number, number];
  const toPixel = (point: Point): Point => ({ x: Number(toX(point.x)), y: Number(toY(point.y)) });
  const named = curves.flatMap((curve) => {
    const end = curve.simulated.at(-1) ?? curve.published.at(-1);
    const width = textWidth(curve.title) * BOLD;
    return end ? [{ curve, ...toPixel(end), width }] : [];
  });
  const places = placeLabels(named, frame, drawnBy(curves, readError, floor, toPixel));
  return named.flatMap((end, index) => labelMark(end.curve, end, places[index]!));
}

function labelMark(curve: Curve, end: Point, place: LabelPlace): Plot.Markish[] {
  if (place.isInside) {
    // A symbol here would look like a measured point: the colour has to do.
    const style = { fill: curve.colour, fontWeight: "bold", ariaDescription: "series label" };
    return [textAt(curve.title, place.x, place.y, style)];
  }
  const [from, to] = leaderOf(end, place);
  return [
    // A leader shows which line a name was pushed away from.
    Plot.link([0], {
      x1: pixels([from.x]),
      y1: pixels([from.y]),
      x2: pixels([to.x]),
      y2: pixels([to.y]),
      stroke: curve.colour,
      strokeWidth: 0.75,
      ariaDescription: "leader",
    }),
    Plot.dot([0], {
      x: pixels([place.x - 9]),
      y: pixels([place.y]),
      symbol: curve.symbol,
      r: 4,
      fill: curve.colour,
      ariaDescription: "label symbol",
    }),
    textAt(curve.title, place.x, place.y, { ariaDescription: "series label" }),
  ];
}
