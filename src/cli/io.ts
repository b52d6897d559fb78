/** `kerneltax io`: one raw-I/O run with fio's option names. */
import { Command } from "commander";
import { assert } from "../base/assert.ts";
import { findBackend } from "../experiment/assemble.ts";
import type { JobResult, RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { envelope } from "../report/envelope.ts";
import { fioJson } from "../report/fio-json.ts";
import { fioText } from "../report/fio-text.ts";
import { stableJson } from "../report/json.ts";
import { ledgerChart } from "./charts.ts";
import { rowsOfPoint } from "./figures.ts";
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
import { warningLines } from "./run-warnings.ts";
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
    const ran = namedAsGiven(request, () => runFirst(context, checked, allowLong));
    const result = { ...ran, warnings: [...request.warnings, ...ran.warnings] };
    const over =
      seeds === undefined
        ? undefined
        : await runSeeds(context.terminal, checked.spec, result, seeds, allowLong);
    const text = jsonText(request, result, over);
    if (folder !== undefined) {
      folder.write("io.json", text);
      folder.write(
        "io.csv",
        resultRowsToCsv(
          rowsOfPoint("io", { series: result.spec.backend, x: result.threads }, result),
        ),
      );
      if (result.operations > 0) folder.write("ledger.svg", await ledgerChart("I/O", result));
    }
    if (flags.outputFormat === "json") context.terminal.out(text);
    else {
      context.terminal.err(warningLines((over ?? result).warnings));
      context.terminal.out(fioText(request.jobName, titleOf(result), result, allJobsOf(result)));
      if (over !== undefined) context.terminal.out(`\n${intervalsText(over)}`);
    }
  });
}

/** The run that is printed in detail. */
function runFirst(
  { terminal }: CommandContext,
  { spec }: CheckedRequest,
  allowLong: boolean,
): RunResult {
  const progress = new Progress(terminal);
  try {
    return runExperiment(spec, {
      allowLong,
      onProgress: (share) => progress.show(`simulating: ${Math.round(100 * share)} %`),
    });
  } finally {
    progress.clear();
  }
}

function jsonText(request: IoRequest, result: RunResult, over: SeedRuns | undefined): string {
  const jobs = request.isGrouped ? [allJobsOf(result)] : result.jobs;
  const head = { ...envelope(result, "io", VERSION), ...over };
  return `${stableJson(fioJson(request, result, jobs, head), 2, "given")}\n`;
}

function allJobsOf({ allJobs }: RunResult): JobResult {
  assert(allJobs !== undefined, "raw I/O reports its jobs together");
  return allJobs;
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
