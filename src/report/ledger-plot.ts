/** Where the time of one I/O goes: a stacked bar of causes for each interface. */
import * as Plot from "@observablehq/plot";
import { assert } from "../base/assert.ts";
import type { LedgerBar, LedgerUnit } from "./ledger-bar.ts";
import { chartSvg, INK, PALE, pixels, textAt, textWidth, tickText } from "./svg.ts";

const WIDTH = 860;
const TOP = 66;
const BAR_HEIGHT = 34;
const BAR_GAP = 16;
const AXIS_HEIGHT = 52;
const KEY_LINE = 20;
/** One colour per cause, the same in every chart; neighbours differ in lightness, too. */
export const COLOURS: Readonly<Record<string, string>> = {
  application: "#4d4d4d",
  database: "#1b7837",
  addressTranslation: "#c2a5cf",
  pageFault: "#b2182b",
  zeroing: "#fddbc7",
  pageTable: "#762a83",
  reclaim: "#f4a582",
  shootdownSend: "#053061",
  shootdownReceive: "#4393c3",
  shootdownWait: "#d1e5f0",
  systemCall: "#0072b2",
  ioInterface: "#e69f00",
  pagePinning: "#882255",
  copy: "#009e73",
  fileSystem: "#cc79a7",
  raid: "#332288",
  blockLayer: "#56b4e9",
  driver: "#d55e00",
  interrupt: "#aa3377",
  completion: "#6b6b00",
  wakeUp: "#f0e442",
  contextSwitch: "#661100",
  scheduler: "#bf812d",
  hypervisor: "#878787",
  contention: "#cc3311",
  pollingUseful: "#44aa99",
  pollingEmpty: "#bbd8e8",
  idle: "#e6e6e6",
};

interface Segment {
  readonly cause: string;
  readonly colour: string;
  readonly bar: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The chart as a standalone SVG file, the same bytes for the same values.
 *
 * @param causes which causes to draw, in the order of the stack; leave out `idle` for the cost of
 * an I/O.
 */
export function ledgerSvg(
  title: string,
  unit: LedgerUnit,
  causes: readonly string[],
  bars: readonly LedgerBar[],
): string {
  assert(bars.length > 0, "a ledger chart has bars");
  const segments = bars.flatMap((bar, index) => stack(bar, index, causes));
  const totals = bars.map((_, index) =>
    Math.max(0, ...segments.flatMap((part) => (part.bar === index ? [part.end] : []))),
  );
  const left = 24 + Math.ceil(Math.max(...bars.map((bar) => textWidth(bar.label))));
  const right = WIDTH - 70;
  const bottom = TOP + bars.length * (BAR_HEIGHT + BAR_GAP);
  const scale: Plot.ScaleOptions = {
    type: "linear",
    domain: [0, Math.max(...totals, Number.MIN_VALUE)],
    range: [left, right],
  };
  const toX = Plot.scale({ x: scale }).apply as (value: number) => number;
  const shown = causes.filter((cause) => segments.some((part) => part.cause === cause));
  const key = keyPlaces(shown, left, right);
  const keyTop = bottom + AXIS_HEIGHT;
  const remark = causes.includes("idle")
    ? "by cause"
    : "by cause; polling in vain counts, an idle core does not";
  const height = keyTop + (key.at(-1)?.line ?? 0) * KEY_LINE + 28;
  return chartSvg({
    width: WIDTH,
    height,
    marginTop: TOP,
    marginBottom: height - bottom,
    marginLeft: left,
    marginRight: WIDTH - right,
    x: { ...scale, axis: null },
    // Unused, but without a vertical scale rectangles would fill the frame.
    y: { type: "linear", domain: [0, height], range: [0, height], axis: null },
    marks: [
      Plot.axisX({
        ticks: tickCount(right - left, Math.max(...totals)),
        text: tickText,
        label: `time of all cores per I/O [${unit}]`,
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 38,
      }),
      textAt(title, 16, 24, { fontSize: 16, fontWeight: "bold" }),
      textAt(remark, 16, 44, { fill: PALE }),
      ...segments.flatMap((part) => segmentMarks(part, toX, unit)),
      ...bars.flatMap((bar, index) => [
        textAt(bar.label, left - 8, middleOf(index), { textAnchor: "end" }),
        textAt(costText(totals[index]!), toX(totals[index]!) + 8, middleOf(index), {
          fontWeight: "bold",
        }),
      ]),
      ...key.flatMap(({ cause, x, line }) => {
        const y = keyTop + line * KEY_LINE + 8;
        const fill = colourOf(cause);
        return [
          box(x, x + 11, y - 5.5, y + 5.5, fill, `key: ${cause}`),
          textAt(words(cause), x + 17, y),
        ];
      }),
    ],
  });
}

/** As many ticks as leave a label's width between two of them, at most 7. */
const tickCount = (width: number, highest: number): number =>
  Math.max(2, Math.min(7, Math.floor(width / (2 * textWidth(tickText(Math.round(highest)))))));

function stack(bar: LedgerBar, index: number, causes: readonly string[]): Segment[] {
  let end = 0;
  return causes.flatMap((cause) => {
    const value = bar.perIo[cause] ?? 0;
    if (value <= 0) return [];
    const start = end;
    end += value;
    return [{ cause, colour: colourOf(cause), bar: index, start, end }];
  });
}

/** A segment with its value in it, when the value fits. */
function segmentMarks(
  part: Segment,
  toX: (value: number) => number,
  unit: LedgerUnit,
): Plot.Markish[] {
  const [x1, x2] = [toX(part.start), toX(part.end)];
  const y = middleOf(part.bar);
  const value = costText(part.end - part.start);
  const half = BAR_HEIGHT / 2;
  const about = `${words(part.cause)}: ${value} ${unit}`;
  const marks = [box(x1, x2, y - half, y + half, part.colour, about)];
  if (x2 - x1 > textWidth(value) + 6) {
    const fill = isDark(part.colour) ? "#ffffff" : INK;
    marks.push(textAt(value, (x1 + x2) / 2, y, { textAnchor: "middle", fill }));
  }
  return marks;
}

/** White between segments separates those whose colours look alike to somebody. */
function box(
  x1: number,
  x2: number,
  y1: number,
  y2: number,
  fill: string,
  about: string,
): Plot.Markish {
  return Plot.rect([0], {
    x1: pixels([x1]),
    x2: pixels([x2]),
    y1: pixels([y1]),
    y2: pixels([y2]),
    fill,
    stroke: "#ffffff",
    strokeWidth: 1,
    ariaDescription: about,
  });
}

function keyPlaces(
  causes: readonly string[],
  left: number,
  right: number,
): { cause: string; x: number; line: number }[] {
  let [x, line] = [left, 0];
  return causes.map((cause) => {
    const width = 17 + textWidth(words(cause)) + 20;
    if (x > left && x + width > right + 60) [x, line] = [left, line + 1];
    const place = { cause, x, line };
    x += width;
    return place;
  });
}

const middleOf = (bar: number): number => TOP + bar * (BAR_HEIGHT + BAR_GAP) + BAR_HEIGHT / 2;

const colourOf = (cause: string): string => COLOURS[cause] ?? INK;

/** `systemCall` as `system call`, `ioInterface` as `I/O interface`. */
const words = (cause: string): string =>
  cause.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^io /, "I/O ");

export const costText = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

/** Whether white text reads better on a colour `#rrggbb` than black text, by its luma. */
export function isDark(colour: string): boolean {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! < 150;
}
