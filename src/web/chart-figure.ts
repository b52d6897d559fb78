/** A chart as it stands in the page: picture, table alternative, files. */
import type { Context } from "./context.ts";
import { h, table } from "./dom.ts";
import { type ChartFile, download, FORMATS, origin } from "./export.ts";

/**
 * @param picture drawn for the screen; its text alternative is the table behind it.
 */
export function chartFigure(ctx: Context, file: ChartFile, picture: SVGSVGElement): HTMLElement {
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `${file.title}. The table below has the same numbers.`);
  const { version } = ctx.data;
  return h(
    "figure",
    { class: "chart", id: `chart-${file.name}` },
    picture,
    h(
      "div",
      { class: "below" },
      h("span", { class: "origin" }, origin(file, version)),
      h(
        "div",
        { class: "files control", role: "group", "aria-label": `${file.title}: files` },
        ...FORMATS.map((format) =>
          h(
            "button",
            {
              id: `${file.name}-${format}`,
              type: "button",
              onclick: () => void download(file, format, version),
            },
            format,
          ),
        ),
      ),
    ),
    tableOf(ctx, file),
  );
}

/** What a figure has below its picture: a row of files, and the table when it is closed. */
const BELOW_PX = 65;

/** Stands where a picture of this height will be, so that nothing moves when it comes. */
export function waitingFigure(height: number): HTMLElement {
  const figure = h("figure", { class: "chart" }, "simulating …");
  figure.style.minHeight = `${height + BELOW_PX}px`;
  return figure;
}

function tableOf(ctx: Context, file: ChartFile): HTMLElement {
  const id = `table-${file.name}`;
  const isNumber = (column: number): boolean => typeof file.rows[0]?.[column] === "number";
  return h(
    "details",
    {
      id,
      class: "control",
      open: ctx.isOpen(id),
      ontoggle: (event) => ctx.setOpen(id, (event.currentTarget as HTMLDetailsElement).open),
    },
    h("summary", { id: `${id}-summary` }, "as a table"),
    table(
      file.title,
      file.head,
      file.rows.map((row) => row.map((cell) => shown(cell))),
      isNumber,
    ),
  );
}

const shown = (cell: string | number): string =>
  typeof cell === "number" ? String(Number(cell.toPrecision(5))) : cell;

/** A row of buttons of which one is chosen. */
export function choice(
  id: string,
  title: string,
  options: readonly string[],
  chosen: number | undefined,
  choose: (index: number) => void,
  isTurned = false,
): HTMLElement {
  return h(
    "div",
    {
      id,
      class: isTurned ? "choice control turned" : "choice control",
      role: "group",
      "aria-label": title,
    },
    h("span", { class: "choice-title" }, title),
    ...options.map((text, index) =>
      h(
        "button",
        {
          id: `${id}-${index}`,
          type: "button",
          "aria-pressed": index === chosen ? "true" : "false",
          onclick: () => choose(index),
        },
        text,
      ),
    ),
  );
}
