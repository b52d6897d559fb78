/** `kerneltax io`: one raw-I/O run with fio's option names. */
import { Command } from "commander";
import { findBackend } from "../experiment/assemble.ts";
import { METRICS, type MetricName } from "../experiment/metric.ts";
import type { JobResult, ResultRow, RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { directionResult } from "../experiment/summary.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { envelope } from "../report/envelope.ts";
import { fioJson } from "../report/fio-json.ts";
import { fioText } from "../report/fio-text.ts";
import { stableJson } from "../report/json.ts";
import { ledgerBar, ledgerSvg } from "../report/ledger-plot.ts";
import type { JobStatistics } from "../workload/job-statistics.ts";
import { DirectionStatistics } from "../workload/job-statistics.ts";
import type { IoRequest } from "./io-arguments.ts";
import {
  addRunOptions,
  type CheckedRequest,
  namedAsGiven,
  readRequest,
} from "./io-command-line.ts";
import { withOutput } from "./output-folder.ts";
import { Progress } from "./progress.ts";
import { VERSION } from "./project.ts";
import { checkedSeeds, intervalsText, runSeeds, type SeedRuns } from "./seed-runs.ts";
import {
  allowLongOption,
  formatOption,
  type OutputFormat,
  outOption,
  setOption,
} from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface IoFlags extends Readonly<Record<string, unknown>> {
  readonly outputFormat: OutputFormat;
  readonly out?: string;
  readonly set: readonly string[];
  readonly seeds?: string;
  readonly allowLong?: boolean;
}

/** Options that are no settings of a job. */
const OWN = new Set(["outputFormat", "out", "set", "seeds", "allowLong"]);

export function ioCommand(context: CommandContext): Command {
  const command = new Command("io").description("one raw-I/O run, with fio's option names");
  return addRunOptions(command)
    .option("--seeds <n>", "run under n seeds, from --seed on; adds 95 % confidence intervals")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(outOption("io.json, io.csv and ledger.svg"))
    .addOption(allowLongOption())
    .action((file: string | undefined, flags: IoFlags) => runIo(context, file, flags));
}

async function runIo(
  context: CommandContext,
  file: string | undefined,
  flags: IoFlags,
): Promise<void> {
  const checked = readRequest(file, flags, OWN);
  const { request } = checked;
  const allowLong = flags.allowLong ?? false;
  // Everything that can be wrong with the input is found before the output folder is touched.
  const seeds =
    flags.seeds === undefined ? undefined : checkedSeeds(checked, flags.seeds, allowLong);
  await withOutput(flags.out, async (folder) => {
    const { result, statistics } = namedAsGiven(request, () =>
      runFirst(context, checked, allowLong),
    );
    const group = merged(result, statistics);
    const over =
      seeds === undefined
        ? undefined
        : await runSeeds(context.terminal, checked.spec, result, seeds, allowLong);
    const text = jsonText(request, result, group, over);
    if (folder !== undefined) {
      folder.write("io.json", text);
      folder.write("io.csv", resultRowsToCsv(rowsOf(result)));
      if (result.metrics.simulatedIos > 0) folder.write("ledger.svg", ledgerChart(result));
    }
    if (flags.outputFormat === "json") context.terminal.out(text);
    else {
      for (const warning of result.warnings) context.terminal.err(`warning: ${warning}\n`);
      context.terminal.out(fioText(request.jobName, titleOf(result), result, group));
      if (over !== undefined) context.terminal.out(`\n${intervalsText(over)}`);
    }
  });
}

/** The run that is printed in detail: in this process, where its histograms are at hand. */
function runFirst(
  { terminal }: CommandContext,
  { spec }: CheckedRequest,
  allowLong: boolean,
): { result: RunResult; statistics: readonly JobStatistics[] } {
  const progress = new Progress(terminal);
  let statistics: readonly JobStatistics[] = [];
  try {
    const result = runExperiment(spec, {
      allowLong,
      onProgress: (share) => progress.show(`simulating: ${Math.round(100 * share)} %`),
      onAssembled: ({ jobs }) => {
        statistics = jobs.map((job) => job.statistics);
      },
    });
    return { result, statistics };
  } finally {
    progress.clear();
  }
}

function jsonText(
  request: IoRequest,
  result: RunResult,
  group: JobResult,
  over: SeedRuns | undefined,
): string {
  const jobs = request.isGrouped ? [group] : result.jobs;
  const head = { ...envelope(result, "io", VERSION), ...over };
  return `${stableJson(fioJson(request, result, jobs, head), 2, "given")}\n`;
}

/** `io_uring on Linux, machine milan-pm1733`, and where the scheduler is from if not from there. */
function titleOf({ spec }: RunResult): string {
  const engine = spec.options["ioengine"];
  const [storage, scheduler] = [spec.facets.storage, spec.facets.scheduler].map(
    (facet) => findBackend(facet ?? spec.backend).title,
  );
  const threads = storage === scheduler ? "" : `, scheduler of ${scheduler}`;
  const path = engine === undefined ? storage : `${engine} on ${storage}`;
  return `${path}${threads}, machine ${spec.machine}`;
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
