/** `kerneltax sensitivity`: which model numbers decide the result of one raw-I/O run. */
import { Command, Option } from "commander";
import { badValue, UsageError } from "../base/usage-error.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import { METRICS, metricOf } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { type Variation, variationsOf } from "../experiment/sensitivity.ts";
import { parseSpec } from "../experiment/spec.ts";
import { envelope } from "../report/envelope.ts";
import { stableJson } from "../report/json.ts";
import {
  changeOf,
  effectOf,
  type RelativeChange,
  SENSITIVITY_METRICS,
  type Sensitivity,
  type SensitivityMetric,
  sensitivityJson,
  sensitivityTable,
  sortedByEffect,
} from "../report/sensitivity.ts";
import { metricColumn, renderTable } from "../report/table.ts";
import { parseCount } from "./fio-value.ts";
import { type IoRequest, parseSet } from "./io-arguments.ts";
import {
  addRunOptions,
  type CheckedRequest,
  checkTotalLength,
  inGivenNames,
  readRequest,
} from "./io-command-line.ts";
import { aboutRun, isNamedRun, NAMED_RUN, readNamedRun } from "./named-run.ts";
import { adaptation } from "./overrides-for.ts";
import { type Answer, type PointRunner, withRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import { VERSION } from "./project.ts";
import { warningLines, warningsOf } from "./run-warnings.ts";
import { allowLongOption, formatOption, type OutputFormat, setOption } from "./shared-options.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

interface SensitivityFlags extends Readonly<Record<string, unknown>> {
  readonly outputFormat: OutputFormat;
  readonly set: readonly string[];
  readonly allowLong?: boolean;
  readonly metric: SensitivityMetric;
  readonly top: string;
}

/** Options that are no settings of a job. */
const OWN = new Set(["outputFormat", "set", "allowLong", "metric", "top"]);

export function sensitivityCommand(context: CommandContext): Command {
  const command = new Command("sensitivity").description(
    "what decides the result of an io run: varies each of its model numbers alone; instead of a " +
      `job file and options it takes ${NAMED_RUN}, such as lecture-storage:psync:64`,
  );
  const metric = new Option("--metric <name>", "what the numbers are sorted by");
  return addRunOptions(command)
    .addOption(metric.choices(SENSITIVITY_METRICS).default("iops"))
    .option("--top <n>", "how many numbers the table shows", "20")
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(allowLongOption())
    .action((file: string | undefined, flags: SensitivityFlags) =>
      sensitivity(context, file, flags),
    );
}

/** What is varied, and how messages call its fields. */
type CheckedRun = Pick<CheckedRequest, "spec" | "resolved"> & {
  readonly request: Pick<IoRequest, "fields" | "warnings">;
};

/** The run as it is, under other seeds, and with every number varied. */
interface Answers {
  readonly base: RunResult;
  /** What each other seed changes: smaller changes mean nothing. */
  readonly bySeed: readonly RelativeChange[];
  readonly varied: readonly Sensitivity[];
  readonly warnings: readonly string[];
}

async function sensitivity(
  { terminal }: CommandContext,
  file: string | undefined,
  flags: SensitivityFlags,
): Promise<void> {
  const top = parseCount(flags.top, "--top", 1, 1_000);
  const checked: CheckedRun =
    file !== undefined && isNamedRun(file)
      ? namedRequest(file, flags)
      : readRequest(file, flags, OWN);
  const variations = variationsOf(checked.spec, checked.resolved);
  const allowLong = flags.allowLong ?? false;
  const runs = 1 + OTHER_SEEDS.length + 2 * variations.length;
  checkTotalLength(checked.resolved, runs, "--runtime", allowLong);
  const answers = await answered(terminal, checked, variations, allowLong);
  const sorted = sortedByEffect(answers.varied, flags.metric);
  if (flags.outputFormat === "normal") {
    terminal.err(warningLines(answers.warnings));
    terminal.out(sensitivityText(answers, sorted, flags.metric, top, terminal.columns));
    return;
  }
  const data = {
    ...envelope(answers.base, "sensitivity", VERSION),
    warnings: answers.warnings,
    sortedBy: flags.metric,
    otherSeeds: OTHER_SEEDS,
    changeByAnotherSeed: answers.bySeed.map((change) => change ?? null),
    sensitivity: sensitivityJson(sorted),
  };
  terminal.out(`${stableJson(data, 2, "given")}\n`);
}

/** A run by its name, instead of by a job file and fio's options. */
function namedRequest(name: string, flags: SensitivityFlags): CheckedRun {
  const option = Object.keys(flags).find((key) => !OWN.has(key));
  if (option !== undefined) {
    throw new UsageError(`${option}: ${name} is a run of its own; only --set changes it`);
  }
  const { input: given } = readNamedRun(name, "job-file");
  const input = adaptation([given], parseSet(flags.set), undefined)(given);
  const spec = parseSpec(input);
  if (spec.workload.kind !== "raw-io") {
    throw badValue("job-file", name, "sensitivity is about raw I/O, this is another workload");
  }
  const resolved = aboutRun(name, () => resolveExperiment(spec));
  return { request: { fields: new Map(), warnings: [] }, spec, resolved };
}

async function answered(
  terminal: Terminal,
  { request, spec }: CheckedRun,
  variations: readonly Variation[],
  allowLong: boolean,
): Promise<Answers> {
  const inputs = [
    ...OTHER_SEEDS.map((seed) => ({ ...spec, seed })),
    ...variations.flatMap(({ low, high, inputWith }) => [inputWith(low), inputWith(high)]),
  ];
  const names = [
    ...OTHER_SEEDS.map((seed) => `seed ${seed}`),
    ...variations.flatMap(({ path, low, high }) => [`${path} at ${low}`, `${path} at ${high}`]),
  ];
  let done = 0;
  const kept = (): string => "no table without all runs";
  const runAll = (runner: PointRunner): Promise<[RunResult, Answer[]]> =>
    watched(terminal, kept, async (progress) => {
      // The run as it is must not be refused; a number that goes too far may.
      const [base] = await runner.run([spec]);
      const answers = await runner.outcomes(inputs, () => {
        done += 1;
        progress.show(`${done} of ${inputs.length} runs`);
      });
      return [base!, answers];
    });
  try {
    const [base, all] = await withRunner(runAll, { allowLong });
    const rest = all.slice(OTHER_SEEDS.length);
    const warned = all.map((answer, index) => ({
      name: names[index]!,
      warnings: answer.kind === "done" ? answer.result.warnings : [],
    }));
    const warnings = warningsOf([{ warnings: [...request.warnings, ...base.warnings] }, ...warned]);
    const change = (answer: Answer | undefined): RelativeChange =>
      answer?.kind === "done" ? changeOf(base, answer.result) : undefined;
    const varied = variations.map(({ path, number, low, high }, index) => {
      const ends = { atLow: change(rest[2 * index]), atHigh: change(rest[2 * index + 1]) };
      return { path, number, low, high, ...ends };
    });
    return { base, bySeed: all.slice(0, OTHER_SEEDS.length).map(change), varied, warnings };
  } catch (error) {
    throw inGivenNames(request, error);
  }
}

/** Seeds that nobody gives by hand: they show what chance alone changes. */
const OTHER_SEEDS = [1_000_003, 1_000_033, 1_000_037];
/** Where chance alone changes more than this share, few numbers can be told from it. */
const CHANCE_MAX = 0.05;
/** Numbers that raw I/O knows only as where addresses lie: a tenth of them is but another draw. */
const REDRAWING: ReadonlySet<string> = new Set(["drive.capacity"]);
/** Changes below this share are printed as 0.0 %. */
const SHOWN = 0.000_5;
const CLOCK_NOTE =
  "cpu.clock@1 is the clock at which costs were measured: the lower, the fewer cycles they are.";
const CHANCE_NOTE =
  "Chance decides most of this: whatever changes the drives' addresses seems to matter, and what " +
  "matters less than chance is not shown; give a longer runtime.";

function sensitivityText(
  { base, bySeed, varied }: Answers,
  sorted: readonly Sensitivity[],
  metric: SensitivityMetric,
  top: number,
  columns: number | undefined,
): string {
  const chance = Math.max(...bySeed.map((change) => Math.abs(change?.[metric] ?? 0)));
  const moves = (entry: Sensitivity): boolean => effectOf(entry, metric) >= Math.max(SHOWN, chance);
  const [redrawing, moving] = [true, false].map((isDraw) =>
    sorted.filter((entry) => moves(entry) && REDRAWING.has(entry.path) === isDraw),
  ) as [Sensitivity[], Sensitivity[]];
  const rows = moving.slice(0, top);
  const { title } = METRICS[metric];
  return [
    `What decides ${SENSITIVITY_METRICS.map((name) => valueText(base, name)).join(", ")} ` +
      `(spec ${base.specHash})`,
    renderTable(sensitivityTable(rows), columns),
    "Assumed numbers go to both ends of their range, all others down and up by 10 %; " +
      "* = calibrated.",
    ...(rows.some(({ path }) => path === "cpu.clock@1") ? [CLOCK_NOTE] : []),
    `${varied.length} numbers varied one at a time: ${moving.length} change ${title} by more ` +
      `than chance does (${(100 * chance).toFixed(2)} %, the most of ${bySeed.length} other ` +
      `seeds), ${rows.length} of them shown.`,
    ...redrawing.map(
      ({ path }) => `${path} is left out: it draws other addresses, as another seed does.`,
    ),
    ...(chance > CHANCE_MAX ? [CHANCE_NOTE] : []),
    "",
  ].join("\n");
}

function valueText(result: RunResult, metric: SensitivityMetric): string {
  const amount = metricOf(result, metric);
  const { column, divisor } = metricColumn(metric, [amount]);
  const value = Number((amount / divisor).toPrecision(4));
  return `${METRICS[metric].title} ${value}${metric === "iops" ? ` ${column.unit}` : ""}`;
}
