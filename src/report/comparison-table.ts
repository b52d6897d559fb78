/**
 * Systems side by side: a row is a system, a column a metric of one of several experiments.
 *
 * A cell's spec is the experiment with the row's own settings laid over it. Some columns are not
 * simulated but known; their text stands in the file.
 */

import * as z from "zod";
import { checked } from "../base/checked.ts";
import { UsageError } from "../base/usage-error.ts";
import { ID, METRIC } from "../experiment/figure-check.ts";
import { metricOf } from "../experiment/metric.ts";
import { merged, type Patch } from "../experiment/patch.ts";
import type { RunResult } from "../experiment/result.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { type LedgerBar, ledgerBar } from "./ledger-bar.ts";
import { type Cell, fixedDigits, type Table } from "./table.ts";

const TEXT = z.string().min(1);
const PATCH = z.record(z.string(), z.unknown());

const columnSchema = z.strictObject({
  title: TEXT,
  experiment: ID,
  /** One, or several that share a cell. */
  metric: z.union([METRIC, z.array(METRIC).min(2)]),
  divisor: z.number().positive().default(1),
  unit: TEXT.optional(),
  digits: z.int().min(0).max(6).default(0),
});

const comparisonSchema = z.strictObject({
  id: ID,
  kind: z.literal("comparison"),
  title: TEXT,
  /** Spec of each experiment. */
  experiments: z.record(ID, PATCH),
  columns: z.array(columnSchema).min(1),
  /** Columns whose cells are words of the row's `says`. */
  known: z.array(TEXT).default([]),
  /** The experiment whose ledger is drawn. */
  drawn: ID,
  rows: z
    .array(
      z.strictObject({
        id: ID,
        title: TEXT,
        run: PATCH,
        /** Laid over single experiments, after `run`. */
        runs: z.record(ID, PATCH).default({}),
        says: z.array(z.string()).default([]),
      }),
    )
    .min(1),
});

export type ComparisonTable = z.output<typeof comparisonSchema>;
type ComparisonColumn = ComparisonTable["columns"][number];

/** One run of the table; `x` counts the experiments from 1. */
export interface ComparisonPoint {
  readonly series: string;
  readonly x: number;
  readonly input: ExperimentInput;
}

/**
 * Reads the definition of a table; `file` appears in messages only.
 * @throws UsageError that names the file and every wrong field.
 */
export function parseComparison(json: unknown, file: string): ComparisonTable {
  const table = checked(comparisonSchema, json, file);
  const known = Object.keys(table.experiments);
  for (const name of [table.drawn, ...table.columns.map(({ experiment }) => experiment)]) {
    if (!known.includes(name)) throw new UsageError(`${file}: there is no experiment "${name}"`);
  }
  for (const { id, says } of table.rows) {
    if (says.length !== table.known.length) {
      throw new UsageError(`${file}, row "${id}": says needs ${table.known.length} texts`);
    }
  }
  for (const { input } of comparisonPoints(table)) parseSpec(input);
  return table;
}

/** Every run of the table: by row, then by experiment. */
export function comparisonPoints({ rows, experiments }: ComparisonTable): ComparisonPoint[] {
  return rows.flatMap(({ id, run, runs }) =>
    Object.entries(experiments).map(([name, spec], index) => {
      const own: Patch = merged(run, runs[name] ?? {});
      return { series: id, x: index + 1, input: merged(spec, own) as unknown as ExperimentInput };
    }),
  );
}

/** @param results in the order of `comparisonPoints`. */
export function comparisonCells(table: ComparisonTable, results: readonly RunResult[]): Table {
  const { columns, known, rows } = table;
  return {
    columns: [
      { title: "system" },
      ...columns.map(({ title, unit, digits }) => ({
        title,
        digits,
        align: "right" as const,
        ...(unit === undefined ? {} : { unit }),
      })),
      ...known.map((title) => ({ title })),
    ],
    rows: rows.map(({ title, says }, row) => [
      title,
      ...columns.map((column) => cellOf(column, resultOf(table, results, row, column.experiment))),
      ...says,
    ]),
  };
}

/** A number, or several as one text. */
function cellOf({ metric, divisor, digits }: ComparisonColumn, result: RunResult): Cell {
  if (typeof metric === "string") return metricOf(result, metric) / divisor;
  return metric.map((name) => fixedDigits(metricOf(result, name) / divisor, digits)).join(" / ");
}

/** Where the cycles of one operation of the drawn experiment go, a bar per row. */
export function comparisonBars(table: ComparisonTable, results: readonly RunResult[]): LedgerBar[] {
  return table.rows.map(({ title }, row) =>
    ledgerBar(title, resultOf(table, results, row, table.drawn), "cycles"),
  );
}

function resultOf(
  { experiments }: ComparisonTable,
  results: readonly RunResult[],
  row: number,
  experiment: string,
): RunResult {
  const names = Object.keys(experiments);
  return results[row * names.length + names.indexOf(experiment)]!;
}
