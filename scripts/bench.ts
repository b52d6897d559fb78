/**
 * `npm run bench`: every published figure and the lecture's tables, against the committed results.
 *
 * Without an option it prints them and their verdicts; `--check` compares exactly with
 * `results/baseline`, `--accept "reason"` replaces it, `--only ID` runs one. The last run lies in
 * `results/latest`. Exit 1 when a verdict failed or, with `--check`, when something moved.
 */
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Command, CommanderError } from "commander";
import { badValue, UsageError } from "../src/base/usage-error.ts";
import { judgeClaims, loadClaims } from "../src/cli/claims.ts";
import { changesText } from "../src/cli/compare.ts";
import { EXIT_CODES, Interrupted } from "../src/cli/exit-codes.ts";
import { figureText } from "../src/cli/figure-text.ts";
import {
  type FigureOutcome,
  figureIds,
  loadFigures,
  type PublishedFigure,
} from "../src/cli/figures.ts";
import { tuneHost } from "../src/cli/host-flags.ts";
import { writeAtomically } from "../src/cli/output-folder.ts";
import { type PointRunner, withRunner } from "../src/cli/pool.ts";
import { PROJECT_ROOT } from "../src/cli/project.ts";
import { runFigures } from "../src/cli/run.ts";
import { loadTable, tableIds } from "../src/cli/tables.ts";
import { processTerminal, type Terminal } from "../src/cli/terminal.ts";
import { validationText } from "../src/cli/validate.ts";
import { claimRuns } from "../src/experiment/claim-run.ts";
import type { Claim } from "../src/experiment/claim-spec.ts";
import { figurePoints } from "../src/experiment/figure.ts";
import type { ExperimentInput } from "../src/experiment/spec.ts";
import { isUnchanged } from "../src/report/baseline.ts";
import { type ClaimVerdict, claimsTable as lectureClaims } from "../src/report/claim-verdict.ts";
import type { FigureJudgement } from "../src/report/judge.ts";
import { markdownTable } from "../src/report/markdown.ts";
import { figureSvg } from "../src/report/plot.ts";
import { renderTable } from "../src/report/table.ts";
import { claimsTable, pointsTable } from "../src/report/validation.ts";
import { benchTable } from "./bench-tables.ts";
import { withSection } from "./readme-section.ts";
import { type Product, ResultFiles } from "./result-files.ts";

/** Tables that the README shows, and between which marks. */
const README_SECTIONS: Readonly<Record<string, string>> = {
  "lecture-storage": "lecture-table",
  project: "project-table",
};

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
  const wanted = {
    figures: loadFiguresOrNone(figureIds().filter(isWanted)),
    tables: tableIds().filter(isWanted),
    claims: only.length === 0 ? loadClaims() : [],
  };
  const { readme } = options;
  const { products, judgements, heads, verdicts } = await withRunner((runner) =>
    runAll(wanted, runner, terminal),
  );
  const files = new ResultFiles(options.results);
  if (verdicts.length > 0)
    terminal.out(`${renderTable(lectureClaims(verdicts), terminal.columns)}\n\n`);
  if (judgements.length > 0) terminal.out(`${validationText(judgements, terminal.columns)}\n`);
  files.writeLatest(products);
  const isComplete = only.length === 0;
  const isRed =
    judgements.some(({ failures }) => failures.length > 0) ||
    verdicts.some(({ verdict }) => verdict === "fails");
  if (accept !== undefined) {
    acceptResults(files, products, isComplete, accept, terminal);
    updateReadme(readme, heads);
  }
  const run = { products, isComplete, heads };
  const hasMoved = options.check === true && !checkResults(files, run, readme, terminal);
  return isRed || hasMoved ? EXIT_CODES.failed.code : EXIT_CODES.ok.code;
}

interface Wanted {
  readonly figures: readonly PublishedFigure[];
  readonly tables: readonly string[];
  readonly claims: readonly Claim[];
}

interface Outcomes {
  readonly products: readonly Product[];
  readonly judgements: readonly FigureJudgement[];
  /** What the README shows of each table. */
  readonly heads: ReadonlyMap<string, string>;
  readonly verdicts: readonly ClaimVerdict[];
}

/** No id means none, not all of them. */
const loadFiguresOrNone = (ids: readonly string[]): PublishedFigure[] =>
  ids.length === 0 ? [] : loadFigures(ids);

async function runAll(wanted: Wanted, runner: PointRunner, terminal: Terminal): Promise<Outcomes> {
  // All runs queue at once, so that no worker waits; each part then finds its answers.
  runner.outcomes(inputsOf(wanted)).catch(() => {});
  const products: Product[] = [];
  const judgements = await benchFigures(wanted.figures, runner, terminal, products);
  const heads = new Map<string, string>();
  for (const id of wanted.tables) {
    const { product, head } = await benchTable(id, terminal, runner);
    products.push(product);
    heads.set(id, head);
  }
  const { claims } = wanted;
  const verdicts = claims.length > 0 ? await judgeClaims(terminal, runner, claims) : [];
  return { products, judgements, heads, verdicts };
}

const inputsOf = ({ figures, tables, claims }: Wanted): ExperimentInput[] =>
  [
    ...figures.flatMap(({ figure }) => figurePoints(figure)),
    ...tables.flatMap((id) => loadTable(id).points),
    ...claims.flatMap((claim) => claimRuns(claim)),
  ].map(({ input }) => input);

async function benchFigures(
  figures: readonly PublishedFigure[],
  runner: PointRunner,
  terminal: Terminal,
  products: Product[],
): Promise<FigureJudgement[]> {
  if (figures.length === 0) return [];
  const judgements: FigureJudgement[] = [];
  const kept = (): string => `${judgements.length} of ${figures.length} figures finished`;
  await runFigures(terminal, runner, figures, kept, (outcome) => {
    judgements.push(outcome.judgement);
    products.push(figureProduct(outcome));
    terminal.out(`${figureText(outcome.judgement, outcome.credit, terminal.columns)}\n`);
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
  return {
    id: figure.id,
    rows,
    judged,
    svg: figureSvg(figure, outcome.published, rows, credit),
    table,
  };
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

interface FinishedRun {
  readonly products: readonly Product[];
  readonly isComplete: boolean;
  /** What the README shows of each table. */
  readonly heads: ReadonlyMap<string, string>;
}

/** Prints what moved, in the results and in the README; returns whether nothing did. */
export function checkResults(
  files: ResultFiles,
  { products, isComplete, heads }: FinishedRun,
  readme: string,
  terminal: Terminal,
): boolean {
  const changes = files.changes(products, isComplete);
  const changed = files.changedFiles(products, isComplete, nodeMajor());
  terminal.out(`Against results/baseline: ${changesText(changes)}`);
  for (const path of changed) {
    terminal.out(`Differs from results/${path}: see results/latest\n`);
  }
  const stale = staleSections(readme, heads);
  for (const { name } of stale) terminal.out(`Differs from the README: its ${name}\n`);
  const isSame = isUnchanged(changes) && changed.length === 0 && stale.length === 0;
  if (!isSame) terminal.out('If this is meant: npm run bench -- --accept "why it moved"\n');
  return isSame;
}

function updateReadme(path: string, heads: FinishedRun["heads"]): void {
  for (const section of staleSections(path, heads)) {
    writeAtomically(path, withSection(readFileSync(path, "utf8"), section.name, section.content));
  }
}

interface Section {
  readonly name: string;
  readonly content: string;
}

/** Sections of a README, if there is one, that do not say what the tables say now. */
function staleSections(path: string, heads: FinishedRun["heads"]): Section[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  return Array.from(heads, ([id, content]) => ({
    name: README_SECTIONS[id] ?? "",
    content,
  })).filter(({ name, content }) => name !== "" && withSection(text, name, content) !== text);
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
  const terminal = processTerminal;
  tuneHost();
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
