/** `kerneltax trace`: one run as a Chrome trace, for Perfetto or chrome://tracing. */
import { Command } from "commander";
import { badValue } from "../base/usage-error.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import { chromeTrace } from "../experiment/chrome-trace.ts";
import { figurePoints } from "../experiment/figure.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { figureIds, loadFigures } from "./figures.ts";
import { parseCount } from "./fio-value.ts";
import { parseSet } from "./io-arguments.ts";
import { aboutRun, isNamedRun, NAMED_RUN, readNamedRun } from "./named-run.ts";
import { withOutput } from "./output-folder.ts";
import { adaptation } from "./overrides-for.ts";
import { warningLines } from "./run-warnings.ts";
import { SCHED_EXPERIMENTS } from "./sched-experiments.ts";
import { setOption } from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface TraceFlags {
  readonly out?: string;
  readonly set: readonly string[];
  readonly seed?: string;
  readonly point?: string;
  readonly runtimeUs?: string;
  readonly limit: string;
}

const LIMIT_MAX = 10_000_000;
const RUNTIME_US_MAX = 1_000_000;

export function traceCommand(context: CommandContext): Command {
  return new Command("trace")
    .description(
      "one run as a Chrome trace: cores, waiting threads, interrupts, queue pairs, drives",
    )
    .argument(
      "<run|figure|experiment>",
      `what to run: ${NAMED_RUN}; a figure, or an experiment of sched's, with --point`,
    )
    .option("--point <n>", "which of the figure's or experiment's runs, from 1 (default: 1)")
    .option("--runtime-us <n>", "record so many simulated microseconds, without a ramp")
    .option("--seed <n>", "another seed")
    .option("--limit <events>", "most events", "500000")
    .addOption(setOption())
    .option("--out <dir>", "write trace.json into this directory instead of printing it")
    .action((what: string, flags: TraceFlags) => runTrace(context, what, flags));
}

async function runTrace(context: CommandContext, what: string, flags: TraceFlags): Promise<void> {
  const inputs = inputsOf(what);
  const point = parseCount(flags.point ?? "1", "--point", 1, inputs.length);
  const limit = parseCount(flags.limit, "--limit", 1, LIMIT_MAX);
  const input = inputs[point - 1]!;
  const adapted = adaptation([input], parseSet(flags.set), flags.seed)(input);
  const { runtimeUs } = flags;
  const short =
    runtimeUs === undefined
      ? {}
      : { rampUs: 0, runtimeUs: parseCount(runtimeUs, "--runtime-us", 1, RUNTIME_US_MAX) };
  const spec = parseSpec({ ...adapted, ...short });
  aboutRun(what, () => resolveExperiment(spec));
  await withOutput(flags.out, async (folder) => {
    const { trace, result, isComplete } = chromeTrace(spec, limit);
    const { terminal } = context;
    const text = `${JSON.stringify(trace)}\n`;
    terminal.err(warningLines(result.warnings));
    if (!isComplete) terminal.err(`warning: --limit ${limit} was reached: the rest is missing\n`);
    if (folder === undefined) terminal.out(text);
    else {
      folder.write("trace.json", text);
      terminal.out(`${trace.traceEvents.length} events; open trace.json in ui.perfetto.dev\n`);
    }
  });
}

function inputsOf(what: string): readonly ExperimentInput[] {
  if (isNamedRun(what)) return [readNamedRun(what, "trace").input];
  const experiment = SCHED_EXPERIMENTS.find(({ id }) => id === what);
  if (experiment !== undefined) return experiment.points.map(({ input }) => input);
  const known = figureIds();
  if (!known.includes(what)) {
    const names = [...SCHED_EXPERIMENTS.map(({ id }) => id), ...known];
    throw badValue("trace", what, `give ${NAMED_RUN}, or one of: ${names.join(", ")}`);
  }
  return loadFigures([what]).flatMap(({ figure }) =>
    figurePoints(figure).map(({ input }) => input),
  );
}
