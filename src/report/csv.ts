/**
 * Result rows as CSV, the format of `results/baseline/*.csv`.
 *
 * Rows are sorted by figure, series, x and metric, and numbers are written as the shortest decimal
 * that reads back as the same double: equal results are equal bytes.
 */
import { stringify } from "csv-stringify/sync";
import { badValue, UsageError } from "../base/usage-error.ts";
import { isMetricName, METRICS, type MetricName } from "../experiment/metric.ts";
import type { ResultRow } from "../experiment/result.ts";

/** Columns of a result file, in order. */
const RESULT_COLUMNS = ["figure", "series", "x", "metric", "unit", "value", "spec"] as const;

/**
 * Result rows as CSV text with a header, sorted, lines ending in a line feed.
 * @throws RangeError for a number that is not finite.
 */
export function resultRowsToCsv(rows: readonly ResultRow[]): string {
  const cells = [...rows]
    .sort(compareRows)
    .map((row) => [
      row.figure,
      row.series,
      exactNumber(row.x),
      row.metric,
      row.unit,
      exactNumber(row.value),
      row.spec,
    ]);
  return stringify([[...RESULT_COLUMNS], ...cells]);
}

/**
 * Reads what `resultRowsToCsv` wrote; `file` appears in messages only.
 * @throws UsageError that names the file, the line and the field.
 */
export function parseResultRows(text: string, file: string): ResultRow[] {
  const seen = new Set<string>();
  return readCsv(text, RESULT_COLUMNS, file).map(({ line, cells }) => {
    const place = `${file}, line ${line}`;
    const row = {
      figure: cells.figure,
      series: cells.series,
      x: readNumber(cells.x, `${place}, x`),
      ...readMetric(cells.metric, cells.unit, place),
      value: readNumber(cells.value, `${place}, value`),
      spec: cells.spec,
    };
    const key = rowKey(row);
    if (seen.has(key)) throw new UsageError(`${place}: the same point and metric a second time`);
    seen.add(key);
    return row;
  });
}

/** What a row is about: two rows with equal keys are two values of the same thing. */
export function rowKey(row: Pick<ResultRow, "figure" | "series" | "x" | "metric">): string {
  return JSON.stringify([row.figure, row.series, row.x, row.metric]);
}

/** Order of rows in files: figure, series, x, metric; text by UTF-16 code unit. */
export function compareRows(a: ResultRow, b: ResultRow): number {
  return (
    compareText(a.figure, b.figure) ||
    compareText(a.series, b.series) ||
    a.x - b.x ||
    compareText(a.metric, b.metric)
  );
}

/** −1, 0 or 1 by UTF-16 code unit: the same order in every language setting. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line of a CSV file: its number, counted from 1, and its cells by column. */
export interface CsvLine<Column extends string> {
  readonly line: number;
  readonly cells: { readonly [Name in Column]: string };
}

/**
 * Reads CSV with exactly the given header and as many cells in every line.
 *
 * Cells may be quoted, with doubled quotes inside, and quoted cells may span lines.
 * @throws UsageError that names the file and the line.
 */
export function readCsv<Column extends string>(
  text: string,
  columns: readonly Column[],
  file: string,
): CsvLine<Column>[] {
  const [header, ...records] = splitCsv(text, file);
  if (header?.cells.join(",") !== columns.join(",")) {
    throw badValue(`${file}, line 1`, header?.cells.join(",") ?? "", `write ${columns.join(",")}`);
  }
  return records.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      throw badValue(`${file}, line ${line}`, cells.join(","), `give ${columns.length} cells`);
    }
    const named = Object.fromEntries(columns.map((column, index) => [column, cells[index]!]));
    return { line, cells: named as CsvLine<Column>["cells"] };
  });
}

/**
 * A finite decimal number.
 * @throws UsageError that names `field`.
 */
export function readNumber(text: string, field: string): number {
  if (!/^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) || !Number.isFinite(Number(text))) {
    throw badValue(field, text, "give a decimal number");
  }
  return Number(text);
}

/**
 * A metric of the catalogue with the catalogue's unit.
 * @throws UsageError that names `place`.
 */
export function readMetric(
  metric: string,
  unit: string,
  place: string,
): { metric: MetricName; unit: string } {
  if (!isMetricName(metric)) {
    throw badValue(`${place}, metric`, metric, "use a metric of the catalogue");
  }
  if (unit !== METRICS[metric].unit) {
    throw badValue(`${place}, unit`, unit, `${metric} has the unit ${METRICS[metric].unit}`);
  }
  return { metric, unit };
}

/** One cell, its closing character included; quoted or plain. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function splitCsv(text: string, file: string): { line: number; cells: string[] }[] {
  const records: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let line = 1;
  let nextLine = 1;
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length || cells.length > 0) {
    const match = CELL.exec(text);
    if (!match) throw new UsageError(`${file}, line ${nextLine}: a quote in the wrong place`);
    const [whole, quoted, plain, end] = match;
    cells.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    nextLine += whole.split("\n").length - 1;
    if (end === ",") continue;
    records.push({ line, cells });
    cells = [];
    line = nextLine;
  }
  return records;
}

function exactNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written to a CSV file`);
  return String(value);
}
