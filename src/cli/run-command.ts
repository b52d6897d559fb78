/**
 * A command that makes one run of one workload kind from named options: `db`, `vm`.
 *
 * Options are `--name value` throughout; an option of a facet goes to whichever backend has it.
 */
import { Command, Option } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { type ExperimentInput, type ExperimentSpec, parseSpec } from "../experiment/spec.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { envelope } from "../report/envelope.ts";
import { stableJson } from "../report/json.ts";
import { ledgerChart } from "./charts.ts";
import { type FacetOption, facetArgument, facetMeaning } from "./facet-options.ts";
import { rowsOfPoint } from "./figures.ts";
import { parseSet } from "./io-arguments.ts";
import { withOutput } from "./output-folder.ts";
import { Progress } from "./progress.ts";
import { VERSION } from "./project.ts";
import { warningLines } from "./run-warnings.ts";
import { checkedSeeds, intervalsText, runSeeds } from "./seed-runs.ts";
import {
  allowLongOption,
  checkVirtualStorage,
  formatOption,
  type OutputFormat,
  outOption,
  setOption,
} from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

/** What one such command is about. */
export interface RunCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly RunOption[];
  /** Options of facets, by name, and which backends have them. */
  readonly facetOptions: () => ReadonlyMap<string, FacetOption>;
  /** @throws UsageError when what was given makes no sense. */
  readonly inputOf: (given: Given, set: ReturnType<typeof parseSet>) => ExperimentInput;
  /** An error of the spec, in the names of the command line. */
  readonly inGivenNames: (error: unknown) => unknown;
  readonly text: (result: RunResult, columns?: number) => string;
  /** What the ledger is drawn per: "transaction", "page". */
  readonly operation: string;
}

export interface RunOption {
  readonly name: string;
  readonly argument: string;
  readonly meaning: string;
  /** What holds when it is not given; undefined: nothing does. */
  readonly usual: string | undefined;
}

type Given = Readonly<Record<string, string>>;

interface RunFlags extends Readonly<Record<string, unknown>> {
  readonly outputFormat: OutputFormat;
  readonly out?: string;
  readonly set: readonly string[];
  readonly seeds?: string;
  readonly allowLong?: boolean;
}

export function runCommand(context: CommandContext, kind: RunCommand): Command {
  const command = new Command(kind.name).description(kind.description);
  for (const { name, argument, meaning, usual } of kind.options) {
    const text = usual === undefined ? "" : ` (default: ${usual})`;
    command.addOption(textOption(name, argument, `${meaning}${text}`));
  }
  for (const [name, option] of kind.facetOptions()) {
    command.addOption(textOption(name, facetArgument(option), facetMeaning(option)));
  }
  return command
    .option("--seeds <n>", "run under n seeds, from --seed on; adds 95 % confidence intervals")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(outOption(`${kind.name}.json, ${kind.name}.csv and ledger.svg`))
    .addOption(allowLongOption())
    .action((flags: RunFlags) => run(context, kind, flags, command));
}

function textOption(name: string, argument: string, meaning: string): Option {
  return new Option(`--${name} <${argument}>`, meaning).argParser((value: string) => {
    if (value.startsWith("--")) throw new UsageError(`--${name}: its value is missing`);
    return value;
  });
}

async function run(
  context: CommandContext,
  kind: RunCommand,
  flags: RunFlags,
  command: Command,
): Promise<void> {
  const allowLong = flags.allowLong ?? false;
  const named = <Result>(work: () => Result): Result => inGivenNames(kind, work);
  // Everything that can be wrong with the input is found before the output folder is touched.
  const spec = named(() => readSpec(kind, flags, command));
  const resolved = named(() => resolveExperiment(spec));
  const seeds =
    flags.seeds === undefined
      ? undefined
      : checkedSeeds({ spec, resolved }, flags.seeds, allowLong);
  await withOutput(flags.out, async (folder) => {
    const result = named(() => runFirst(context, spec, allowLong));
    const { terminal } = context;
    const { name } = kind;
    const over =
      seeds === undefined ? undefined : await runSeeds(terminal, spec, result, seeds, allowLong);
    const json = `${stableJson({ ...envelope(result, name, VERSION), ...over }, 2, "given")}\n`;
    if (folder !== undefined) {
      const point = { series: result.spec.backend, x: result.threads };
      folder.write(`${name}.json`, json);
      folder.write(`${name}.csv`, resultRowsToCsv(rowsOfPoint(name, point, result)));
      if (result.operations > 0)
        folder.write("ledger.svg", await ledgerChart(kind.operation, result));
    }
    if (flags.outputFormat === "json") terminal.out(json);
    else {
      terminal.err(warningLines((over ?? result).warnings));
      terminal.out(kind.text(result, terminal.columns));
      if (over !== undefined) terminal.out(`\n${intervalsText(over)}`);
    }
  });
}

function readSpec(kind: RunCommand, flags: RunFlags, command: Command): ExperimentSpec {
  const known = new Set([...kind.options.map(({ name }) => name), ...kind.facetOptions().keys()]);
  const given: Record<string, string> = {};
  for (const option of command.options) {
    const name = option.long?.slice(2) ?? "";
    const value = flags[option.attributeName()];
    if (known.has(name) && value !== undefined) given[name] = String(value);
  }
  const spec = parseSpec(kind.inputOf(given, parseSet(flags.set)));
  checkVirtualStorage(spec);
  return spec;
}

function runFirst(
  { terminal }: CommandContext,
  spec: ExperimentSpec,
  allowLong: boolean,
): RunResult {
  const progress = new Progress(terminal);
  try {
    progress.show("preparing");
    return runExperiment(spec, {
      allowLong,
      onProgress: (share) => progress.show(`simulating: ${Math.round(100 * share)} %`),
    });
  } finally {
    progress.clear();
  }
}

function inGivenNames<Result>(kind: RunCommand, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw kind.inGivenNames(error);
  }
}
