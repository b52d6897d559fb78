/** Published points over the simulated lines of this version, with source, error and gaps. */
import { METRICS } from "../../experiment/metric.ts";
import { chartFigure } from "../chart-figure.ts";
import { type ChartSize, drawLines, type LineChart } from "../charts/line-chart.ts";
import { type Context, chartSize } from "../context.ts";
import { h } from "../dom.ts";
import type { ChartFile } from "../export.ts";
import type { PageFigure } from "../page-data.ts";

/** @param ids the figures to choose from. */
export function figuresPanel(ctx: Context, ids: readonly string[], heading: string): HTMLElement {
  const figures = ids.flatMap((id) => ctx.data.figures.find((figure) => figure.id === id) ?? []);
  const shown = figures.find(({ id }) => id === ctx.state.figure) ?? figures[0];
  const title = ctx.state.presenting && shown ? shown.title : heading;
  return h(
    "section",
    { id: "figures", class: "panel", "aria-labelledby": "figures-title" },
    h("h2", { id: "figures-title" }, title),
    shown === undefined && h("p", {}, "No published figure of this case study is judged yet."),
    h(
      "label",
      { class: "control" },
      "figure ",
      h(
        "select",
        {
          id: "figure",
          onchange: (event) =>
            ctx.set({ figure: (event.currentTarget as HTMLSelectElement).value }),
        },
        ...figures.map(({ id, title, credit }) =>
          h("option", { value: id, selected: id === shown?.id }, `${credit}: ${title}`),
        ),
      ),
    ),
    ...(shown ? figureParts(ctx, shown) : []),
  );
}

function figureParts(ctx: Context, figure: PageFigure): HTMLElement[] {
  const error = figure.medianErrorPercent;
  const quality =
    error === null
      ? `${figure.predicted} predicted points, none of them off a device limit`
      : `median error of predicted points ${error.toFixed(1)} % (${figure.predicted} points)`;
  return [
    chartFigure(ctx, fileOf(figure), drawLines(chartOf(figure), ctx.theme, sizeOf(ctx))),
    h(
      "p",
      {},
      `Points: published (${figure.credit}; hollow: used as an input of the model; shaded: ` +
        `reading error). Lines: simulated. ${quality}. `,
      h("span", { class: "pale source" }, figure.where),
    ),
    h(
      "ul",
      {},
      ...figure.claims.map(({ text, verdict }) =>
        h("li", {}, `${verdict === "holds" ? "✓" : "✗"} ${text}`, ` (${verdict})`),
      ),
      ...figure.gaps.map((text) => h("li", { class: "pale detail" }, `known gap: ${text}`)),
    ),
  ];
}

/** A slide needs room for the sentences below. */
function sizeOf(ctx: Context): ChartSize {
  const size = chartSize(ctx);
  return ctx.state.presenting ? { ...size, height: Math.round(0.72 * size.height) } : size;
}

const chartOf = (figure: PageFigure): LineChart => ({
  kind: "line",
  title: figure.title,
  x: figure.x,
  yLabel: figure.yLabel,
  readError: figure.readError,
  series: figure.series,
});

function fileOf(figure: PageFigure): ChartFile {
  const row = (
    series: string,
    kind: string,
    { x, y }: { readonly x: number; readonly y: number },
  ): (string | number)[] => [
    figure.id,
    series,
    kind,
    x,
    METRICS[figure.metric].title,
    METRICS[figure.metric].unit,
    y * figure.divisor,
    figure.spec,
  ];
  return {
    name: figure.id,
    title: figure.title,
    head: ["figure", "series", "kind", figure.x.label, "metric", "unit", "value", "spec"],
    rows: figure.series.flatMap(({ title, simulated, published }) => [
      ...published.map((point) =>
        row(title, point.hollow ? "published, model input" : "published", point),
      ),
      ...simulated.map((point) => row(title, "simulated", point)),
    ]),
    specs: [figure.spec],
    seed: 1,
    draw: (theme, width, fontSize) =>
      drawLines(chartOf(figure), theme, { width, height: Math.round(width * 0.5), fontSize }),
  };
}
