/**
 * `npm run bench`: every published figure and the lecture's tables, against the committed results.
 *
 * Without an option it prints them and their verdicts; `--check` compares exactly with
 * `results/baseline`, `--accept "reason"` replaces it, `--only ID` runs one. The last run lies in
 * `results/latest`. Exit 1 when a verdict failed or, with `--check`, when something moved.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Command, CommanderError } from "commander";
import { badValue, UsageError } from "../src/base/usage-error.ts";
import { judgeClaims, loadClaims } from "../src/cli/claims.ts";
import { changesText } from "../src/cli/compare.ts";
import { EXIT_CODES, Interrupted } from "../src/cli/exit-codes.ts";
import { figureText } from "../src/cli/figure-text.ts";
import {
  chartOf,
  type FigureOutcome,
  figureIds,
  loadFigures,
  rowsOfPoint,
} from "../src/cli/figures.ts";
import { writeAtomically } from "../src/cli/output-folder.ts";
import { openRunner } from "../src/cli/pool.ts";
import { Progress } from "../src/cli/progress.ts";
import { PROJECT_ROOT, readProjectFile } from "../src/cli/project.ts";
import { runFigures } from "../src/cli/run.ts";
import { untilInterrupted } from "../src/cli/signals.ts";
import type { Terminal } from "../src/cli/terminal.ts";
import { validationText } from "../src/cli/validate.ts";
import { findMachine } from "../src/hardware/machines/index.ts";
import { clockGHz } from "../src/hardware/machines/machine-spec.ts";
import { isUnchanged } from "../src/report/baseline.ts";
import { claimsTable as lectureClaims } from "../src/report/claim-verdict.ts";
import {
  billTable,
  headlineTable,
  type InterfaceTable,
  interfaceBars,
  interfacePoints,
  parseInterfaceTable,
  summariseInterfaces,
} from "../src/report/interface-table.ts";
import type { FigureJudgement } from "../src/report/judge.ts";
import { ledgerSvg } from "../src/report/ledger-plot.ts";
import { markdownTable } from "../src/report/markdown.ts";
import { renderTable, type Table } from "../src/report/table.ts";
import { claimsTable, pointsTable } from "../src/report/validation.ts";
import { withSection } from "./readme-section.ts";
import { type Product, ResultFiles } from "./result-files.ts";

const TABLES = "bench/tables";
/** The table that the README shows. */
const HEADLINE = "lecture-storage";
const README_SECTION = "lecture-table";

export interface BenchOptions {
  readonly check?: boolean;
  readonly accept?: string;
  readonly only?: readonly string[];
  /** The `results` directory. */
  readonly results: string;
  /** The README whose table is kept up to date. */
  readonly readme: string;
}

/** Runs the benchmarks; returns the exit code. */
export async function bench(options: BenchOptions, terminal: Terminal): Promise<number> {
  const { accept, only = [] } = options;
  if (accept !== undefined && accept.trim() === "") {
    throw new UsageError("--accept: say why the results moved");
  }
  const known = [...figureIds(), ...tableIds()];
  for (const id of only) {
    if (!known.includes(id)) throw badValue("--only", id, `choose: ${known.join(", ")}`);
  }
  const isWanted = (id: string): boolean => only.length === 0 || only.includes(id);
  const products: Product[] = [];
  const files = new ResultFiles(options.results);
  const judgements = await benchFigures(figureIds().filter(isWanted), terminal, products);
  let headline: string | undefined;
  for (const id of tableIds().filter(isWanted)) {
    const { product, head } = await benchTable(id, terminal);
    products.push(product);
    if (id === HEADLINE) headline = head;
  }
  const verdicts = only.length === 0 ? await judgeClaims(terminal, loadClaims()) : [];
  if (verdicts.length > 0) terminal.out(`${renderTable(lectureClaims(verdicts))}\n\n`);
  if (judgements.length > 0) terminal.out(`${validationText(judgements)}\n`);
  files.writeLatest(products);
  const isComplete = only.length === 0;
  const isRed =
    judgements.some(({ failures }) => failures.length > 0) ||
    verdicts.some(({ verdict }) => verdict === "fails");
  if (accept !== undefined) {
    acceptResults(files, products, isComplete, accept, terminal);
    if (headline !== undefined) updateReadme(options.readme, headline);
  }
  const hasMoved = options.check === true && !checkResults(files, products, isComplete, terminal);
  return isRed || hasMoved ? EXIT_CODES.failed.code : EXIT_CODES.ok.code;
}

async function benchFigures(
  ids: readonly string[],
  terminal: Terminal,
  products: Product[],
): Promise<FigureJudgement[]> {
  if (ids.length === 0) return [];
  const figures = loadFigures(ids);
  const judgements: FigureJudgement[] = [];
  const kept = (): string => `${judgements.length} of ${figures.length} figures finished`;
  await runFigures(terminal, figures, kept, (outcome) => {
    judgements.push(outcome.judgement);
    products.push(figureProduct(outcome));
    terminal.out(`${figureText(outcome.judgement, outcome.credit)}\n`);
  });
  return judgements;
}

function figureProduct(outcome: FigureOutcome): Product {
  const { figure, judgement, rows, credit } = outcome;
  const table = [
    `# ${figure.id}: ${figure.title}\n\nPublished: ${credit}.\n`,
    markdownTable(pointsTable(judgement)),
    markdownTable(claimsTable(judgement)),
  ].join("\n");
  const judged = outcome.published.map(({ metric }) => metric);
  return { id: figure.id, rows, judged, svg: chartOf(outcome), table };
}

function tableIds(): string[] {
  const names = readdirSync(new URL(TABLES, PROJECT_ROOT));
  const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
  return ids.sort();
}

/** Runs one interface table; `head` is what the README shows. */
async function benchTable(
  id: string,
  terminal: Terminal,
): Promise<{ product: Product; head: string }> {
  const file = `${TABLES}/${id}.json`;
  const table = parseInterfaceTable(readProjectFile(file), file);
  const points = interfacePoints(table);
  const results = await runPoints(points, terminal);
  const { cpu } = findMachine(table.machine);
  const size = { cores: cpu.cores, allCoreGHz: clockGHz(cpu.clocks, cpu.cores) };
  const summaries = summariseInterfaces(table, results, size);
  const tables = [headlineTable(summaries), billTable(summaries)];
  terminal.out(tableText(table, tables));
  const causes = Object.keys(results[0]!.ledger.total).filter((cause) => cause !== "idle");
  const rows = points.flatMap((point, index) => rowsOfPoint(id, point, results[index]!));
  const title = `${table.title} (threads in brackets)`;
  const head = tables.map(markdownTable).join("\n");
  return {
    head,
    product: {
      id,
      rows,
      svg: ledgerSvg(title, "cycles", causes, interfaceBars(summaries)),
      table: `# ${table.title}\n\n${head}`,
    },
  };
}

async function runPoints(
  points: ReturnType<typeof interfacePoints>,
  terminal: Terminal,
): ReturnType<ReturnType<typeof openRunner>["run"]> {
  const runner = openRunner();
  const progress = new Progress(terminal);
  let done = 0;
  try {
    const work = runner.run(
      points.map(({ input }) => input),
      () => {
        done += 1;
        progress.show(`lecture table: ${done} of ${points.length} points`);
      },
    );
    return await untilInterrupted(work, () => "the table is not finished");
  } finally {
    progress.clear();
    await runner.close();
  }
}

function tableText({ id, title }: InterfaceTable, tables: readonly Table[]): string {
  return `${id}: ${title}\n${tables.map(renderTable).join("\n")}\n\n`;
}

function acceptResults(
  files: ResultFiles,
  products: readonly Product[],
  isComplete: boolean,
  reason: string,
  terminal: Terminal,
): void {
  const changes = files.changes(products, isComplete);
  const changed = files.changedFiles(products, isComplete, nodeMajor());
  if (isUnchanged(changes) && changed.length === 0) {
    terminal.out("Nothing moved: the committed results stay.\n");
    return;
  }
  files.accept(products, isComplete);
  files.recordChange(changes, reason);
  terminal.out(`${changesText(changes)}Accepted: ${reason.trim()}\n`);
}

/** Prints what moved; returns whether nothing did. */
function checkResults(
  files: ResultFiles,
  products: readonly Product[],
  isComplete: boolean,
  terminal: Terminal,
): boolean {
  const changes = files.changes(products, isComplete);
  const changed = files.changedFiles(products, isComplete, nodeMajor());
  terminal.out(`Against results/baseline: ${changesText(changes)}`);
  for (const path of changed) {
    terminal.out(`Differs from results/${path}: see results/latest\n`);
  }
  const isSame = isUnchanged(changes) && changed.length === 0;
  if (!isSame) terminal.out('If this is meant: npm run bench -- --accept "why it moved"\n');
  return isSame;
}

function updateReadme(path: string, headline: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  if (!text.includes(`<!-- ${README_SECTION}:begin -->`)) return;
  const updated = withSection(text, README_SECTION, headline);
  if (updated !== text) writeAtomically(path, updated);
}

const nodeMajor = (): number => Number(process.versions.node.split(".")[0]);

async function main(): Promise<number> {
  const command = new Command("bench")
    .description("run every figure and table, print verdicts")
    .option("--check", "compare exactly with results/baseline")
    .option("--accept <reason>", "make these the committed results")
    .option("--only <id...>", "only these figures or tables")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const terminal: Terminal = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isWatched: process.stderr.isTTY === true,
    isDebugging: false,
  };
  try {
    command.parse();
    const root = fileURLToPath(PROJECT_ROOT);
    const own = { results: `${root}results`, readme: `${root}README.md` };
    return await bench({ ...command.opts(), ...own }, terminal);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.ok.code;
    if (error instanceof UsageError || error instanceof CommanderError) {
      terminal.err(`bench: ${error.message.replace(/^error: /, "")}\n`);
      return EXIT_CODES.usage.code;
    }
    if (error instanceof Interrupted) {
      terminal.err(`bench: ${error.message}\n`);
      return EXIT_CODES.interrupted.code;
    }
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await main();
