/** `kerneltax db`: one run of the storage engine under a benchmark. */
import { Command, Option } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { type ExperimentSpec, parseSpec } from "../experiment/spec.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { engineText } from "../report/engine-text.ts";
import { envelope } from "../report/envelope.ts";
import { stableJson } from "../report/json.ts";
import { ledgerBar, ledgerSvg } from "../report/ledger-plot.ts";
import { DB_OPTIONS, dbInput, defaultText, facetOptions, inGivenNames } from "./db-options.ts";
import { rowsOfPoint } from "./figures.ts";
import { parseSet } from "./io-arguments.ts";
import { withOutput } from "./output-folder.ts";
import { Progress } from "./progress.ts";
import { VERSION } from "./project.ts";
import { checkedSeeds, intervalsText, runSeeds } from "./seed-runs.ts";
import {
  allowLongOption,
  formatOption,
  type OutputFormat,
  outOption,
  setOption,
} from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

interface DbFlags extends Readonly<Record<string, unknown>> {
  readonly outputFormat: OutputFormat;
  readonly out?: string;
  readonly set: readonly string[];
  readonly seeds?: string;
  readonly allowLong?: boolean;
}

export function dbCommand(context: CommandContext): Command {
  const command = new Command("db").description("one run of the storage engine under a benchmark");
  for (const option of DB_OPTIONS) {
    const usual = defaultText(option);
    const text = usual === undefined ? "" : ` (default: ${usual})`;
    command.addOption(textOption(option.name, option.argument, `${option.meaning}${text}`));
  }
  for (const [name, { option, backends }] of facetOptions()) {
    const argument = option.type === "choice" ? option.choices.join("|") : "value";
    command.addOption(textOption(name, argument, `[${backends.join(", ")}] ${option.meaning}`));
  }
  return command
    .option("--seeds <n>", "run under n seeds, from --seed on; adds 95 % confidence intervals")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(outOption("db.json, db.csv and ledger.svg"))
    .addOption(allowLongOption())
    .action((flags: DbFlags) => runDb(context, flags, command));
}

function textOption(name: string, argument: string, meaning: string): Option {
  return new Option(`--${name} <${argument}>`, meaning).argParser((value: string) => {
    if (value.startsWith("--")) throw new UsageError(`--${name}: its value is missing`);
    return value;
  });
}

async function runDb(context: CommandContext, flags: DbFlags, command: Command): Promise<void> {
  const allowLong = flags.allowLong ?? false;
  // Everything that can be wrong with the input is found before the output folder is touched.
  const spec = namedAsGiven(() => readSpec(flags, command));
  const resolved = namedAsGiven(() => resolveExperiment(spec));
  const seeds =
    flags.seeds === undefined
      ? undefined
      : checkedSeeds({ spec, resolved }, flags.seeds, allowLong);
  await withOutput(flags.out, async (folder) => {
    const result = namedAsGiven(() => runFirst(context, spec, allowLong));
    const { terminal } = context;
    const over =
      seeds === undefined ? undefined : await runSeeds(terminal, spec, result, seeds, allowLong);
    const json = `${stableJson({ ...envelope(result, "db", VERSION), ...over }, 2, "given")}\n`;
    if (folder !== undefined) {
      const point = { series: result.spec.backend, x: result.threads };
      folder.write("db.json", json);
      folder.write("db.csv", resultRowsToCsv(rowsOfPoint("db", point, result)));
      if (result.operations > 0) folder.write("ledger.svg", ledgerChart(result));
    }
    if (flags.outputFormat === "json") terminal.out(json);
    else {
      for (const warning of result.warnings) terminal.err(`warning: ${warning}\n`);
      terminal.out(engineText(result));
      if (over !== undefined) terminal.out(`\n${intervalsText(over)}`);
    }
  });
}

function readSpec(flags: DbFlags, command: Command): ExperimentSpec {
  const known = new Set([...DB_OPTIONS.map(({ name }) => name), ...facetOptions().keys()]);
  const given: Record<string, string> = {};
  for (const option of command.options) {
    const name = option.long?.slice(2) ?? "";
    const value = flags[option.attributeName()];
    if (known.has(name) && value !== undefined) given[name] = String(value);
  }
  return parseSpec(dbInput(given, parseSet(flags.set)));
}

function runFirst(
  { terminal }: CommandContext,
  spec: ExperimentSpec,
  allowLong: boolean,
): RunResult {
  const progress = new Progress(terminal);
  try {
    progress.show("loading");
    return runExperiment(spec, {
      allowLong,
      onProgress: (share) => progress.show(`simulating: ${Math.round(100 * share)} %`),
    });
  } finally {
    progress.clear();
  }
}

function namedAsGiven<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw inGivenNames(error);
  }
}

function ledgerChart(result: RunResult): string {
  const causes = Object.keys(result.ledger.total).filter((cause) => cause !== "idle");
  const bar = ledgerBar(result.spec.backend, result, "cycles");
  return ledgerSvg("Where the cycles of one transaction go", "cycles", causes, [bar]);
}
