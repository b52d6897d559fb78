/** `kerneltax explain A B`: where two runs differ, and what each difference costs. */
import { Command } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import { modelNumbersOf } from "../experiment/model-numbers.ts";
import { type ExperimentSpec, parseSpec } from "../experiment/spec.ts";
import {
  causesTable,
  type ExplainedRun,
  type Explanation,
  explain,
  metricsTable,
  numbersTable,
  specTable,
  type Titles,
} from "../report/explanation.ts";
import { stableJson } from "../report/json.ts";
import { renderTable, type Table } from "../report/table.ts";
import { parseSet } from "./io-arguments.ts";
import { aboutRun, NAMED_RUN, type NamedRun, readNamedRun } from "./named-run.ts";
import { adaptation } from "./overrides-for.ts";
import { withRunner } from "./pool.ts";
import { VERSION } from "./project.ts";
import { warningLines, warningsOf } from "./run-warnings.ts";
import { allowLongOption, formatOption, type OutputFormat, setOption } from "./shared-options.ts";
import { untilInterrupted } from "./signals.ts";
import type { CommandContext } from "./terminal.ts";

interface ExplainFlags {
  readonly outputFormat: OutputFormat;
  readonly set: readonly string[];
  readonly allowLong?: boolean;
}

/** More rows of numbers than this tell nobody anything. */
const NUMBERS_SHOWN = 40;

export function explainCommand(context: CommandContext): Command {
  return new Command("explain")
    .description("where two runs differ: what was asked for, model numbers, the ledger by cause")
    .argument("<before>", NAMED_RUN)
    .argument("<after>", "the same; it is what --set applies to")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(allowLongOption())
    .action((before: string, after: string, flags: ExplainFlags) =>
      runExplain(context, before, after, flags),
    );
}

async function runExplain(
  { terminal }: CommandContext,
  before: string,
  after: string,
  flags: ExplainFlags,
): Promise<void> {
  const set = parseSet(flags.set);
  const first = readNamedRun(before, "before");
  const second = readNamedRun(after, "after");
  const changed = adaptation([second.input], set, undefined)(second.input);
  // What --set has changed is not what the file's hash is of.
  const { specHash: _, ...ofPoint } = second;
  const isSet = Object.keys(set).length > 0;
  const named = [first, { ...(isSet ? ofPoint : second), input: changed }];
  const specs = named.map(({ input }) => parseSpec(input));
  checkSameKind(specs);
  for (const [index, { specHash, title }] of named.entries()) {
    const resolved = aboutRun([before, after][index]!, () => resolveExperiment(specs[index]!));
    const now = resolved.specHash;
    if (specHash === undefined || now === specHash) continue;
    terminal.err(
      `warning: ${title} was made with other model numbers (spec ${specHash}, now ${now}): ` +
        "it is run anew with today's\n",
    );
  }
  const runs = await explainedRuns(named, flags.allowLong ?? false);
  const [a, b] = [runs[0]!, runs[1]!];
  for (const { title, result } of runs) {
    if (result.operations > 0) continue;
    throw new UsageError(`${title}: nothing was completed in the measured time; lengthen it`);
  }
  const found = explain(a, b);
  const warnings = warningsOf(
    runs.map(({ title, result }) => ({ name: title, warnings: result.warnings })),
  );
  if (flags.outputFormat === "normal") {
    terminal.err(warningLines(warnings));
    terminal.out(explanationText(found, a, b, terminal.columns));
  } else terminal.out(`${stableJson(explanationJson(found, a, b), 2, "given")}\n`);
}

/** @throws UsageError when one run does something of another kind than the other. */
function checkSameKind(specs: readonly ExperimentSpec[]): void {
  const [before, after] = specs.map(({ workload }) => workload.kind);
  if (before === after) return;
  throw new UsageError(
    `after: its workload is of kind ${after}, that of before is ${before}; ` +
      "explain compares runs of one kind",
  );
}

async function explainedRuns(
  named: readonly NamedRun[],
  allowLong: boolean,
): Promise<ExplainedRun[]> {
  const results = await withRunner(
    (runner) =>
      untilInterrupted(runner.run(named.map(({ input }) => input)), () => "nothing to explain yet"),
    { allowLong },
  );
  const titles = new Set(named.map(({ title }) => title));
  return named.map(({ title, input }, index) => ({
    title: titles.size < named.length ? `${title} (${index + 1})` : title,
    result: results[index]!,
    numbers: modelNumbersOf(resolveExperiment(parseSpec(input))),
  }));
}

function explanationText(
  found: Explanation,
  a: ExplainedRun,
  b: ExplainedRun,
  columns: number | undefined,
): string {
  const titles: Titles = [a.title, b.title];
  const { spec, numbers, metrics, causes } = found;
  const shown = numbers.slice(0, NUMBERS_SHOWN);
  const hidden = numbers.length - shown.length;
  const table = (rows: Table): string => renderTable(rows, columns);
  const parts = [
    spec.length > 0 ? table(specTable(spec, titles)) : "Both were asked for the same.",
    numbers.length > 0 ? table(numbersTable(shown, titles)) : "Their model numbers are equal.",
    ...(hidden > 0 ? [`… and ${hidden} more numbers; --output-format json has all.`] : []),
    metrics.length > 0 ? table(metricsTable(metrics, titles)) : "Their results are equal.",
    table(causesTable(causes, a.result.operation, titles)),
  ];
  return `${parts.join("\n")}\n`;
}

function explanationJson(found: Explanation, a: ExplainedRun, b: ExplainedRun): object {
  const about = ({ title, result }: ExplainedRun): object => ({
    title,
    spec: result.spec,
    specHash: result.specHash,
    metrics: result.metrics,
    warnings: result.warnings,
  });
  return {
    tool: "kerneltax",
    version: VERSION,
    command: "explain",
    operation: a.result.operation,
    before: about(a),
    after: about(b),
    ...found,
  };
}
