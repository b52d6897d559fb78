/** `kerneltax sweep`: many runs, in shards if need be; `kerneltax merge`: their results as one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { badValue, UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import { type FigurePoint, figurePoints } from "../experiment/figure.ts";
import type { RunResult } from "../experiment/result.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { stableJson } from "../report/json.ts";
import { checkFigureSet } from "./figure-overrides.ts";
import { loadFigures, pointName, rowsDuring } from "./figures.ts";
import { shown } from "./input-file.ts";
import { parseSet } from "./io-arguments.ts";
import { aboutRun, isFile, readSpecFile } from "./named-run.ts";
import { type OutputFolder, withOutput } from "./output-folder.ts";
import { adaptation, pathsOf } from "./overrides-for.ts";
import { type PointRunner, withRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import { VERSION } from "./project.ts";
import { warningLines, warningsOf } from "./run-warnings.ts";
import { allowLongOption, formatOption, type OutputFormat, setOption } from "./shared-options.ts";
import {
  checkSamePlan,
  MERGED_FILE,
  mergedText,
  PLAN_FILE,
  planText,
  readPlan,
  runFile,
  type SweepPlan,
} from "./sweep-folder.ts";
import type { CommandContext, Terminal } from "./terminal.ts";
import { checkVaried, parseVary, type Varied, variedPoints } from "./vary.ts";

interface SweepFlags {
  readonly outputFormat: OutputFormat;
  readonly out: string;
  readonly vary: readonly string[];
  readonly shard?: string;
  readonly set: readonly string[];
  readonly seed?: string;
  readonly allowLong?: boolean;
}

/** One run, and the points that it answers: several where they are parts of it over time. */
interface SweepRun {
  readonly input: ExperimentInput;
  /** A figure's own, as it was published: its README tells what is to be known. */
  readonly isPublished: boolean;
  readonly points: readonly NamedPoint[];
}

type NamedPoint = Pick<FigurePoint, "series" | "x" | "span" | "input"> & {
  readonly figure: string;
  /** What messages call it: the file, or the figure with series and x. */
  readonly place: string;
};

/** Shard `index` of `count`, from 0. */
interface Shard {
  readonly index: number;
  readonly count: number;
}

export function sweepCommand(context: CommandContext): Command {
  return new Command("sweep")
    .description("many runs into one directory, in shards if need be; what is finished is kept")
    .argument(
      "<what...>",
      "files that end in .json: a spec, or the JSON of a run; or ids of figures (see list)",
    )
    .requiredOption("--out <dir>", "a file per run goes there, and sweep.csv when all are there")
    .option(
      "--vary <path=value,…>",
      "a spec's field and its values, such as workload.jobs=1,2,4, or a model number's, as in " +
        "set.drive.readTime=3,80 (repeatable: all combinations)",
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option("--shard <i/n>", "every n-th run only, from the i-th; merge puts shards together")
    .option("--seed <n>", "another seed for every run")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(allowLongOption())
    .action((what: readonly string[], flags: SweepFlags) => sweep(context, what, flags));
}

export function mergeCommand(context: CommandContext): Command {
  return new Command("merge")
    .description("the shards of a sweep as one file, byte for byte what one process would write")
    .argument("<dir...>", "directories of the same sweep")
    .option("--out <dir>", "where sweep.csv goes (default: the first directory)")
    .addOption(formatOption())
    .action((folders: readonly string[], flags: { outputFormat: OutputFormat; out?: string }) =>
      merge(context, folders, flags),
    );
}

async function sweep(
  { terminal }: CommandContext,
  what: readonly string[],
  flags: SweepFlags,
): Promise<void> {
  const shard = parseShard(flags.shard ?? "1/1");
  const runs = runsOf(what, flags);
  const plan = planOf(runs);
  await withOutput(flags.out, async (folder) => {
    checkSamePlan(folder!.path, plan, "--out");
    folder!.write(PLAN_FILE, planText(plan));
    const mine = runs
      .map((_, index) => index)
      .filter((index) => index % shard.count === shard.index);
    const open = mine.filter((index) => !existsSync(join(folder!.path, runFile(index))));
    await runAll(terminal, folder!, runs, open, flags.allowLong ?? false);
    const isWhole = shard.count === 1;
    if (isWhole) folder!.write(MERGED_FILE, mergedText([folder!.path], plan));
    const counts = { runs: runs.length, ofShard: mine.length, simulated: open.length };
    if (flags.outputFormat === "json") {
      const data = { tool: "kerneltax", version: VERSION, command: "sweep", ...counts };
      terminal.out(`${stableJson(data, 2, "given")}\n`);
      return;
    }
    const before = mine.length - open.length;
    const found = before > 0 ? `, ${before} were there already` : "";
    const next = isWhole ? MERGED_FILE : "a file each; merge puts shards together";
    terminal.out(`${open.length} of ${runs.length} runs simulated${found}: ${next}\n`);
  });
}

async function merge(
  { terminal }: CommandContext,
  folders: readonly string[],
  flags: { readonly outputFormat: OutputFormat; readonly out?: string },
): Promise<void> {
  const plan = readPlan(folders[0]!);
  for (const folder of folders) {
    if (folder !== folders[0]) readPlan(folder);
    checkSamePlan(folder, plan, "merge");
  }
  const text = mergedText(folders, plan);
  await withOutput(flags.out ?? folders[0]!, (folder) => {
    folder!.write(MERGED_FILE, text);
    const counts = { runs: plan.runs.length, rows: text.split("\n").length - 2 };
    if (flags.outputFormat === "json") {
      const data = { tool: "kerneltax", version: VERSION, command: "merge", ...counts };
      terminal.out(`${stableJson(data, 2, "given")}\n`);
    } else terminal.out(`${counts.runs} runs, ${counts.rows} rows: ${MERGED_FILE}\n`);
  });
}

/** @throws UsageError unless it is i/n with 1 ≤ i ≤ n. */
function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(count)) {
    throw badValue("--shard", text, "give i/n with i from 1 to n, such as 1/4");
  }
  return { index: Number(index) - 1, count: Number(count) };
}

function pointsOf(what: readonly string[], varied: readonly Varied[]): NamedPoint[] {
  const names = new Set<string>();
  return what.flatMap((name): NamedPoint[] => {
    const id = name
      .split(/[/\\]/)
      .at(-1)!
      .replace(/\.json$/i, "");
    if (names.has(id)) throw new UsageError(`sweep: "${id}" is given twice`);
    names.add(id);
    if (isFile(name)) {
      const spec = readSpecFile(name, "spec");
      const place = shown(name);
      return aboutRun(name, () => variedPoints({ ...spec }, varied)).map((point) => {
        aboutRun(name, () => pathsOf(point.input));
        return { ...point, figure: id, place, span: undefined };
      });
    }
    if (varied.length > 0) {
      throw new UsageError(`--vary: the figure "${id}" has its points; vary a spec file`);
    }
    return loadFigures([id]).flatMap(({ figure }) =>
      figurePoints(figure).map((point) => ({ ...point, figure: id, place: pointName(id, point) })),
    );
  });
}

/**
 * Points of the same spec share one run.
 * @throws UsageError for a spec that cannot run, or a change that would make runs the same.
 */
function runsOf(what: readonly string[], flags: SweepFlags): SweepRun[] {
  const varied = parseVary(flags.vary);
  const set = parseSet(flags.set);
  checkVaried(varied, set, flags.seed);
  const points = pointsOf(what, varied);
  const inputs = points.map(({ input }) => input);
  const adapt = adaptation(inputs, set, flags.seed);
  const ids = what.filter((name) => !isFile(name));
  if (ids.length > 0) {
    for (const { figure } of loadFigures(ids)) checkFigureSet(figure, adapt, set);
  }
  const isChanged = Object.keys(set).length > 0 || flags.seed !== undefined;
  const runs = new Map<string, { points: NamedPoint[] } & SweepRun>();
  for (const point of points) {
    const input = adapt(point.input);
    const key = JSON.stringify(input);
    const isPublished = ids.includes(point.figure) && !isChanged;
    const run = runs.get(key) ?? { input, isPublished, points: [] };
    run.points.push(point);
    runs.set(key, run);
  }
  return [...runs.values()];
}

function planOf(runs: readonly SweepRun[]): SweepPlan {
  return {
    tool: "kerneltax",
    version: VERSION,
    command: "sweep",
    runs: runs.map(({ input, points }) => ({
      specHash: aboutRun(points[0]!.place, () => resolveExperiment(parseSpec(input)).specHash),
      points: points.map(({ figure, series, x }) => ({ figure, series, x })),
    })),
  };
}

/** Runs on all cores; each result is written as soon as it is there. */
async function runAll(
  terminal: Terminal,
  folder: OutputFolder,
  runs: readonly SweepRun[],
  open: readonly number[],
  allowLong: boolean,
): Promise<void> {
  if (open.length === 0) return;
  let done = 0;
  /** By the run's index: they end in any order. */
  const warned = new Map<number, RunResult["warnings"]>();
  const kept = (): string => `${done} of ${open.length} runs finished and kept`;
  const one = async (index: number, runner: PointRunner): Promise<void> => {
    const { input, points } = runs[index]!;
    const [result] = await runner.run([input]);
    const rows = points.flatMap((point) => rowsDuring(point.figure, point, result!));
    folder.write(runFile(index), resultRowsToCsv(rows));
    warned.set(index, result!.warnings);
    done += 1;
  };
  await withRunner(
    (runner) =>
      watched(terminal, kept, (progress) =>
        Promise.all(
          open.map(async (index) => {
            await one(index, runner);
            progress.show(`${done} of ${open.length} runs`);
          }),
        ),
      ),
    { allowLong, remembers: false },
  );
  const told = open.filter((index) => !runs[index]!.isPublished);
  const inOrder = told.map((index) => ({ name: runFile(index), warnings: warned.get(index)! }));
  terminal.err(warningLines(warningsOf(inOrder)));
}
