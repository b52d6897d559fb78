/**
 * One operation on its way: lanes from the application at the top down to the drive, stations in
 * the order of time, and the request at the station that it has reached.
 */
import { toNs } from "../../base/units.ts";
import type { OperationTrace, TraceStep } from "../../experiment/request-trace.ts";
import { CAUSE_MEANING } from "../../hardware/cpu/ledger.ts";
import { COLOURS, isDark } from "../../report/ledger-plot.ts";
import { causeTitle } from "../../report/ledger-table.ts";
import { textWidth } from "../../report/svg.ts";
import { svg } from "../dom.ts";
import { faint, type Theme } from "../theme.ts";
import type { ChartSize } from "./line-chart.ts";
import { placePathLabels } from "./path-labels.ts";

/** A place where a request can be, and the causes that are charged there; from the top down. */
const LANES: readonly (readonly [title: string, causes: readonly string[]])[] = [
  ["application", ["application", "database"]],
  ["threads", ["wakeUp", "contextSwitch", "scheduler"]],
  ["crossing", ["systemCall"]],
  ["page tables", ["pageTable", "addressTranslation"]],
  ["page fault", ["pageFault", "zeroing"]],
  ["reclaim", ["reclaim"]],
  ["shootdown", ["shootdownSend", "shootdownReceive", "shootdownWait"]],
  ["I/O interface", ["ioInterface"]],
  ["pinning, copy", ["pagePinning", "copy"]],
  ["file system", ["fileSystem"]],
  ["RAID", ["raid"]],
  ["block layer", ["blockLayer"]],
  ["completion", ["completion"]],
  ["contention", ["contention"]],
  ["interrupt", ["interrupt"]],
  ["driver", ["driver"]],
  ["polling", ["pollingUseful", "pollingEmpty"]],
  ["hypervisor", ["hypervisor"]],
  ["drive", []],
];
const DRIVE_LANE = LANES.length - 1;

/** A step of the trace, or one of the two ends in the application. */
export interface Station {
  readonly title: string;
  /** What the time is charged to, in words. */
  readonly charged: string;
  readonly meaning: string;
  readonly lane: number;
  readonly startPs: number;
  readonly tookPs: number;
  readonly colour: string;
  readonly where: string;
}

export function stationsOf({ steps, durationPs }: OperationTrace): Station[] {
  const end = { charged: "", lane: 0, tookPs: 0, colour: COLOURS["application"]!, where: "" };
  return [
    { ...end, title: "The application asks", meaning: "the operation begins", startPs: 0 },
    ...steps.map(stationOf),
    { ...end, title: "The application has it", meaning: "the next begins", startPs: durationPs },
  ];
}

function stationOf(step: TraceStep): Station {
  const { kind, cause, where, startPs, endPs } = step;
  const time = { startPs, tookPs: endPs - startPs };
  if (kind === "drive") {
    return {
      ...time,
      title: "drive",
      charged: "no core: the drive works",
      meaning: "from the doorbell to the completion entry that the host can see",
      lane: DRIVE_LANE,
      colour: "#8a8f98",
      where: `drive ${where}`,
    };
  }
  if (kind === "wait" || cause === undefined) {
    return {
      ...time,
      title: "on its way",
      charged: "idle",
      meaning: "the interrupt is on its way, and a sleeping core leaves its idle state",
      lane: LANES.findIndex(([title]) => title === "interrupt"),
      colour: COLOURS["idle"]!,
      where: `core ${where}`,
    };
  }
  const lane = LANES.findIndex(([, causes]) => causes.includes(cause));
  return {
    ...time,
    title: causeTitle(cause),
    charged: causeTitle(cause),
    meaning: CAUSE_MEANING[cause],
    lane: Math.max(0, lane),
    colour: COLOURS[cause]!,
    where: `core ${where}`,
  };
}

export const duration = (ps: number): string => {
  const ns = toNs(ps);
  return ns < 1_000
    ? `${Number(ns.toPrecision(3))} ns`
    : `${Number((ns / 1_000).toPrecision(3))} µs`;
};

/** Height of everything below the lanes, in sizes of type. */
const BELOW = 5;

/** Where each station lies in the drawing. */
interface Layout {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly lanes: readonly { readonly title: string; readonly y: number }[];
  readonly left: number;
  readonly height: number;
}

function layoutOf(stations: readonly Station[], { width, height, fontSize }: ChartSize): Layout {
  const used = [...new Set(stations.map(({ lane }) => lane))].sort((a, b) => a - b);
  const free = (height - BELOW * fontSize) / Math.max(1, used.length);
  const pitch = Math.max(2.1 * fontSize, Math.min(3 * fontSize, free));
  const titles = used.map((lane) => LANES[lane]![0]);
  const left = Math.max(...titles.map((title) => textWidth(title, fontSize))) + 14;
  const top = 1.6 * fontSize;
  const yOf = (lane: number): number => top + used.indexOf(lane) * pitch;
  const gap = (width - left - 24) / Math.max(1, stations.length - 1);
  return {
    x: stations.map((_, index) => left + 12 + index * gap),
    y: stations.map(({ lane }) => yOf(lane)),
    lanes: used.map((lane, index) => ({ title: titles[index]!, y: yOf(lane) })),
    left,
    height: top + used.length * pitch,
  };
}

/** The place of station `step`, for the movement of the request between two of them. */
export function placeOf(
  stations: readonly Station[],
  size: ChartSize,
  step: number,
): { x: number; y: number } {
  const { x, y } = layoutOf(stations, size);
  return { x: x[step] ?? 0, y: y[step] ?? 0 };
}

export interface PathDrawing {
  readonly kind: "path";
  readonly title: string;
  readonly stations: readonly Station[];
  readonly step: number;
}

/** The drawing; the request is the element of class `request`. */
export function drawPath(drawing: PathDrawing, theme: Theme, size: ChartSize): SVGSVGElement {
  const { stations, step } = drawing;
  const { width, fontSize } = size;
  const { x, y, lanes, left, height } = layoutOf(stations, size);
  const line = (from: number, to: number): string =>
    stations
      .slice(from, to + 1)
      .map((_, index) => `${index === 0 ? "M" : "L"}${x[from + index]},${y[from + index]}`)
      .join("");
  const full = height + 3.8 * fontSize;
  return svg(
    "svg",
    {
      width,
      height: full,
      viewBox: `0 0 ${width} ${full}`,
      "font-family": "system-ui, Helvetica, Arial, sans-serif",
      "font-size": fontSize,
      fill: theme.ink,
    },
    ...lanes.flatMap(({ title, y: at }) => [
      svg("line", {
        x1: left,
        x2: width,
        y1: at,
        y2: at,
        stroke: faint(theme),
        "stroke-opacity": 0.3,
      }),
      svg("text", { x: left - 8, y: at + 0.35 * fontSize, "text-anchor": "end" }, title),
    ]),
    svg("path", { d: line(0, stations.length - 1), fill: "none", stroke: theme.pale }),
    svg("path", {
      d: line(0, step),
      fill: "none",
      stroke: theme.series[1],
      "stroke-width": 0.23 * fontSize,
      "stroke-linejoin": "round",
    }),
    ...stations.map(({ title, tookPs, colour }, index) =>
      svg(
        "circle",
        { cx: x[index], cy: y[index], r: 0.38 * fontSize, fill: colour, stroke: theme.ink },
        svg("title", {}, `${title}: ${duration(tookPs)}`),
      ),
    ),
    svg(
      "g",
      { class: "request", transform: `translate(${x[step]} ${y[step]})` },
      svg("circle", {
        r: 0.77 * fontSize,
        fill: "none",
        stroke: theme.series[1],
        "stroke-width": 0.27 * fontSize,
      }),
    ),
    ...durations(stations, x, y, fontSize),
    ...timeBar(drawing, theme, size, height + 8),
  );
}

/** How long each station takes, beside it, where there is room for that. */
function durations(
  stations: readonly Station[],
  x: readonly number[],
  y: readonly number[],
  fontSize: number,
): SVGElement[] {
  const timed = stations.map(({ tookPs }, index) => ({
    x: x[index]!,
    y: y[index]!,
    text: tookPs === 0 ? "" : duration(tookPs),
  }));
  return placePathLabels(timed, fontSize).map(({ text, anchor, ...place }) =>
    svg(
      "text",
      { x: place.x, y: place.y, "text-anchor": anchor, "font-size": place.fontSize },
      text,
    ),
  );
}

/** The time of processors to scale: the drive's would leave nothing to see of it. */
function timeBar(
  { stations, step }: PathDrawing,
  theme: Theme,
  { width, fontSize }: ChartSize,
  top: number,
): SVGElement[] {
  const work = stations.filter(({ charged, where }) => isWork(charged, where));
  const sum = work.reduce((all, { tookPs }) => all + tookPs, 0);
  let end = 0;
  const boxes = work.map((station) => {
    const from = (end / sum) * width;
    end += station.tookPs;
    const isHere = stations[step] === station;
    const box = { x: from, width: Math.max(0.5, (end / sum) * width - from), isHere };
    return timeBox(station, box, theme, top, fontSize);
  });
  const text = `processor time to scale, without polls in vain: ${duration(sum)}`;
  return [...boxes, svg("text", { x: 0, y: top + 3 * fontSize, fill: theme.pale }, text)];
}

function timeBox(
  { title, tookPs, colour }: Station,
  { x, width, isHere }: { readonly x: number; readonly width: number; readonly isHere: boolean },
  theme: Theme,
  top: number,
  fontSize: number,
): SVGElement {
  const small = 0.85 * fontSize;
  const fits = textWidth(title, small) + 6 < width;
  return svg(
    "g",
    {},
    svg(
      "rect",
      {
        x,
        y: top,
        width,
        height: 1.6 * fontSize,
        fill: colour,
        stroke: isHere ? theme.ink : theme.paper,
        "stroke-width": isHere ? 3 : 1,
      },
      svg("title", {}, `${title}: ${duration(tookPs)}`),
    ),
    fits &&
      svg(
        "text",
        {
          x: x + width / 2,
          y: top + 1.1 * fontSize,
          "font-size": small,
          "text-anchor": "middle",
          fill: isDark(colour) ? "#ffffff" : "#1a1a1a",
        },
        title,
      ),
  );
}

const isWork = (charged: string, where: string): boolean =>
  where.startsWith("core") && charged !== "idle" && charged !== causeTitle("pollingEmpty");
