/** Where two runs differ: in what was asked for, in the model's numbers, and in their ledgers. */
import type { Sourced } from "../base/sourced.ts";
import { toNs } from "../base/units.ts";
import { METRICS, type MetricName, metricNames, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { causeTitle } from "./ledger-table.ts";
import { metricColumn, type Table } from "./table.ts";

/** A run and the numbers that it used, by the name that `--set` gives them. */
export interface ExplainedRun {
  readonly title: string;
  readonly result: RunResult;
  readonly numbers: Readonly<Record<string, Sourced>>;
}

/** Something that both runs have, or one of them. */
export interface Difference<Value> {
  readonly name: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** Time of one cause per operation, in nanoseconds. */
export interface CauseDifference {
  readonly cause: string;
  readonly beforeNs: number;
  readonly afterNs: number;
}

export interface Explanation {
  readonly spec: readonly Difference<unknown>[];
  readonly numbers: readonly Difference<Sourced>[];
  readonly metrics: readonly Difference<number>[];
  /** The largest change first, whatever its sign. */
  readonly causes: readonly CauseDifference[];
}

export function explain(before: ExplainedRun, after: ExplainedRun): Explanation {
  const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const specs = [before, after].map(({ result }) => leavesOf(result.spec));
  const sameNumber = (a?: Sourced, b?: Sourced): boolean =>
    a?.value === b?.value && a?.unit === b?.unit && a?.atGHz === b?.atGHz;
  const metrics = [before, after].map(({ result }) =>
    Object.fromEntries(metricNames(result.metrics).map((name) => [name, metricOf(result, name)])),
  );
  return {
    spec: differences(specs[0]!, specs[1]!, isEqual),
    numbers: differences(before.numbers, after.numbers, sameNumber),
    metrics: differences(metrics[0]!, metrics[1]!, isEqual),
    causes: causeDifferences(before.result, after.result),
  };
}

function differences<Value>(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  isSame: (a: Value | undefined, b: Value | undefined) => boolean,
): Difference<Value>[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .map((name) => ({ name, before: before[name], after: after[name] }))
    .filter((pair) => !isSame(pair.before, pair.after));
}

/** `{ workload: { jobs: 4 } }` as `workload.jobs` and 4. Lists are values. */
function leavesOf(data: unknown, path = ""): Record<string, unknown> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return { [path]: data };
  const below = path === "" ? "" : `${path}.`;
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) => Object.entries(leavesOf(value, below + key))),
  );
}

function causeDifferences(before: RunResult, after: RunResult): CauseDifference[] {
  const perOperation = ({ ledger, operations }: RunResult, cause: string): number =>
    toNs(Number(ledger.total[cause] ?? 0)) / operations;
  const all = Object.keys(before.ledger.total).map((cause) => ({
    cause,
    beforeNs: perOperation(before, cause),
    afterNs: perOperation(after, cause),
  }));
  const change = ({ beforeNs, afterNs }: CauseDifference): number => Math.abs(afterNs - beforeNs);
  return all
    .filter(({ beforeNs, afterNs }) => beforeNs > 0 || afterNs > 0)
    .sort((a, b) => change(b) - change(a));
}

/** Fields of the spec. */
export function specTable(rows: readonly Difference<unknown>[], titles: Titles): Table {
  return {
    columns: [{ title: "what was asked for" }, ...titles.map((title) => ({ title }))],
    rows: rows.map(({ name, before, after }) => [name, textOf(before), textOf(after)]),
  };
}

/** Numbers of the model; the other way to see them is `costs`. */
export function numbersTable(rows: readonly Difference<Sourced>[], titles: Titles): Table {
  const cell = (number: Sourced | undefined): string => {
    if (number === undefined) return "–";
    const clock = number.atGHz === undefined ? "" : ` at ${number.atGHz} GHz`;
    return `${number.value} ${number.unit}${clock}`;
  };
  return {
    columns: [
      { title: "model number" },
      ...titles.map((title) => ({ title, align: "right" as const })),
    ],
    rows: rows.map(({ name, before, after }) => [name, cell(before), cell(after)]),
  };
}

export function metricsTable(rows: readonly Difference<number>[], titles: Titles): Table {
  return {
    columns: [
      { title: "metric" },
      ...titles.map((title) => ({ title, align: "right" as const })),
      { title: "unit" },
      { title: "change", unit: "%", digits: 1, align: "right" },
    ],
    rows: rows.map(({ name, before, after }) => {
      const metric = name as MetricName;
      const known = [before, after].filter((value) => value !== undefined);
      const { column, divisor } = metricColumn(metric, known);
      const scaled = (value: number | undefined): number | undefined =>
        value === undefined ? undefined : Number((value / divisor).toPrecision(5));
      const hasBoth = before !== undefined && after !== undefined && before !== 0;
      const change = hasBoth ? (100 * (after - before)) / before : undefined;
      return [METRICS[metric].title, scaled(before), scaled(after), column.unit, change];
    }),
  };
}

/** Two names of runs, as heads of columns. */
export type Titles = readonly [string, string];

/** The causes side by side; busy ones add up in the last row. */
export function causesTable(
  causes: readonly CauseDifference[],
  operation: string,
  titles: Titles,
): Table {
  const sum = causes
    .filter(({ cause }) => cause !== "idle")
    .reduce(
      (all, { beforeNs, afterNs }) => ({
        beforeNs: all.beforeNs + beforeNs,
        afterNs: all.afterNs + afterNs,
      }),
      { beforeNs: 0, afterNs: 0 },
    );
  const row = (title: string, { beforeNs, afterNs }: Omit<CauseDifference, "cause">) => [
    title,
    beforeNs,
    afterNs,
    afterNs - beforeNs,
  ];
  const times = { unit: "ns", digits: 1, align: "right" } as const;
  return {
    columns: [
      { title: `time of all cores per ${operation}` },
      { title: titles[0], ...times },
      { title: titles[1], ...times },
      { title: "difference", ...times },
    ],
    rows: [
      ...causes.map((cause) => row(causeTitle(cause.cause), cause)),
      row("sum without idle", sum),
    ],
  };
}

const textOf = (value: unknown): string =>
  value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
