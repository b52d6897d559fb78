/** From fio's option names, on the command line or in a job file, to an experiment spec. */
import { badValue, UsageError } from "../base/usage-error.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import type { OptionValue } from "../os/options.ts";
import { isFlag } from "./facet-options.ts";
import {
  type KbBase,
  parseCount,
  parseFacets,
  parseFlag,
  parseRunUs,
  parseSize,
} from "./fio-value.ts";
import { machineArgument, shown } from "./input-file.ts";
import {
  backendOptions,
  IGNORED_FLAGS,
  IGNORED_OPTIONS,
  IO_OPTIONS,
  type IoOption,
  limitsAt,
} from "./io-options.ts";
import type { JobFile, Setting } from "./job-file.ts";

/** What one `kerneltax io` is asked to do. */
export interface IoRequest {
  readonly jobName: string;
  readonly isGrouped: boolean;
  readonly input: ExperimentInput;
  /** Settings as given, by fio's name: of the job file's `[global]`, and of the job. */
  readonly globalOptions: Readonly<Record<string, string>>;
  readonly jobOptions: Readonly<Record<string, string>>;
  /** Where each setting stands, by fio's name: for messages. */
  readonly fields: ReadonlyMap<string, string>;
  /** What was given and changes nothing, though whoever gave it may think that it does. */
  readonly warnings: readonly string[];
}

const BUFFERED =
  "buffered I/O is not for `io`: only direct=1 is possible. `vm --backend mmap --via pread` has it";

/**
 * Turns settings into a request; the command line wins over the job, the job over `[global]`.
 * @throws UsageError naming the option or the line.
 */
export function ioRequest(
  commandLine: readonly Setting[],
  set: Readonly<Record<string, number>>,
  file?: JobFile,
): IoRequest {
  const global = canonical(file?.global ?? []);
  const job = canonical([...(file?.job ?? []), ...commandLine]);
  const settings = new Map([...global, ...job]);
  const kbBase = kbBaseOf(settings.get("kb_base"));
  const spec: Record<string, unknown> = {};
  const workload: Record<string, unknown> = { kind: "raw-io" };
  const options: Record<string, OptionValue> = {};
  const known = backendOptions();
  for (const setting of settings.values()) {
    const option = IO_OPTIONS.find(({ name }) => name === setting.name);
    if (option !== undefined) {
      const value = parsed(option, setting, kbBase);
      if (option.path.startsWith("workload.")) workload[option.path.slice(9)] = value;
      else spec[option.path] = value;
    } else if (known.has(setting.name)) options[setting.name] = setting.value;
    else checkInert(setting);
  }
  const fields = new Map(Array.from(settings, ([name, { field }]) => [name, field]));
  const files = settings.get("filename");
  if (files !== undefined && !settings.has("drives")) {
    // Who names one device would be surprised by a run on all of them.
    spec["drives"] = new Set(fileNames(files)).size;
    fields.set("drives", files.field);
  }
  takeAsFioDoes(workload);
  const grouped = settings.get("group_reporting");
  return {
    jobName: settings.get("name")?.value ?? file?.jobName ?? "kerneltax",
    isGrouped: grouped !== undefined && parseFlag(grouped.value, grouped.field),
    input: { ...spec, workload, options, set } as ExperimentInput,
    globalOptions: texts(global),
    jobOptions: texts(job),
    fields,
    warnings: mixWarnings(settings),
  };
}

/** fio, too, reads only or writes only whatever the mix; it does not say so. */
function mixWarnings(settings: ReadonlyMap<string, Setting>): string[] {
  const mix = settings.get("rwmixread");
  const rw = settings.get("rw")?.value ?? String(limitsAt("workload.rw").default);
  if (mix === undefined || rw === "rw" || rw === "randrw") return [];
  return [`${mix.field}: with rw=${rw} it changes nothing; only rw and randrw mix`];
}

/**
 * fio waits for one completion and takes one, unless told otherwise; the jobs of figures and tables
 * take all that there are. [fio-source init.c fixup_options, backend.c wait_for_completions]
 */
function takeAsFioDoes(workload: Record<string, unknown>): void {
  const least = Number(workload["completeMin"] ?? 1);
  const most = Number(workload["completeBatch"] ?? least);
  workload["completeMin"] = least;
  workload["completeBatch"] = Math.max(least, most);
}

/**
 * `--set path=value`, as often as it is given.
 * @throws UsageError for anything that is not a path and a number.
 */
export function parseSet(entries: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [, path, text] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
      const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
      if (path === undefined || path === "__proto__" || !Number.isFinite(value)) {
        throw badValue("--set", entry, "give path=number, such as kernel.systemCall=0");
      }
      return [path.trim(), value];
    }),
  );
}

/**
 * `--hipri` means `--hipri=1` unless a value follows. A job file behind it is none; a number is,
 * so that `--thread 4` is refused for its 4.
 */
export function withBooleanValues(args: readonly string[]): string[] {
  const flags = new Set(["group_reporting", "direct", "buffered", ...IGNORED_FLAGS]);
  for (const [name, option] of backendOptions()) {
    if (isFlag(option)) flags.add(name);
  }
  return args.map((argument, index) => {
    if (!argument.startsWith("--") || !flags.has(argument.slice(2))) return argument;
    return /^(?:[+-]?\d+|true|false)$/.test(args[index + 1] ?? "") ? argument : `${argument}=1`;
  });
}

/** By canonical name; a later setting replaces an earlier one. */
function canonical(settings: readonly Setting[]): Map<string, Setting> {
  return new Map(
    settings.map((setting) => {
      if (setting.name === "rwmixwrite") {
        const writes = parseCount(setting.value, setting.field, 0, 100);
        return ["rwmixread", { ...setting, name: "rwmixread", value: String(100 - writes) }];
      }
      const option = IO_OPTIONS.find(({ aliases }) => aliases?.includes(setting.name));
      const name = option?.name ?? setting.name;
      return [name, { ...setting, name }];
    }),
  );
}

/** Names joined by `:`, which a backslash makes part of a name, as in fio. */
function fileNames({ value, field }: Setting): string[] {
  const names = value.split(/(?<!\\):/);
  if (!names.includes("")) return names;
  throw badValue(
    field,
    value,
    "give a name per drive, joined by colons: /dev/nvme0n1:/dev/nvme1n1",
  );
}

function kbBaseOf(setting: Setting | undefined): KbBase {
  if (setting === undefined || setting.value === "1024") return 1024;
  if (setting.value === "1000") return 1000;
  throw badValue(setting.field, setting.value, "give 1000 or 1024");
}

function parsed(option: IoOption, { value, field }: Setting, kbBase: KbBase): unknown {
  const limits = limitsAt(option.path);
  switch (option.kind) {
    case "count":
      return parseCount(value, field, limits.min, limits.max);
    case "duration":
      return parseRunUs(value, field, limits.max, option.name !== "runtime");
    case "size": {
      const bytes = parseSize(value, kbBase, field);
      const { min, max, multipleOf } = limits;
      if (bytes >= min && bytes <= max && bytes % multipleOf === 0) return bytes;
      const step = multipleOf > 1 ? `, a multiple of ${multipleOf}` : "";
      const hint = `${value}` === `${bytes}` ? "" : ` (with kb_base=${kbBase} this is ${bytes})`;
      throw badValue(field, value, `give ${min} to ${max} bytes${step}${hint}`);
    }
    case "facets":
      return parseFacets(value, field, ["storage", "scheduler"]);
    case "text":
      if (option.name === "machine") return machineArgument(value, field);
      if (limits.choices !== undefined && !limits.choices.includes(value)) {
        throw badValue(field, value, `choose one of: ${limits.choices.join(", ")}`);
      }
      return value;
  }
}

/** Settings that must be understood although they lead nowhere in a spec. */
function checkInert({ name, value, field }: Setting): void {
  switch (name) {
    case "kb_base":
    case "name":
    case "group_reporting":
    case "filename":
      return;
    case "direct":
      if (!parseFlag(value, field)) throw new UsageError(`${field}: ${BUFFERED}`);
      return;
    case "buffered":
      if (parseFlag(value, field)) throw new UsageError(`${field}: ${BUFFERED}`);
      return;
    default:
      if (IGNORED_FLAGS.includes(name)) parseFlag(value, field);
      if (IGNORED_OPTIONS.includes(name)) return;
      throw new UsageError(`${field}: ${shown(name)} is not an option of kerneltax io`);
  }
}

function texts(settings: ReadonlyMap<string, Setting>): Record<string, string> {
  return Object.fromEntries(Array.from(settings, ([name, { value }]) => [name, value]));
}
