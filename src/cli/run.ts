/** `kerneltax run`: published figures, or one spec file each. */
import { Command } from "commander";
import { resolveExperiment } from "../experiment/assemble.ts";
import { figurePoints } from "../experiment/figure.ts";
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { type ExperimentSpec, parseSpec } from "../experiment/spec.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { envelope } from "../report/envelope.ts";
import { stableJson } from "../report/json.ts";
import { ledgerTable } from "../report/ledger-table.ts";
import { renderTable } from "../report/table.ts";
import { validationJson } from "../report/validation.ts";
import { figureChart } from "./charts.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { checkFigureSet } from "./figure-overrides.ts";
import { failureLines, figureText } from "./figure-text.ts";
import {
  distinctRuns,
  type FigureOutcome,
  loadFigures,
  type PublishedFigure,
  pointName,
  rowsOfPoint,
  runFigure,
} from "./figures.ts";
import { parseSet } from "./io-arguments.ts";
import { metricsTable } from "./metrics-table.ts";
import { aboutRun, isFile, readNamedRun } from "./named-run.ts";
import { type OutputFolder, withOutput } from "./output-folder.ts";
import { adaptation } from "./overrides-for.ts";
import { type PointRunner, withRunner } from "./pool.ts";
import { Progress } from "./progress.ts";
import { VERSION } from "./project.ts";
import { warningLines, warningsOf } from "./run-warnings.ts";
import {
  allowLongOption,
  formatOption,
  type OutputFormat,
  outOption,
  setOption,
} from "./shared-options.ts";
import { untilInterrupted } from "./signals.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

interface RunFlags {
  readonly outputFormat: OutputFormat;
  readonly out?: string;
  readonly set: readonly string[];
  readonly seed?: string;
  readonly allowLong?: boolean;
}

export function runCommand(context: CommandContext): Command {
  return new Command("run")
    .description("run published figures or spec files; print tables and verdicts")
    .argument(
      "<what...>",
      "ids of figures (see list), or files that end in .json: a spec, or the JSON of a run",
    )
    .option("--seed <n>", "another seed for every point")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(outOption("csv, json and svg"))
    .addOption(allowLongOption())
    .action((what: readonly string[], flags: RunFlags) => run(context, what, flags));
}

async function run(
  context: CommandContext,
  what: readonly string[],
  flags: RunFlags,
): Promise<void> {
  const files = what.filter(isFile);
  const ids = what.filter((name) => !files.includes(name));
  const figures = ids.length === 0 ? [] : loadFigures(ids);
  const specs = files.map((file) => readNamedRun(file, "spec").input);
  const runs = [
    ...figures.flatMap(({ figure }) =>
      figurePoints(figure).map((point) => ({
        name: pointName(figure.id, point),
        input: point.input,
      })),
    ),
    ...specs.map((input, index) => ({ name: files[index]!, input })),
  ];
  const set = parseSet(flags.set);
  const adapt = adaptation(
    runs.map(({ input }) => input),
    set,
    flags.seed,
  );
  for (const { figure } of figures) checkFigureSet(figure, adapt, set);
  for (const { name, input } of runs) {
    aboutRun(name, () => resolveExperiment(parseSpec(adapt(input))));
  }
  const printed: object[] = [];
  await withOutput(flags.out, async (folder) => {
    await runAll(context, figures, folder, flags, adapt, printed);
    specs.forEach((spec, index) => {
      const name = files[index]!.split(/[/\\]/)
        .at(-1)!
        .replace(/\.json$/i, "");
      printed.push(runSpec(context.terminal, name, parseSpec(adapt(spec)), folder, flags));
    });
  });
  if (flags.outputFormat !== "json") return;
  const data = printed.length === 1 ? printed[0] : printed;
  context.terminal.out(`${stableJson(data, 2, "given")}\n`);
}

async function runAll(
  context: CommandContext,
  figures: readonly PublishedFigure[],
  folder: OutputFolder | undefined,
  flags: RunFlags,
  adapt: ReturnType<typeof adaptation>,
  printed: object[],
): Promise<void> {
  if (figures.length === 0) return;
  const { terminal } = context;
  const isChanged = flags.set.length > 0 || flags.seed !== undefined;
  let finished = 0;
  const kept = (): string =>
    `${finished} of ${figures.length} figures finished${folder && finished > 0 ? " and kept" : ""}`;
  const onFigure = async (outcome: FigureOutcome): Promise<void> => {
    const { judgement, credit } = outcome;
    // Of a figure as it was published, its README tells what is to be known.
    const warnings = isChanged ? warningsOf(outcome.warned) : [];
    if (flags.outputFormat === "normal") {
      terminal.err(warningLines(warnings));
      terminal.out(
        `${figureText(judgement, credit, terminal.columns)}${failureLines(judgement)}\n`,
      );
    }
    const json = figureJson(outcome, warnings);
    printed.push(json);
    if (folder !== undefined) await writeFigure(folder, outcome, json);
    finished += 1;
  };
  const isFailed = await withRunner((runner) =>
    runFigures(terminal, runner, figures, kept, onFigure, adapt),
  );
  if (isFailed) context.exitCode = EXIT_CODES.failed.code;
}

/**
 * Runs figures on all cores and hands each over in the given order, as soon as it is finished.
 * @returns whether a figure has failures.
 */
export async function runFigures(
  terminal: Terminal,
  runner: PointRunner,
  figures: readonly PublishedFigure[],
  kept: () => string,
  onFigure: (outcome: FigureOutcome) => void | Promise<void>,
  adapt?: ReturnType<typeof adaptation>,
): Promise<boolean> {
  const progress = new Progress(terminal);
  const total = figures.reduce(
    (sum, { figure }) => sum + distinctRuns(figurePoints(figure)).size,
    0,
  );
  let done = 0;
  const onDone = (): void => {
    done += 1;
    progress.show(`${done} of ${total} points`);
  };
  let isFailed = false;
  try {
    const started = figures.map((figure) => runFigure(figure, runner, onDone, adapt));
    for (const work of started) work.catch(() => {});
    for (const work of started) {
      const outcome = await untilInterrupted(work, kept);
      progress.clear();
      await onFigure(outcome);
      if (outcome.judgement.failures.length > 0) isFailed = true;
    }
  } finally {
    progress.clear();
  }
  return isFailed;
}

function figureJson({ judgement, rows }: FigureOutcome, warnings: readonly string[]): object {
  return {
    tool: "kerneltax",
    version: VERSION,
    command: "run",
    figure: validationJson([judgement]).figures[0],
    failures: judgement.failures,
    ...(warnings.length > 0 && { warnings }),
    rows,
  };
}

async function writeFigure(
  folder: OutputFolder,
  outcome: FigureOutcome,
  json: object,
): Promise<void> {
  const { id } = outcome.figure;
  folder.write(`${id}.csv`, resultRowsToCsv(outcome.rows));
  folder.write(`${id}.json`, `${stableJson(json, 2, "given")}\n`);
  folder.write(`${id}.svg`, await figureChart(outcome));
}

function runSpec(
  terminal: Terminal,
  name: string,
  spec: ExperimentSpec,
  folder: OutputFolder | undefined,
  flags: RunFlags,
): object {
  const result: RunResult = runExperiment(spec, { allowLong: flags.allowLong ?? false });
  const json = envelope(result, "run", VERSION);
  if (flags.outputFormat === "normal") {
    terminal.err(warningLines(result.warnings));
    const tables = [metricsTable(result), ledgerTable(result)].map((table) =>
      renderTable(table, terminal.columns),
    );
    terminal.out(`${name}: spec ${result.specHash}\n${tables.join("\n")}\n`);
  }
  if (folder !== undefined) {
    const rows = rowsOfPoint(name, { series: spec.backend, x: result.threads }, result);
    folder.write(`${name}.csv`, resultRowsToCsv(rows));
    folder.write(`${name}.json`, `${stableJson(json, 2, "given")}\n`);
  }
  return json;
}
