/** The live chart of a chapter, and the ledger of the runs behind one of its x. */
import type { Chapter } from "../../experiment/chapter-format.ts";
import { type ChapterPoint, chartPoints } from "../../experiment/chapter-points.ts";
import { METRICS, type MetricName } from "../../experiment/metric.ts";
import { causeTitle } from "../../report/ledger-table.ts";
import { columnHeader, metricColumn } from "../../report/table.ts";
import { chartFigure, choice } from "../chart-figure.ts";
import { drawLedger, type LedgerChart, shownCauses, total } from "../charts/ledger-chart.ts";
import { drawLines, type LineChart, type LinePoint } from "../charts/line-chart.ts";
import { type Context, chartSize } from "../context.ts";
import { h } from "../dom.ts";
import type { ChartFile } from "../export.ts";
import type { Answer, RunAnswer } from "../protocol.ts";
import { shownX, showsTax } from "../state.ts";

interface Ran extends ChapterPoint {
  readonly answer: Answer | undefined;
}

const ranPoints = (ctx: Context, chapter: Chapter): Ran[] =>
  chartPoints(chapter, ctx.state.knobs).map((point) => ({
    ...point,
    answer: ctx.answer({ kind: "run", input: point.input }),
  }));

const doneOf = ({ answer }: Ran): RunAnswer | undefined =>
  answer?.kind === "run" ? answer : undefined;

/** How many points of the chart are there; a change means that it must be drawn again. */
export const donePoints = (ctx: Context, chapter: Chapter): number =>
  ranPoints(ctx, chapter).filter(({ answer }) => answer !== undefined).length;

export function chartPanel(ctx: Context, chapter: Chapter, turned: number): HTMLElement {
  const { state, set } = ctx;
  const { chart, knobs } = chapter;
  const points = ranPoints(ctx, chapter);
  const missing = points.filter(({ answer }) => answer === undefined).length;
  const metric = chart.metrics[state.metric] ?? chart.metrics[0]!;
  return h(
    "section",
    {
      id: "chart",
      class: "panel",
      "aria-labelledby": "chart-title",
      "aria-busy": missing > 0 ? "true" : "false",
    },
    h("h2", { id: "chart-title" }, chart.title),
    ...knobs.map((knob, index) =>
      choice(
        `knob-${knob.id}`,
        knob.title,
        knob.options.map(({ title }) => title),
        state.knobs[knob.id] ?? knob.initial,
        (option) => set({ knobs: { ...state.knobs, [knob.id]: option } }),
        index === turned,
      ),
    ),
    choice(
      "metric",
      "shows",
      chart.metrics.map((name) => METRICS[name].title),
      state.metric,
      (index) => set({ metric: index }),
    ),
    ...liveChart(ctx, chapter, metric, points),
    h("p", { class: "preset pale" }, `Interactive preset: ${chapter.preset}`),
    h(
      "p",
      { class: "status pale", role: "status" },
      missing > 0 ? `simulating, ${missing} to go` : "",
    ),
  );
}

function liveChart(
  ctx: Context,
  chapter: Chapter,
  metric: MetricName,
  points: readonly Ran[],
): HTMLElement[] {
  const { x } = chapter.chart;
  const values = points.flatMap((point) => valuesOf(point, metric));
  const { column, divisor } = metricColumn(
    metric,
    values.map(({ y }) => y),
  );
  const times = points.flatMap((point) => doneOf(point)?.intervals ?? []).map(({ endS }) => endS);
  const lastS = Math.max(0, ...times);
  const moments = [...new Set(times)].sort((a, b) => a - b);
  const shownS = moments[(ctx.state.at ?? moments.length) - 1] ?? Number.POSITIVE_INFINITY;
  const lines: LineChart = {
    kind: "line",
    title: chapter.chart.title,
    x: "path" in x ? x : { label: x.label, scale: "linear" },
    yLabel: columnHeader(column),
    yScale: chapter.chart.logMetrics.includes(metric) ? "log" : "linear",
    ...("path" in x ? { mark: x.values[shownX(chapter, ctx.state)]! } : {}),
    series: chapter.chart.series.map(({ id, title }) => ({
      title,
      simulated: points
        .filter(({ series }) => series === id)
        .flatMap((point) => curveOf(point, metric, lastS))
        .filter(({ x: at }) => "path" in x || at <= shownS)
        .map((value) => ({ x: value.x, y: value.y / divisor }))
        .filter(({ y }) => y > 0 || !chapter.chart.logMetrics.includes(metric)),
    })),
  };
  const done = points.flatMap((point) => doneOf(point) ?? []);
  const file: ChartFile = {
    name: `${chapter.id}-chart`,
    title: `${chapter.chart.title}: ${columnHeader(column)}`,
    head: ["series", x.label, METRICS[metric].title, "unit", "spec", "result"],
    rows: points.flatMap((point) =>
      valuesOf(point, metric).map((value) => [
        titleOf(chapter, point.series),
        value.x,
        value.y,
        METRICS[metric].unit,
        doneOf(point)?.specHash ?? "",
        doneOf(point)?.resultHash ?? "",
      ]),
    ),
    specs: done.map(({ specHash }) => specHash),
    seed: done[0]?.seed ?? 1,
    draw: (theme, width, fontSize) =>
      drawLines(lines, theme, { width, height: Math.round(width * 0.5), fontSize }),
  };
  return [
    chartFigure(ctx, file, drawLines(lines, ctx.theme, chartSize(ctx))),
    ...refusals(chapter, points),
  ];
}

/** What a run says about one metric: one value, or one per interval of its time. */
function valuesOf(point: Ran, metric: MetricName): LinePoint[] {
  const run = doneOf(point);
  if (run === undefined) return [];
  if (run.intervals.length > 0) {
    return run.intervals.map(({ endS, metrics }) => ({ x: endS, y: metrics[metric] ?? 0 }));
  }
  const y = run.metrics[metric];
  return y === undefined ? [] : [{ x: point.x, y }];
}

/** Over time, what a run measured as a whole holds for all of it. */
function curveOf(point: Ran, metric: MetricName, lastS: number): LinePoint[] {
  const values = valuesOf(point, metric);
  const [only] = values;
  if (lastS === 0 || values.length !== 1 || only === undefined) return values;
  return [0, lastS].map((x) => ({ x, y: only.y }));
}

/** A combination that an operating system does not offer is an answer, too. */
function refusals(chapter: Chapter, points: readonly Ran[]): HTMLElement[] {
  const messages = points.flatMap(({ series, answer }) =>
    answer?.kind === "refused" ? [`${titleOf(chapter, series)}: ${answer.message}`] : [],
  );
  return [...new Set(messages)].map((text) => h("p", { class: "refused" }, text));
}

const titleOf = (chapter: Chapter, series: string): string =>
  chapter.chart.series.find(({ id }) => id === series)?.title ?? series;

export function ledgerPanel(ctx: Context, chapter: Chapter): HTMLElement {
  const { x, series } = chapter.chart;
  const position = shownX(chapter, ctx.state);
  const at = "path" in x ? x.values[position]! : 0;
  const runs = ranPoints(ctx, chapter).filter((point) => point.x === at);
  const operation = runs.flatMap((run) => doneOf(run)?.operation ?? [])[0] ?? "operation";
  const place = "path" in x ? `; ${x.label} = ${at}` : "";
  const isTax = showsTax(chapter, ctx.state);
  const what = isTax ? "What the operating system takes" : "Where the time of all cores goes";
  const ledger: LedgerChart = {
    kind: "ledger",
    title: `${what}, per ${operation}${place}`,
    operation,
    bars: series.map(({ id, title }) => {
      const run = runs.find((point) => point.series === id);
      const done = run && doneOf(run);
      if (done) return { title, ns: isTax ? taxOf(done.nsPerOperation) : done.nsPerOperation };
      return { title, ns: {}, remark: run?.answer === undefined ? "simulating …" : "refused" };
    }),
  };
  return h(
    "section",
    { id: "ledger", class: "panel", "aria-labelledby": "ledger-title" },
    h("h2", { id: "ledger-title" }, ledger.title),
    "path" in x &&
      choice("at", x.label, x.values.map(String), position, (index) => ctx.set({ at: index })),
    choice("tax", "counts", ["all work", "the operating system's"], Number(isTax), (index) =>
      ctx.set({ tax: index === 1 }),
    ),
    ledgerFigure(
      ctx,
      chapter,
      ledger,
      runs.flatMap((run) => doneOf(run) ?? []),
    ),
  );
}

/** Without what the database would do on any operating system. */
const taxOf = (ns: RunAnswer["nsPerOperation"]): RunAnswer["nsPerOperation"] =>
  Object.fromEntries(
    Object.entries(ns).filter(([cause]) => cause !== "application" && cause !== "database"),
  );

function ledgerFigure(
  ctx: Context,
  chapter: Chapter,
  ledger: LedgerChart,
  done: readonly RunAnswer[],
): HTMLElement {
  const file: ChartFile = {
    name: `${chapter.id}-ledger`,
    title: ledger.title,
    head: ["operating system", "charged to", `ns per ${ledger.operation}`, "spec"],
    rows: ledger.bars.flatMap(({ title, ns }, index) => [
      ...shownCauses(ledger)
        .filter((cause) => ns[cause])
        .map((cause) => [title, causeTitle(cause), ns[cause] ?? 0, done[index]?.specHash ?? ""]),
      [title, "sum", total(ns), done[index]?.specHash ?? ""],
    ]),
    specs: done.map(({ specHash }) => specHash),
    seed: done[0]?.seed ?? 1,
    draw: (theme, width, fontSize) => drawLedger(ledger, theme, { width, height: 0, fontSize }),
  };
  return chartFigure(ctx, file, drawLedger(ledger, ctx.theme, chartSize(ctx)));
}
