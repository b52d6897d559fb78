/**
 * Tables: one model, printed for the terminal here and as Markdown in `markdown.ts`.
 *
 * Every column of numbers names its unit in the header, so cells are bare numbers.
 */
import CliTable from "cli-table3";
import { METRICS, type MetricName } from "../experiment/metric.ts";

/** One column: text is aligned left, numbers right. */
export interface Column {
  readonly title: string;
  /** Printed in the header; leave it out for text and for counts. */
  readonly unit?: string;
  /** Digits after the point; without it a number is printed as short as it is. */
  readonly digits?: number;
  readonly align?: "left" | "right";
}

/** Undefined is an empty cell. */
export type Cell = string | number | undefined;

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Header of a column, `IOPS [M/s]`. */
export function columnHeader(column: Column): string {
  return column.unit === undefined ? column.title : `${column.title} [${column.unit}]`;
}

/** Text of a cell in its column. */
export function cellText(cell: Cell, column: Column): string {
  if (cell === undefined) return "";
  if (typeof cell === "string") return cell;
  return column.digits === undefined ? String(cell) : fixedDigits(cell, column.digits);
}

/** Whether a column is aligned right: as it says, else when all its filled cells are numbers. */
export function isRightAligned(table: Table, index: number): boolean {
  const align = table.columns[index]?.align;
  if (align !== undefined) return align === "right";
  const cells = table.rows.map((row) => row[index]).filter((cell) => cell !== undefined);
  return cells.length > 0 && cells.every((cell) => typeof cell === "number");
}

/** No rules between rows: a table of points would be twice as long. */
const NO_RULES = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/**
 * The table for a terminal, without colours and without a final line feed.
 * @param width characters of the terminal: text wraps so that lines fit, if words allow it, and a
 * table that is too wide even so is cut into several; undefined: a line per row, however long, as
 * programs and files want it.
 */
export function renderTable(table: Table, width?: number): string {
  return partsFor(table, width)
    .map((part) => renderPart(part, width))
    .join("\n");
}

/** A column of text is given so much in a table that is cut, or a line would be a word. */
const TEXT_WIDTH = 24;

/** Tables that fit into `width`, each with the first column; the table itself if none would. */
function partsFor(table: Table, width = Number.POSITIVE_INFINITY): Table[] {
  const texts = table.columns.map((column, index) => [
    columnHeader(column),
    ...table.rows.map((row) => cellText(row[index], column)),
  ]);
  const least = texts.map((cells) => PADDING + 1 + longestOf(cells, /\s+/));
  if (1 + least.reduce((sum, columns) => sum + columns, 0) <= width) return [table];
  const wanted = texts.map((cells, index) =>
    Math.max(least[index]!, PADDING + 1 + Math.min(TEXT_WIDTH, longestOf(cells.slice(1), /\n/))),
  );
  const [first = 0, ...others] = wanted;
  if (others.some((columns) => 1 + first + columns > width)) return [table];
  const parts: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const [place, columns] of others.entries()) {
    if (used + columns > width) {
      parts.push([0]);
      used = 1 + first;
    }
    parts.at(-1)!.push(place + 1);
    used += columns;
  }
  return parts.map((own) => ({
    columns: own.map((index) => table.columns[index]!),
    rows: table.rows.map((row) => own.map((index) => row[index])),
  }));
}

function renderPart(table: Table, width: number | undefined): string {
  const head = table.columns.map(columnHeader);
  const rows = table.rows.map((row) =>
    table.columns.map((column, index) => cellText(row[index], column)),
  );
  const colWidths = width === undefined ? undefined : fittingWidths(head, rows, width);
  const printed = new CliTable({
    head,
    colAligns: table.columns.map((_, index) => (isRightAligned(table, index) ? "right" : "left")),
    // Without this the library colours its output even into a pipe.
    style: { head: [], border: [] },
    chars: NO_RULES,
    ...(colWidths && { colWidths, wordWrap: true }),
  });
  printed.push(...rows);
  return printed.toString();
}

/** Blanks on both sides of a cell. */
const PADDING = 2;

/**
 * Widths of the columns, with padding, in a table of `width`; undefined: it fits as it is.
 *
 * Headers wrap before cells do: that costs a few lines, not some in every row. Cells do not wrap in
 * vain, where the table does not fit anyway.
 */
function fittingWidths(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] | undefined {
  const columns = head.map((title, index) => {
    const cells = rows.map((row) => row[index]!);
    const longestCell = longestOf(cells, /\n/);
    return {
      now: Math.max(longestCell, longestOf([title], /\n/)),
      /** With only the header wrapped, and with the cells wrapped, too. */
      limits: [
        Math.max(longestCell, longestOf([title], /\s+/)),
        longestOf([title, ...cells], /\s+/),
      ],
    };
  });
  const borders = columns.length * (PADDING + 1) + 1;
  const least = columns.reduce((sum, { limits }) => sum + limits[1]!, borders);
  let excess = columns.reduce((sum, { now }) => sum + now, borders) - width;
  if (excess <= 0) return undefined;
  for (const phase of least > width ? [0] : [0, 1]) {
    for (; excess > 0; excess--) {
      const [widest] = columns
        .filter(({ now, limits }) => now > limits[phase]!)
        .sort((one, other) => other.now - one.now);
      if (widest === undefined) break;
      widest.now -= 1;
    }
  }
  return columns.map(({ now }) => now + PADDING);
}

/** Length of the longest part that `separator` cuts out of the texts. */
function longestOf(texts: readonly string[], separator: RegExp): number {
  return Math.max(0, ...texts.flatMap((text) => text.split(separator).map(({ length }) => length)));
}

/** A metric's column and what its values are divided by. */
interface MetricColumn {
  readonly column: Column;
  readonly divisor: number;
}

/**
 * Column for values of one metric, scaled so that the largest has one to three digits before the
 * point where the unit allows it: rates and times with SI prefixes, bytes per second with binary
 * ones.
 */
export function metricColumn(metric: MetricName, values: readonly number[]): MetricColumn {
  const { title, unit } = METRICS[metric];
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const scales = SCALES[unit];
  const scale = scales.findLast(([divisor]) => largest >= divisor) ?? scales[0]!;
  const [divisor, name] = scale;
  const digits = unit === "cycles" ? 0 : largest / divisor >= 100 ? 1 : 3;
  return { column: { title, ...(name === "" ? {} : { unit: name }), digits }, divisor };
}

/**
 * The same, with shares in per cent: those of kernel threads as `top` has them, several above 100.
 */
export function percentColumn(metric: MetricName, values: readonly number[]): MetricColumn {
  if (!metric.endsWith("Share")) return metricColumn(metric, values);
  return { column: { title: METRICS[metric].title, unit: "%", digits: 1 }, divisor: 0.01 };
}

type Scale = readonly [divisor: number, unit: string];

const SCALES: Readonly<Record<(typeof METRICS)[MetricName]["unit"], readonly Scale[]>> = {
  "1/s": [
    [1, "1/s"],
    [1e3, "k/s"],
    [1e6, "M/s"],
  ],
  "B/s": [
    [1, "B/s"],
    [1024, "KiB/s"],
    [1_048_576, "MiB/s"],
    [1_073_741_824, "GiB/s"],
  ],
  B: [
    [1, "B"],
    [1024, "KiB"],
    [1_048_576, "MiB"],
  ],
  ns: [
    [1, "ns"],
    [1e3, "µs"],
    [1e6, "ms"],
    [1e9, "s"],
  ],
  cycles: [[1, "cycles"]],
  "1": [[1, ""]],
};

/** `toFixed` without the minus sign of a value that rounds to zero. */
export function fixedDigits(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}
