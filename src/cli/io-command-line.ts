/**
 * The options of every command that makes one raw-I/O run, with fio's names, and the spec that they
 * ask for.
 */
import { type Command, Option } from "commander";
import { UsageError } from "../base/usage-error.ts";
import { type ResolvedExperiment, resolveExperiment } from "../experiment/assemble.ts";
import { IO_LIMIT, mostIops } from "../experiment/run.ts";
import { type ExperimentSpec, parseSpec } from "../experiment/spec.ts";
import { facetArgument, facetMeaning, isFlag } from "./facet-options.ts";
import { type IoRequest, ioRequest, parseSet } from "./io-arguments.ts";
import { backendOptions, IGNORED_OPTIONS, IO_OPTIONS, limitsAt } from "./io-options.ts";
import { readJobFile, type Setting } from "./job-file.ts";
import { checkVirtualStorage } from "./shared-options.ts";

/** Adds the argument and the options that describe the run. */
export function addRunOptions(command: Command): Command {
  command.argument("[job-file]", "a fio job file; options given here win over it");
  for (const { name, aliases, argument, meaning, path } of IO_OPTIONS) {
    const { default: value } = limitsAt(path);
    const usual = value === undefined ? "" : ` (default: ${defaultText(path, value)})`;
    command.addOption(textOption(name, `<${argument}>`, `${meaning}${usual}`));
    for (const alias of aliases ?? []) {
      command.addOption(textOption(alias, `<${argument}>`, `same as --${name}`).hideHelp());
    }
  }
  const files = "a name per drive, joined by colons; without --drives their number counts";
  command.addOption(textOption("filename", "<names>", files));
  command.addOption(textOption("kb_base", "<1000|1024>", "what k means in sizes (default: 1024)"));
  command.addOption(textOption("name", "<text>", "name of the job in the output"));
  command.addOption(textOption("group_reporting", "[0|1]", "one entry for all jobs"));
  command.addOption(textOption("rwmixwrite", "<percent>", "100 - rwmixread").hideHelp());
  command.addOption(textOption("direct", "[0|1]", "must be 1").hideHelp());
  command.addOption(textOption("buffered", "[0|1]", "must be 0").hideHelp());
  for (const name of IGNORED_OPTIONS) {
    command.addOption(textOption(name, "[value]", "accepted, means nothing here").hideHelp());
  }
  for (const [name, option] of backendOptions()) {
    const value = facetArgument(option);
    const argument = isFlag(option) ? `[${value}]` : `<${value}>`;
    command.addOption(textOption(name, argument, facetMeaning(option)));
  }
  return command.addHelpText("after", DRIVES_HELP);
}

const DRIVES_HELP =
  "\nDrives' own properties are numbers of the model: --set drive.volatileCache=1 gives drives " +
  "that may\nlose completed writes with the power until a flush, 0 those with a protected cache.\n";

function textOption(name: string, argument: string, meaning: string): Option {
  return new Option(`--${name} ${argument}`, meaning).argParser((value: string) => {
    if (value.startsWith("--")) throw new UsageError(`--${name}: its value is missing`);
    return value;
  });
}

function defaultText(path: string, value: unknown): string {
  if (path.endsWith("Us")) return `${Number(value) / 1000}ms`;
  return typeof value === "object" ? "none" : String(value);
}

/** What the user asked for, checked as far as possible without running it. */
export interface CheckedRequest {
  readonly request: IoRequest;
  readonly spec: ExperimentSpec;
  readonly resolved: ResolvedExperiment;
}

/**
 * Reads job file and options.
 * @param own the command's own flags, which are no settings of a job.
 * @throws UsageError naming the option as it was given.
 */
export function readRequest(
  file: string | undefined,
  flags: Readonly<Record<string, unknown>> & { readonly set: readonly string[] },
  own: ReadonlySet<string>,
): CheckedRequest {
  const given = Object.entries(flags).filter(([name]) => !own.has(name));
  const settings = given.map(([key, value]): Setting => {
    // Commander writes `virtual-storage` as `virtualStorage`; fio's names have no capitals.
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return { name, value: value === true ? "1" : String(value), field: `--${name}` };
  });
  const jobFile = file === undefined ? undefined : readJobFile(file);
  const request = ioRequest(settings, parseSet(flags.set), jobFile);
  const spec = parseSpec(request.input);
  const resolved = namedAsGiven(request, () => {
    checkVirtualStorage(spec);
    return resolveExperiment(spec);
  });
  return { request, spec, resolved };
}

/**
 * Runs `work`; where it refuses a field of the spec, the message names the user's option instead.
 * @throws whatever `work` throws.
 */
export function namedAsGiven<Result>(request: IoRequest, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw inGivenNames(request, error);
  }
}

/** The error with `spanBytes:` as `--size:`, or as `job.fio, line 3, size:`. */
export function inGivenNames({ fields }: Pick<IoRequest, "fields">, error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  const [start, field] = /^([\w.]+):/.exec(error.message) ?? [];
  const name = field === undefined ? undefined : optionOf(field);
  if (start === undefined || name === undefined) return error;
  return new UsageError(`${fields.get(name) ?? `--${name}`}:${error.message.slice(start.length)}`);
}

function optionOf(field: string): string | undefined {
  if (field === "set" || backendOptions().has(field)) return field;
  const isNamed = ({ name, path }: (typeof IO_OPTIONS)[number]): boolean =>
    name === field || path === field.split(".")[0] || path === `workload.${field}`;
  return IO_OPTIONS.find(isNamed)?.name;
}

/**
 * Refuses many runs that are too long together, as a single one is refused.
 * @throws UsageError naming `field`.
 */
export function checkTotalLength(
  resolved: ResolvedExperiment,
  runs: number,
  field: string,
  allowLong: boolean,
): void {
  const { runtimeUs, rampUs } = resolved.spec;
  const ios = runs * mostIops(resolved) * ((runtimeUs + rampUs) / 1e6);
  if (ios <= IO_LIMIT || allowLong) return;
  throw new UsageError(
    `${field}: ${runs} runs of ${(runtimeUs + rampUs) / 1e6} s would take up to ` +
      `${ios.toExponential(1)} simulated I/Os, more than ${IO_LIMIT.toExponential(0)}; ` +
      "shorten them or pass --allow-long",
  );
}
