/** The measurements of `published.csv`: what the authors of a figure saw. */
import { badValue, UsageError } from "../base/usage-error.ts";
import { type Figure, seriesXs } from "../experiment/figure.ts";
import type { MetricName } from "../experiment/metric.ts";
import { readCsv, readMetric, readNumber } from "./csv.ts";

/** Columns of a `published.csv`, in order. */
const PUBLISHED_COLUMNS = [
  "figure",
  "series",
  "x",
  "metric",
  "unit",
  "value",
  "provenance",
] as const;

/** How a number was read (`bench/README.md`), and more in words. */
const PROVENANCE = /^(?:V-[PFS]|D|R)(?: |$)/;

/** One published value, in the catalogue's unit of its metric. */
export interface PublishedValue {
  readonly figure: string;
  readonly series: string;
  readonly x: number;
  readonly metric: MetricName;
  readonly unit: string;
  readonly value: number;
  /** How the number was read: the mark of our notes, V-P, V-F, V-S, D or R, and its row. */
  readonly provenance: string;
}

/**
 * Reads the `published.csv` of `figure`; `file` appears in messages only.
 *
 * Every value must be positive and belong to a point that the figure simulates.
 * @throws UsageError that names the file, the line and the field.
 */
export function parsePublished(text: string, figure: Figure, file: string): PublishedValue[] {
  const seen = new Set<string>();
  return readCsv(text, PUBLISHED_COLUMNS, file).map(({ line, cells }) => {
    const place = `${file}, line ${line}`;
    if (cells.figure !== figure.id) {
      throw badValue(`${place}, figure`, cells.figure, `write ${figure.id}`);
    }
    const series = figure.series.find((candidate) => candidate.id === cells.series);
    if (!series) {
      const known = figure.series.map((candidate) => candidate.id).join(", ");
      throw badValue(`${place}, series`, cells.series, `the figure's series are: ${known}`);
    }
    const x = readNumber(cells.x, `${place}, x`);
    const xs = seriesXs(figure, series);
    if (!xs.includes(x)) throw badValue(`${place}, x`, x, `${series.id} has: ${xs.join(", ")}`);
    const value = readNumber(cells.value, `${place}, value`);
    if (value <= 0) throw badValue(`${place}, value`, value, "give a number above 0");
    if (!PROVENANCE.test(cells.provenance)) {
      const marks = "say how the number was read: V-P, V-F, V-S, D or R, then what you like";
      throw badValue(`${place}, provenance`, cells.provenance, marks);
    }
    const metric = readMetric(cells.metric, cells.unit, place);
    const key = `${series.id} ${x} ${metric.metric}`;
    if (seen.has(key)) throw new UsageError(`${place}: the same point and metric a second time`);
    seen.add(key);
    return {
      figure: figure.id,
      series: series.id,
      x,
      ...metric,
      value,
      provenance: cells.provenance,
    };
  });
}
