/** `kerneltax sched`: one scheduling microbenchmark, or an experiment of several. */
import { Argument, Command } from "commander";
import { counted } from "../base/counted.ts";
import { resolveExperiment } from "../experiment/assemble.ts";
import { METRICS, type MetricName } from "../experiment/metric.ts";
import type { RunResult } from "../experiment/result.ts";
import { seedsFrom } from "../experiment/seeds.ts";
import { type ExperimentInput, parseSpec } from "../experiment/spec.ts";
import { resultRowsToCsv } from "../report/csv.ts";
import { envelope } from "../report/envelope.ts";
import { stableJson } from "../report/json.ts";
import { type Cell, metricColumn, renderTable, type Table } from "../report/table.ts";
import { median } from "../report/validation.ts";
import { rowsOfPoint } from "./figures.ts";
import { parseCount, parseRunUs } from "./fio-value.ts";
import { machineArgument } from "./input-file.ts";
import { parseSet } from "./io-arguments.ts";
import { limitsAt } from "./io-options.ts";
import { withOutput } from "./output-folder.ts";
import { adaptation } from "./overrides-for.ts";
import { withRunner } from "./pool.ts";
import { watched } from "./progress.ts";
import { VERSION } from "./project.ts";
import { SCHED_EXPERIMENTS, type SchedExperiment } from "./sched-experiments.ts";
import {
  allowLongOption,
  checkVirtualStorage,
  formatOption,
  type OutputFormat,
  outOption,
  setOption,
} from "./shared-options.ts";
import type { CommandContext } from "./terminal.ts";

const SEEDS_MAX = 64;
const DRIVES_MAX = limitsAt("drives").max;

interface SchedFlags {
  readonly outputFormat: OutputFormat;
  readonly out?: string;
  readonly set: readonly string[];
  readonly seed?: string;
  readonly seeds: string;
  readonly machine?: string;
  readonly drives?: string;
  readonly isolation?: string;
  readonly virtualStorage?: string;
  readonly runtime?: string;
  readonly allowLong?: boolean;
}

export function schedCommand(context: CommandContext): Command {
  const experiments = SCHED_EXPERIMENTS.map(({ id, title }) => `  ${id.padEnd(10)}${title}`);
  return new Command("sched")
    .description("a scheduling microbenchmark: threads, tasks, preemption")
    .addArgument(
      new Argument("<experiment>", "which one").choices(SCHED_EXPERIMENTS.map(({ id }) => id)),
    )
    .option("--machine <id|file.json>", "another machine than the experiment's own")
    .option("--drives <n>", "other drives than the experiment's own")
    .option("--isolation <layer>", "bare, container, vm or vm+container, under every run")
    .option("--virtual-storage <kind>", "passthrough or virtio")
    .option("--runtime <time>", "another simulated time that is measured: 200ms")
    .option("--seed <n>", "another seed")
    .option(
      "--seeds <n>",
      "run under n seeds, from --seed on: medians, and the first metric's range",
      "1",
    )
    .addOption(setOption())
    .addOption(formatOption())
    .addOption(outOption("sched.json and sched.csv"))
    .addOption(allowLongOption())
    .addHelpText("after", `\nExperiments:\n${experiments.join("\n")}\n`)
    .action((id: string, flags: SchedFlags) => runSched(context, id, flags));
}

async function runSched(context: CommandContext, id: string, flags: SchedFlags): Promise<void> {
  const experiment = under(SCHED_EXPERIMENTS.find((candidate) => candidate.id === id)!, flags);
  const given = givenToAll(flags);
  const inputs = experiment.points.map(({ input }) => ({ ...input, ...given }));
  const adapt = adaptation(inputs, parseSet(flags.set), flags.seed);
  const seeds = parseCount(flags.seeds, "--seeds", 1, SEEDS_MAX);
  const adapted = inputs.map(adapt).flatMap((input) => underSeeds(input, seeds));
  const pointOf = (index: number) => experiment.points[Math.floor(index / seeds)]!;
  await withOutput(flags.out, async (folder) => {
    const results = await runAll(context, adapted, flags.allowLong ?? false);
    const { terminal } = context;
    for (const warning of warningsBefore(adapted)) terminal.err(`warning: ${warning}\n`);
    if (results.some((result) => experiment.metrics.some((name) => isMissing(result, name)))) {
      terminal.err(`warning: ${NONE_ENDED}\n`);
    } else if (results.some(isShort)) terminal.err(`warning: ${SHORT}\n`);
    const runs = results.map((result, index) => ({
      point: pointOf(index).title,
      ...envelope(result, "sched", VERSION),
    }));
    const json = `${stableJson({ experiment: id, runs }, 2, "given")}\n`;
    if (folder !== undefined) {
      const rows = results.flatMap((result, index) =>
        rowsOfPoint("sched", { series: seriesOf(id, index, seeds), x: result.threads }, result),
      );
      folder.write("sched.json", json);
      folder.write("sched.csv", resultRowsToCsv(rows));
    }
    if (flags.outputFormat === "json") terminal.out(json);
    else {
      const table = renderTable(tableOf(experiment, results, seeds), terminal.columns);
      terminal.out(`${titleOf(experiment, results, flags)}\n${table}\n`);
    }
  });
}

/** Rows that name an isolation layer of their own are left out where one is given for all. */
function under(experiment: SchedExperiment, { isolation }: SchedFlags): SchedExperiment {
  if (isolation === undefined) return experiment;
  const points = experiment.points.filter(({ input }) => input.isolation === undefined);
  return { ...experiment, points };
}

/**
 * What is measured, and where: `--machine` and `--drives` may have changed it. The title is that of
 * the experiment as it stands, so what else the command line has changed stands under it.
 */
function titleOf(
  { title }: SchedExperiment,
  results: readonly RunResult[],
  { set, isolation, virtualStorage, runtime }: SchedFlags,
): string {
  const { machine, drives } = results[0]!.spec;
  const changes = [
    ...(isolation === undefined ? [] : [`--isolation ${isolation}`]),
    ...(virtualStorage === undefined ? [] : [`--virtual-storage ${virtualStorage}`]),
    ...(runtime === undefined ? [] : [`--runtime ${runtime}`]),
    ...set.map((change) => `--set ${change}`),
  ];
  const changed = changes.length === 0 ? "" : `\n  changed: ${changes.join(" ")}`;
  return `${title}\n  machine ${machine}, ${counted(drives, "drive")}${changed}`;
}

/** What the command line changes in every run; the spec's schema says what is allowed. */
function givenToAll(flags: SchedFlags): Partial<ExperimentInput> {
  const { machine, drives, isolation, virtualStorage, runtime } = flags;
  const given = {
    ...(machine !== undefined && { machine: machineArgument(machine, "--machine") }),
    ...(drives !== undefined && { drives: parseCount(drives, "--drives", 0, DRIVES_MAX) }),
    ...(isolation !== undefined && { isolation: isolation as ExperimentInput["isolation"] }),
    ...(virtualStorage !== undefined && {
      virtualStorage: virtualStorage as ExperimentInput["virtualStorage"],
    }),
    ...(runtime !== undefined && {
      runtimeUs: parseRunUs(runtime, "--runtime", limitsAt("runtimeUs").max, false),
    }),
  };
  checkVirtualStorage(given);
  return given;
}

/** `input` under `count` seeds, from its own on. */
function underSeeds(input: ExperimentInput, count: number): ExperimentInput[] {
  return seedsFrom(parseSpec(input).seed, count).map((seed) => ({ ...input, seed }));
}

/** Names run `index` in a CSV file: the experiment, the point, and which of several seeds. */
function seriesOf(id: string, index: number, seeds: number): string {
  const point = `${id}-${Math.floor(index / seeds)}`;
  return seeds === 1 ? point : `${point}-${(index % seeds) + 1}`;
}

async function runAll(
  { terminal }: CommandContext,
  inputs: readonly ExperimentInput[],
  allowLong: boolean,
): Promise<RunResult[]> {
  let done = 0;
  const kept = (): string => `${done} of ${inputs.length} runs finished`;
  return await withRunner(
    (runner) =>
      watched(terminal, kept, (progress) =>
        runner.run(inputs, () => {
          done += 1;
          progress.show(kept());
        }),
      ),
    { allowLong },
  );
}

/** What is clear of the runs before they begin, each of it once. */
const warningsBefore = (inputs: readonly ExperimentInput[]): ReadonlySet<string> =>
  new Set(inputs.flatMap((input) => resolveExperiment(parseSpec(input)).warnings));

const NONE_ENDED =
  "in some runs nothing ended of what a metric is about, and it is left out (–): " +
  "lengthen --runtime";

/** Windows that hold fewer of the longest operations show no queue behind them yet. */
const LONGEST_IN_WINDOW = 20;
const SHORT =
  `the window is shorter than ${LONGEST_IN_WINDOW} of the longest operations: too few of them ` +
  "run at a time as in steady state, and tails are too good; lengthen --runtime";

function isShort({ spec }: RunResult): boolean {
  const { workload, runtimeUs } = spec;
  if (workload.kind !== "sched" || workload.work.pattern !== "requests") return false;
  const { service } = workload.work;
  return service.kind === "bimodal" && runtimeUs < LONGEST_IN_WINDOW * service.longUs;
}

const isMissing = ({ metrics }: RunResult, name: MetricName): boolean =>
  metrics[name] === undefined;

/** Printed where nothing ended that could have been measured. */
const NO_SAMPLE = "–";

/** Most that a time may be in the unit that suits the shortest one. */
const SHOWN_MAX = 1e5;

/** What the one unit of all times is chosen for: the shortest would read 0.006 ms otherwise. */
function commonTimeNs(columns: readonly (readonly number[])[]): number {
  const times = columns.flat().filter((ns) => ns > 0);
  if (times.length === 0) return 0;
  // A hundredth of the unit has two digits left of three.
  return Math.max(100 * Math.min(...times), Math.max(...times) / SHOWN_MAX);
}

/**
 * One row per point: medians, and of the first metric how far apart the seeds are.
 *
 * @param seeds results of each point, which stand together.
 */
function tableOf(
  { points, metrics }: SchedExperiment,
  results: readonly RunResult[],
  seeds: number,
): Table {
  const measured = metrics.map((metric) => {
    const bySeed = points.map((_, index) => {
      const own = results.slice(index * seeds, (index + 1) * seeds);
      // Seeds under which there was nothing to measure have no value.
      return own.flatMap(({ metrics }) => metrics[metric] ?? []);
    });
    return { metric, bySeed, medians: bySeed.map(median) };
  });
  const isTime = (metric: MetricName): boolean => METRICS[metric].unit === "ns";
  const found = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  const times = measured
    .filter(({ metric }) => isTime(metric))
    .map(({ medians }) => found(medians));
  const columns = measured.flatMap(({ metric, bySeed, medians }, number) => {
    const scaledBy = isTime(metric) ? [commonTimeNs(times)] : found(medians);
    const { column, divisor } = metricColumn(metric, scaledBy);
    const digits = isTime(metric) ? 3 : METRICS[metric].unit === "1" ? 2 : column.digits;
    const shown = { ...column, ...(digits !== undefined && { digits }), align: "right" } as const;
    const scaled = (values: readonly (number | null)[]): Cell[] =>
      values.map((value) => (value === null ? NO_SAMPLE : value / divisor));
    const middle = { column: shown, values: scaled(medians) };
    if (seeds === 1 || number > 0) return [middle];
    const lowest = scaled(bySeed.map((values) => (values.length > 0 ? Math.min(...values) : null)));
    const highest = scaled(
      bySeed.map((values) => (values.length > 0 ? Math.max(...values) : null)),
    );
    return [
      middle,
      { column: { ...shown, title: "lowest" }, values: lowest },
      { column: { ...shown, title: "highest" }, values: highest },
    ];
  });
  return {
    columns: [{ title: "run" }, ...columns.map(({ column }) => column)],
    rows: points.map(({ title }, index) => [title, ...columns.map(({ values }) => values[index]!)]),
  };
}
