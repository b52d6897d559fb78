/** `kerneltax io`: one raw-I/O run with fio's option names. */
import { Command, Option } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { findBackend, resolveExperiment } from "../experiment/assemble.ts";
import { METRICS, type MetricName } from "../experiment/metric.ts";
import type { JobResult, ResultRow, RunResult } from "../experiment/result.ts";
import { deviceLimitIops, runExperiment } from "../experiment/run.ts";
import { parseSpec } from "../experiment/spec.ts";
import { directionResult } from "../experiment/summary.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { envelope } from "../report/envelope.ts";
import { fioJson } from "../report/fio-json.ts";
import { fioText } from "../report/fio-text.ts";
import { stableJson } from "../report/json.ts";
import { ledgerBar, ledgerSvg } from "../report/ledger-plot.ts";
import type { JobStatistics } from "../workload/job-statistics.ts";
import { DirectionStatistics } from "../workload/job-statistics.ts";
import { type IoRequest, ioRequest, parseSet } from "./io-arguments.ts";
import { backendOptions, IGNORED_OPTIONS, IO_OPTIONS, limitsAt } from "./io-options.ts";
import { readJobFile, type Setting } from "./job-file.ts";
import { withOutput } from "./output-folder.ts";
import { Progress } from "./progress.ts";
import { VERSION } from "./project.ts";
import {
  allowLongOption,
  formatOption,
  type OutputFormat,
  outOption,
  setOption,
} from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface IoFlags {
  readonly outputFormat: OutputFormat;
  readonly out?: string;
  readonly set: readonly string[];
  readonly allowLong?: boolean;
}

/** Options that are no settings of a job. */
const OWN = new Set(["outputFormat", "out", "set", "allowLong"]);

export function ioCommand(context: CommandContext): Command {
  const command = new Command("io")
    .description("one raw-I/O run, with fio's option names")
    .argument("[job-file]", "a fio job file; options given here win over it");
  for (const { name, aliases, argument, meaning, path } of IO_OPTIONS) {
    const { default: value } = limitsAt(path);
    const usual = value === undefined ? "" : ` (default: ${defaultText(path, value)})`;
    command.addOption(textOption(name, `<${argument}>`, `${meaning}${usual}`));
    for (const alias of aliases ?? []) {
      command.addOption(textOption(alias, `<${argument}>`, `same as --${name}`).hideHelp());
    }
  }
  command.addOption(textOption("kb_base", "<1000|1024>", "what k means in sizes (default: 1024)"));
  command.addOption(textOption("name", "<text>", "name of the job in the output"));
  command.addOption(textOption("group_reporting", "[0|1]", "one entry for all jobs"));
  command.addOption(textOption("direct", "[0|1]", "must be 1").hideHelp());
  command.addOption(textOption("buffered", "[0|1]", "must be 0").hideHelp());
  for (const name of IGNORED_OPTIONS) {
    command.addOption(textOption(name, "[value]", "accepted, means nothing here").hideHelp());
  }
  for (const [name, { options, backends }] of backendOptions()) {
    const choices = options.flatMap((option) => (option.type === "choice" ? option.choices : []));
    const isFlag = options.every((option) => option.type === "boolean");
    const argument = isFlag ? "[0|1]" : choices.length > 0 ? `<${choices.join("|")}>` : "<n>";
    const meaning = [...new Set(options.map((option) => option.meaning))].join("; ");
    command.addOption(textOption(name, argument, `[${backends.join(", ")}] ${meaning}`));
  }
  return command
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(outOption("io.json, io.csv and ledger.svg"))
    .addOption(allowLongOption())
    .action((file: string | undefined, flags: IoFlags) => runIo(context, file, flags));
}

function textOption(name: string, argument: string, meaning: string): Option {
  return new Option(`--${name} ${argument}`, meaning).argParser((value: string) => {
    if (value.startsWith("--")) throw new UsageError(`--${name}: its value is missing`);
    return value;
  });
}

function defaultText(path: string, value: unknown): string {
  if (path.endsWith("Us")) return `${Number(value) / 1000}ms`;
  return String(value);
}

async function runIo(
  context: CommandContext,
  file: string | undefined,
  flags: IoFlags,
): Promise<void> {
  const given = Object.entries(flags).filter(([name]) => !OWN.has(name));
  const settings = given.map(([name, value]): Setting => {
    return { name, value: value === true ? "1" : String(value), field: `--${name}` };
  });
  const jobFile = file === undefined ? undefined : readJobFile(file);
  const request = ioRequest(settings, parseSet(flags.set), jobFile);
  const spec = parseSpec(request.input);
  // Everything that can be wrong with the input is found before the output folder is touched.
  deviceLimitIops(resolveExperiment(spec));
  await withOutput(flags.out, (folder) => {
    const progress = new Progress(context.terminal);
    let statistics: readonly JobStatistics[] = [];
    const result = runExperiment(spec, {
      allowLong: flags.allowLong ?? false,
      onProgress: (share) => progress.show(`simulating: ${Math.round(100 * share)} %`),
      onAssembled: ({ jobs }) => {
        statistics = jobs.map((job) => job.statistics);
      },
    });
    progress.clear();
    const group = merged(result, statistics);
    const text = jsonText(request, result, group);
    if (folder !== undefined) {
      folder.write("io.json", text);
      folder.write("io.csv", resultRowsToCsv(rowsOf(result)));
      if (result.metrics.simulatedIos > 0) folder.write("ledger.svg", ledgerChart(result));
    }
    if (flags.outputFormat === "json") context.terminal.out(text);
    else {
      for (const warning of result.warnings) context.terminal.err(`warning: ${warning}\n`);
      const title = titleOf(result);
      context.terminal.out(fioText(request.jobName, title, result, group));
    }
  });
}

function jsonText(request: IoRequest, result: RunResult, group: JobResult): string {
  const jobs = request.isGrouped ? [group] : result.jobs;
  const head = envelope(result, "io", VERSION);
  return `${stableJson(fioJson(request, result, jobs, head), 2, "given")}\n`;
}

function titleOf({ spec }: RunResult): string {
  const engine = spec.options["ioengine"];
  const backend = findBackend(spec.backend).title;
  return `${engine === undefined ? "" : `${engine} on `}${backend}, machine ${spec.machine}`;
}

/** All jobs as one, as fio's `group_reporting` shows them. */
function merged(result: RunResult, statistics: readonly JobStatistics[]): JobResult {
  const read = new DirectionStatistics();
  const write = new DirectionStatistics();
  for (const job of statistics) {
    addDirection(read, job.read);
    addDirection(write, job.write);
  }
  const mean = (value: (job: JobResult) => number): number =>
    result.jobs.reduce((sum, job) => sum + value(job), 0) / result.jobs.length;
  return {
    read: directionResult(read),
    write: directionResult(write),
    userShare: mean((job) => job.userShare),
    systemShare: mean((job) => job.systemShare),
    contextSwitches: result.jobs.reduce((sum, job) => sum + job.contextSwitches, 0),
  };
}

function addDirection(sum: DirectionStatistics, part: DirectionStatistics): void {
  sum.ios += part.ios;
  sum.bytes += part.bytes;
  sum.submissionPs.merge(part.submissionPs);
  sum.completionPs.merge(part.completionPs);
  sum.totalPs.merge(part.totalPs);
}

function rowsOf({ spec, specHash, metrics }: RunResult): ResultRow[] {
  return (Object.keys(metrics) as MetricName[]).map((metric) => ({
    figure: "io",
    series: spec.backend,
    x: spec.workload.jobs,
    metric,
    unit: METRICS[metric].unit,
    value: metrics[metric],
    spec: specHash,
  }));
}

function ledgerChart(result: RunResult): string {
  const causes = Object.keys(result.ledger.total).filter((cause) => cause !== "idle");
  const bar = ledgerBar(result.spec.backend, result, "cycles");
  return ledgerSvg("Where the cycles of one I/O go", "cycles", causes, [bar]);
}
