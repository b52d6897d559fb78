/** Where the time of one I/O goes: a stacked bar of causes for each interface. */
import * as Plot from "@observablehq/plot";
import { assert } from "../base/assert.ts";
import { shownLength, WAITING } from "./bar-length.ts";
import type { LedgerBar, LedgerUnit } from "./ledger-bar.ts";
import { chartSvg, INK, PALE, pixels, textAt, textWidth, tickText, titleLines } from "./svg.ts";

const WIDTH = 860;
const MARGIN = 16;
const TITLE_SIZE = 16;
const TITLE_LINE = 20;
/** Below the title: the remark, and space above the bars. */
const REMARK_HEIGHT = 42;
const BAR_HEIGHT = 34;
const BAR_GAP = 16;
const AXIS_HEIGHT = 52;
const KEY_LINE = 20;
/** What the mark of a broken bar takes of its length. */
const BREAK_WIDTH = 16;
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
  readonly start: number;
  readonly end: number;
}

/** Places and scale of one chart, in pixels. */
interface Layout {
  readonly title: readonly string[];
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly scale: Plot.ScaleOptions;
  readonly toX: (value: number) => number;
  /** What the scale ends with: longer bars are broken there. */
  readonly shown: number;
  /** Where the scale ends; what is left to the right belongs to the ends of broken bars. */
  readonly cut: number;
}

/**
 * The chart as a standalone SVG file, the same bytes for the same values.
 *
 * A bar that would leave nothing to see of the others is broken: it ends with its largest cause.
 *
 * @param operation what one bar is the cost of: I/O, transaction, page.
 * @param causes which causes to draw, in the order of the stack; leave out `idle` for the cost of
 * an I/O.
 */
export function ledgerSvg(
  title: string,
  operation: string,
  unit: LedgerUnit,
  causes: readonly string[],
  bars: readonly LedgerBar[],
): string {
  assert(bars.length > 0, "a ledger chart has bars");
  const stacks = bars.map((bar) => stack(bar, causes));
  const layout = layoutOf(title, bars, stacks);
  const { top, bottom, left, right, scale, shown, cut } = layout;
  const visible = stacks.map((parts) => visibleParts(parts, shown));
  const drawn = causes.filter((cause) => visible.flat().some((part) => part.cause === cause));
  const key = keyPlaces(drawn, left, right);
  const keyTop = bottom + AXIS_HEIGHT;
  const height = keyTop + (key.at(-1)?.line ?? 0) * KEY_LINE + 28;
  const isBroken = stacks.some((parts) => lengthOf(parts) > shown);
  return chartSvg({
    width: WIDTH,
    height,
    marginTop: top,
    marginBottom: height - bottom,
    marginLeft: left,
    marginRight: WIDTH - cut,
    x: { ...scale, axis: null },
    // Unused, but without a vertical scale rectangles would fill the frame.
    y: { type: "linear", domain: [0, height], range: [0, height], axis: null },
    marks: [
      Plot.axisX({
        ticks: tickCount(cut - left, shown),
        text: tickText,
        label: `time of all cores per ${operation} [${unit}]`,
        labelAnchor: "center",
        labelArrow: "none",
        labelOffset: 38,
      }),
      ...headMarks(layout, causes.includes("idle"), isBroken),
      ...bars.flatMap(({ label }, index) => {
        const y = top + index * (BAR_HEIGHT + BAR_GAP) + BAR_HEIGHT / 2;
        return [
          textAt(label, left - 8, y, { textAnchor: "end" }),
          ...barMarks(visible[index]!, lengthOf(stacks[index]!), y, layout, unit),
        ];
      }),
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

function layoutOf(
  title: string,
  bars: readonly LedgerBar[],
  stacks: readonly (readonly Segment[])[],
): Layout {
  const lines = titleLines(title, WIDTH - 2 * MARGIN, TITLE_SIZE);
  const top = 4 + lines.length * TITLE_LINE + REMARK_HEIGHT;
  const left = 24 + Math.ceil(Math.max(...bars.map((bar) => textWidth(bar.label))));
  const right = WIDTH - 70;
  const shown = shownLength(
    stacks.map((parts) => {
      const waiting = parts.filter(({ cause }) => cause === WAITING);
      return { total: lengthOf(parts), waiting: sumOf(waiting) };
    }),
  );
  const ends = stacks.flatMap((parts) =>
    lengthOf(parts) > shown ? [textBehind(parts, shown)] : [],
  );
  const room = Math.max(0, ...ends.map((value) => BREAK_WIDTH + Math.ceil(textWidth(value)) + 10));
  const cut = right - room;
  const scale: Plot.ScaleOptions = { type: "linear", domain: [0, shown], range: [left, cut] };
  return {
    title: lines,
    top,
    bottom: top + bars.length * (BAR_HEIGHT + BAR_GAP),
    left,
    right,
    scale,
    toX: Plot.scale({ x: scale }).apply as (value: number) => number,
    shown,
    cut,
  };
}

/** As many ticks as leave a label's width between two of them, at most 7. */
const tickCount = (width: number, highest: number): number =>
  Math.max(2, Math.min(7, Math.floor(width / (2 * textWidth(tickText(Math.round(highest)))))));

function stack(bar: LedgerBar, causes: readonly string[]): Segment[] {
  let end = 0;
  return causes.flatMap((cause) => {
    const value = bar.perIo[cause] ?? 0;
    if (value <= 0) return [];
    const start = end;
    end += value;
    return [{ cause, colour: colourOf(cause), start, end }];
  });
}

const lengthOf = (parts: readonly Segment[]): number => parts.at(-1)?.end ?? 0;

const sumOf = (parts: readonly Segment[]): number =>
  parts.reduce((sum, { start, end }) => sum + (end - start), 0);

const valueText = ({ start, end }: Segment): string => costText(end - start);

/** The largest cause of those that end behind the break of a bar. */
const largestBehind = (parts: readonly Segment[], shown: number): Segment =>
  parts
    .filter(({ end }) => end > shown)
    .reduce((most, part) => (part.end - part.start > most.end - most.start ? part : most));

const textBehind = (parts: readonly Segment[], shown: number): string =>
  valueText(largestBehind(parts, shown));

/** What of a bar is drawn: all of it, or what lies before its break and the largest cause. */
function visibleParts(parts: readonly Segment[], shown: number): readonly Segment[] {
  if (lengthOf(parts) <= shown) return parts;
  const largest = largestBehind(parts, shown);
  return parts.filter((part) => part.start < shown || part === largest);
}

/** Title, and what the bars are. */
function headMarks({ title, top }: Layout, isWithIdle: boolean, isBroken: boolean): Plot.Markish[] {
  const remark = isWithIdle
    ? "by cause"
    : "by cause; polling in vain counts, an idle core does not";
  const broken = "; a broken bar is longer than drawn, and ends with its largest cause";
  return [
    ...title.map((text, line) =>
      textAt(text, MARGIN, 24 + line * TITLE_LINE, { fontSize: TITLE_SIZE, fontWeight: "bold" }),
    ),
    textAt(`${remark}${isBroken ? broken : ""}`, MARGIN, top - 22, { fill: PALE }),
  ];
}

/** The causes of one bar and, at its end, their sum. */
function barMarks(
  parts: readonly Segment[],
  length: number,
  y: number,
  { toX, shown, cut, right }: Layout,
  unit: LedgerUnit,
): Plot.Markish[] {
  const isBroken = length > shown;
  const end = isBroken ? right : toX(length);
  return [
    ...parts.flatMap((part, index) => {
      const isLast = isBroken && index === parts.length - 1;
      const [x1, x2] = [toX(Math.min(part.start, shown)), toX(Math.min(part.end, shown))];
      return isLast
        ? segmentMarks(part, [x1, right], [cut + BREAK_WIDTH, right], y, unit)
        : segmentMarks(part, [x1, x2], [x1, x2], y, unit);
    }),
    ...(isBroken ? breakMarks(cut, y) : []),
    textAt(costText(length), end + 8, y, { fontWeight: "bold" }),
  ];
}

/** A segment with its value in it, when the value fits between `textFrom` and `textTo`. */
function segmentMarks(
  part: Segment,
  [x1, x2]: readonly [number, number],
  [textFrom, textTo]: readonly [number, number],
  y: number,
  unit: LedgerUnit,
): Plot.Markish[] {
  const value = valueText(part);
  const half = BAR_HEIGHT / 2;
  const about = `${words(part.cause)}: ${value} ${unit}`;
  const marks = [box(x1, x2, y - half, y + half, part.colour, about)];
  if (textTo - textFrom > textWidth(value) + 6) {
    const fill = isDark(part.colour) ? "#ffffff" : INK;
    marks.push(textAt(value, (textFrom + textTo) / 2, y, { textAnchor: "middle", fill }));
  }
  return marks;
}

/** Two strokes across a bar that is longer than it is drawn. */
function breakMarks(x: number, y: number): Plot.Markish[] {
  const half = BAR_HEIGHT / 2 + 3;
  return [0, 7].map((gap) =>
    Plot.link([0], {
      x1: pixels([x + gap - 3]),
      y1: pixels([y + half]),
      x2: pixels([x + gap + 3]),
      y2: pixels([y - half]),
      stroke: "#ffffff",
      strokeWidth: 3,
      ariaDescription: "break",
    }),
  );
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
