/** The tables of `bench/tables`: interfaces at their operating point, or systems side by side. */
import { rowsOfPoint } from "../src/cli/figures.ts";
import { type PointRunner, resultOf } from "../src/cli/pool.ts";
import { watched } from "../src/cli/progress.ts";
import { loadTable } from "../src/cli/tables.ts";
import type { Terminal } from "../src/cli/terminal.ts";
import type { FigurePoint } from "../src/experiment/figure.ts";
import type { RunResult } from "../src/experiment/result.ts";

import { findMachine } from "../src/hardware/machines/index.ts";
import { clockGHz } from "../src/hardware/machines/machine-spec.ts";
import {
  type ComparisonTable,
  comparisonBars,
  comparisonCells,
  comparisonPoints,
} from "../src/report/comparison-table.ts";
import {
  billTable,
  headlineTable,
  type InterfaceTable,
  interfaceBars,
  interfacePoints,
  summariseInterfaces,
} from "../src/report/interface-table.ts";
import { type LedgerBar, ledgerBar } from "../src/report/ledger-bar.ts";
import { ledgerSvg } from "../src/report/ledger-plot.ts";
import { markdownTable } from "../src/report/markdown.ts";
import {
  type SchedulingTable,
  schedulingPoints,
  schedulingTable,
} from "../src/report/scheduling-table.ts";
import { renderTable, type Table } from "../src/report/table.ts";
import type { Product } from "./result-files.ts";

/** A table that has been run; `head` is what the README shows. */
export interface TableOutcome {
  readonly product: Product;
  readonly head: string;
}

/** Runs one table and prints it. */
export async function benchTable(
  id: string,
  terminal: Terminal,
  runner: PointRunner,
): Promise<TableOutcome> {
  const loaded = loadTable(id);
  switch (loaded.kind) {
    case "comparison":
      return await benchComparison(loaded.table, terminal, runner);
    case "scheduling":
      return await benchScheduling(loaded.table, terminal, runner);
    case "interfaces":
      return await benchInterfaces(loaded.table, terminal, runner);
  }
}

async function benchScheduling(
  table: SchedulingTable,
  terminal: Terminal,
  runner: PointRunner,
): Promise<TableOutcome> {
  const { id, title } = table;
  const points = schedulingPoints(table);
  const results = await runPoints(id, points, terminal, runner);
  const cells = schedulingTable(table, results);
  terminal.out(`${id}: ${title}\n${renderTable(cells, terminal.columns)}\n\n`);
  const head = markdownTable(cells);
  // The lookups with most threads show where their cycles go.
  const most = Math.max(...table.threads);
  const bars = points.flatMap(({ title: bar, x }, index) =>
    x === most ? [ledgerBar(bar, results[index]!, "cycles")] : [],
  );
  return { head, product: tableProduct(table, title, head, points, results, bars) };
}

async function benchComparison(
  table: ComparisonTable,
  terminal: Terminal,
  runner: PointRunner,
): Promise<TableOutcome> {
  const { id, title } = table;
  const points = comparisonPoints(table);
  const results = await runPoints(id, points, terminal, runner);
  const cells = comparisonCells(table, results);
  terminal.out(`${id}: ${title}\n${renderTable(cells, terminal.columns)}\n\n`);
  const head = markdownTable(cells);
  return {
    head,
    product: tableProduct(table, title, head, points, results, comparisonBars(table, results)),
  };
}

/** @param bars where the cycles go, for the chart. */
function tableProduct(
  { id, title }: { readonly id: string; readonly title: string },
  chartTitle: string,
  head: string,
  points: readonly { readonly series: string; readonly x: number }[],
  results: readonly RunResult[],
  bars: readonly LedgerBar[],
): Product {
  const { ledger, operation } = results[0]!;
  const causes = Object.keys(ledger.total).filter((cause) => cause !== "idle");
  return {
    id,
    rows: points.flatMap((point, index) => rowsOfPoint(id, point, results[index]!)),
    svg: ledgerSvg(chartTitle, operation, "cycles", causes, bars),
    table: `# ${title}\n\n${head}`,
  };
}

async function benchInterfaces(
  table: InterfaceTable,
  terminal: Terminal,
  runner: PointRunner,
): Promise<TableOutcome> {
  const points = interfacePoints(table);
  const results = await runPoints(table.id, points, terminal, runner);
  const { cpu } = findMachine(table.machine);
  const size = { cores: cpu.cores, allCoreGHz: clockGHz(cpu.clocks, cpu.cores) };
  const summaries = summariseInterfaces(table, results, size);
  const tables = [headlineTable(summaries), billTable(summaries)];
  terminal.out(tableText(table, tables, terminal.columns));
  const head = tables.map(markdownTable).join("\n");
  const product = tableProduct(
    table,
    `${table.title} (threads in brackets)`,
    head,
    points,
    results,
    interfaceBars(summaries),
  );
  return { head, product };
}

async function runPoints(
  id: string,
  points: readonly Pick<FigurePoint, "series" | "x" | "input">[],
  terminal: Terminal,
  runner: PointRunner,
): Promise<RunResult[]> {
  let done = 0;
  const kept = (): string => "the table is not finished";
  const answers = await watched(terminal, kept, (progress) =>
    runner.outcomes(
      points.map(({ input }) => input),
      () => {
        done += 1;
        progress.show(`${id}: ${done} of ${points.length} points`);
      },
    ),
  );
  return answers.map((answer, index) => {
    const { series, x } = points[index]!;
    return resultOf(answer, `${id}, ${series} at ${x}`);
  });
}

function tableText(
  { id, title }: InterfaceTable,
  tables: readonly Table[],
  columns: number | undefined,
): string {
  const printed = tables.map((table) => renderTable(table, columns));
  return `${id}: ${title}\n${printed.join("\n")}\n\n`;
}
