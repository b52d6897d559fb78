/**
 * A figure whose x are steps or systems, not quantities, as horizontal bars: simulated values as
 * bars, published ones as symbols with their reading error.
 */
import * as Plot from "@observablehq/plot";
import { type Figure, isCalibrated, seriesXs, xName } from "../experiment/figure.ts";
import type { ResultRow } from "../experiment/result.ts";
import { logTicks, titleMarks, valueLabel } from "./figure-marks.ts";
import type { PublishedValue } from "./published.ts";
import { chartSvg, INK, PALE, pixels, SERIES_COLOURS, textAt, textWidth, tickText } from "./svg.ts";

const WIDTH = 760;
const TOP = 84;
const ROW_HEIGHT = 28;
const BAR_HEIGHT = 16;
const AXIS_HEIGHT = 56;
const BAR_TICKS = 5;
/** Room for the two values behind a bar. */
const VALUES_WIDTH = 150;

/** One line of the chart: a heading, or a bar. */
interface Row {
  readonly label: string;
  readonly bar?: Bar;
}

interface Bar {
  readonly colour: string;
  readonly simulated: number | undefined;
  readonly published: number | undefined;
  readonly hollow: boolean;
}

/** Whether bars show a figure better than lines: its x are named, or there is only one. */
export function isOfBars(figure: Figure): boolean {
  const xs = new Set(figure.series.flatMap((series) => seriesXs(figure, series)));
  return figure.x.names !== undefined || xs.size === 1;
}

/** The chart as a standalone SVG file, the same bytes for the same values. */
export function barsSvg(
  figure: Figure,
  published: readonly PublishedValue[],
  results: readonly ResultRow[],
  credit: string,
): string {
  const rows = rowsOf(figure, published, results);
  const bars = rows.flatMap(({ bar }) => bar ?? []);
  const highest = Math.max(0, ...bars.map((bar) => bar.published ?? 0));
  const readError = (highest * figure.source.readErrorPercent) / 100;
  const left = 20 + Math.ceil(Math.max(...rows.map(({ label }) => textWidth(label))));
  const bottom = TOP + rows.length * ROW_HEIGHT + 6;
  const height = bottom + AXIS_HEIGHT;
  const scale = valueScale(figure, bars, readError, [left, WIDTH - VALUES_WIDTH]);
  const toX = Plot.scale({ x: scale }).apply as (value: number) => number;
  const ticks = figure.y.scale === "log" ? logTicks(scale.domain as [number, number]) : BAR_TICKS;
  return chartSvg({
    width: WIDTH,
    height,
    marginTop: TOP,
    marginBottom: height - bottom,
    marginLeft: left,
    marginRight: VALUES_WIDTH,
    x: { ...scale, axis: null },
    // Unused, but without a vertical scale rectangles would fill the frame.
    y: { type: "linear", domain: [0, height], range: [0, height], axis: null },
    marks: [
      Plot.axisX({
        ticks,
        text: tickText,
        label: valueLabel(figure),
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 42,
      }),
      Plot.gridX({ ticks, stroke: PALE, strokeOpacity: 0.25 }),
      ...rows.flatMap((row, index) => rowMarks(row, index, { left, readError, toX })),
      ...titleMarks(figure, credit, { left: 20, keyY: TOP - 22, simulated: "bar" }),
    ],
  });
}

/** Series below each x when both have several; otherwise whichever has. */
function rowsOf(
  figure: Figure,
  published: readonly PublishedValue[],
  results: readonly ResultRow[],
): Row[] {
  const { metric, divisor } = figure.y;
  const at = (values: readonly (PublishedValue | ResultRow)[], series: string, x: number) => {
    const row = values.find(
      (one) =>
        one.figure === figure.id && one.series === series && one.x === x && one.metric === metric,
    );
    return row && row.value / divisor;
  };
  const xs = new Set(figure.series.flatMap((series) => [...seriesXs(figure, series)]));
  const isSingle = figure.series.length === 1;
  return [...xs]
    .sort((a, b) => a - b)
    .flatMap((x): Row[] => {
      const bars = figure.series.flatMap(({ id, title }, index): Row[] => {
        const [seen, simulated] = [at(published, id, x), at(results, id, x)];
        if (seen === undefined && simulated === undefined) return [];
        const colour = SERIES_COLOURS[index % SERIES_COLOURS.length]!;
        const hollow = isCalibrated(figure, id, x);
        const label = isSingle && xs.size > 1 ? xName(figure, x) : title;
        return [{ label, bar: { colour, simulated, published: seen, hollow } }];
      });
      return isSingle || xs.size === 1 ? bars : [{ label: xName(figure, x) }, ...bars];
    });
}

function valueScale(
  figure: Figure,
  bars: readonly Bar[],
  readError: number,
  range: readonly [number, number],
): Plot.ScaleOptions {
  const values = bars.flatMap(({ simulated, published }) => [
    ...(simulated === undefined ? [] : [simulated]),
    ...(published === undefined ? [] : [published, published + readError]),
  ]);
  const high = Math.max(...values, Number.MIN_VALUE);
  if (figure.y.scale === "linear") return { type: "linear", domain: [0, high], range: [...range] };
  // Half of the least value leaves its bar some length.
  return { type: "log", domain: [Math.min(...values) / 2, high], range: [...range] };
}

interface Place {
  readonly left: number;
  readonly readError: number;
  readonly toX: (value: number) => number;
}

function rowMarks({ label, bar }: Row, index: number, place: Place): Plot.Markish[] {
  const y = TOP + index * ROW_HEIGHT + ROW_HEIGHT / 2;
  const name = { textAnchor: "end", fontWeight: bar ? "normal" : "bold" } as const;
  const marks: Plot.Markish[] = [textAt(label, place.left - 8, y, name)];
  if (!bar) return marks;
  const { toX, left } = place;
  const { simulated, published, colour, hollow } = bar;
  const half = BAR_HEIGHT / 2;
  const box = (from: number, to: number, high: number, opacity: number, about: string) =>
    Plot.rect([0], {
      x1: pixels([from]),
      x2: pixels([to]),
      y1: pixels([y - high]),
      y2: pixels([y + high]),
      fill: colour,
      fillOpacity: opacity,
      ariaDescription: about,
    });
  if (simulated !== undefined) {
    marks.push(box(left, toX(simulated), half, 0.55, `simulated: ${label}`));
  }
  if (published !== undefined) {
    const low = Math.max(left, toX(Math.max(published - place.readError, Number.MIN_VALUE)));
    const high = toX(published + place.readError);
    if (place.readError > 0) marks.push(box(low, high, half + 4, 0.28, `reading error: ${label}`));
    marks.push(
      Plot.dot([0], {
        x: pixels([toX(published)]),
        y: pixels([y]),
        r: 5.5,
        fill: hollow ? "#ffffff" : colour,
        stroke: hollow ? colour : "#ffffff",
        strokeWidth: hollow ? 2 : 1,
        ariaDescription: `${hollow ? "calibrated" : "published"}: ${label}`,
      }),
    );
  }
  marks.push(...valueMarks(bar, y, place));
  return marks;
}

/** Both numbers behind the bar: simulated in ink, published beside it. */
function valueMarks({ simulated, published }: Bar, y: number, { toX }: Place): Plot.Markish[] {
  const end = toX(Math.max(simulated ?? 0, published ?? 0, Number.MIN_VALUE)) + 12;
  const first = simulated === undefined ? "" : short(simulated);
  const second = published === undefined ? "" : `(${short(published)})`;
  return [
    textAt(first, end, y, { fontWeight: "bold", fill: INK }),
    textAt(second, end + textWidth(first) + 8, y, { fill: PALE }),
  ];
}

const short = (value: number): string =>
  value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
