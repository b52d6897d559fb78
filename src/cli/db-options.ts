/** What `kerneltax db` understands: its options, where each goes in a spec, what each means. */
import { UsageError } from "../base/usage-error.ts";
import { findBackend } from "../experiment/assemble.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { engineSchema } from "../experiment/workloads/engine-spec.ts";
import type { OptionValue } from "../os/options.ts";
import { type FacetOption, facetOptionsByName } from "./facet-options.ts";
import { limitsAt } from "./io-options.ts";
import {
  defaultText,
  fieldsOf,
  inNamesOf,
  type NamedOption,
  parseOption,
  SYSTEM_OPTIONS,
  specField,
  TIME_OPTIONS,
  workload,
} from "./named-options.ts";

export const DB_OPTIONS: readonly NamedOption[] = [
  workload("workload", "choice", "benchmark", "name", "lookup, update, ycsb-a … ycsb-f, or tpcc"),
  ...SYSTEM_OPTIONS,
  workload("threads", "count", "threads", "n", "threads, on a core each while there are enough"),
  workload("tasks", "count", "tasks", "n", "transactions that each thread runs at a time"),
  workload("ram", "size", "ramBytes", "size", "memory for pages: 128GB, 64GiB"),
  workload(
    "data",
    "size",
    "dataBytes",
    "size",
    "size of the database: 1TB, 160GiB; TPC-C: 200MB are a warehouse",
  ),
  workload("page-size", "size", "pageBytes", "size", "4KiB to 64KiB"),
  workload(
    "buffer",
    "choice",
    "buffer",
    "kind",
    "how pages are found: hash-table, swizzling, vmcache, or mmap: by the system",
  ),
  workload("eviction-batch", "count", "evictionBatch", "n", "pages that a miss evicts at a time"),
  workload("wal", "switch", "wal", "on|off", "whether changes are logged"),
  workload(
    "isolation-level",
    "choice",
    "isolationLevel",
    "level",
    "serializable, repeatable-read, read-committed, read-uncommitted, or none: latches only, as " +
      "research engines are measured",
  ),
  workload(
    "update-protocol",
    "choice",
    "updateProtocol",
    "name",
    "[mmap] in-place, os-copy-on-write, user-copy-on-write, shadow-paging",
  ),
  workload(
    "distribution",
    "choice",
    "distribution",
    "name",
    "which entries are asked for: uniform (lookup's own), zipfian (YCSB's own); not TPC-C",
  ),
  workload("theta", "number", "theta", "x", "exponent of the Zipf distribution"),
  workload("value-size", "size", "valueBytes", "size", "bytes of a value; 0: the benchmark's own"),
  workload(
    "warehouses",
    "count",
    "warehouses",
    "n",
    "TPC-C: of the twin; 0: two per transaction, without locks as the scale asks",
  ),
  workload("scale", "number", "scale", "x", "rows simulated ÷ rows asked for; 0: small"),
  ...TIME_OPTIONS,
];

/** The scheduler's choice of what threads are follows from `--tasks`. */
const IMPLIED_OPTION = "threads";

/** Options of every backend's facets, by name, with the backends that have them. */
export function facetOptions(): Map<string, FacetOption> {
  const found = facetOptionsByName(({ memory, options, schedulerOptions }) => [
    ...memory.options,
    ...options,
    ...schedulerOptions,
  ]);
  found.delete(IMPLIED_OPTION);
  return found;
}

const FIELDS = fieldsOf(engineSchema);

/** What an option is unless it is given; undefined: nothing to tell. */
export function dbDefaultText(option: NamedOption): string | undefined {
  const { of, field } = option;
  return defaultText(option, of === "workload" ? FIELDS[field]?.default : limitsAt(field).default);
}

/**
 * The spec that the options ask for.
 * @param given option → value as text.
 * @throws UsageError naming the option.
 */
export function dbInput(
  given: Readonly<Record<string, string>>,
  set: Readonly<Record<string, number>>,
): ExperimentInput {
  const spec: Record<string, unknown> = {};
  const fields: Record<string, unknown> = { kind: "engine" };
  const options: Record<string, OptionValue> = {};
  checkUse(given);
  for (const [name, text] of Object.entries(given)) {
    const option = DB_OPTIONS.find((known) => known.name === name);
    if (option === undefined) options[name] = text;
    else if (option.of === "spec") {
      spec[option.field] = parseOption(option, text, specField(option.field));
    } else fields[option.field] = parseOption(option, text, FIELDS[option.field] ?? {});
  }
  const input = { ...spec, workload: fields, options, set } as ExperimentInput;
  return withTasks(input, fields);
}

/** @throws UsageError for an option that would change nothing under this benchmark. */
function checkUse(given: Readonly<Record<string, string>>): void {
  const { workload: benchmark = "lookup" } = given;
  const usual = benchmark.startsWith("ycsb") ? "zipfian" : "uniform";
  const { distribution = usual } = given;
  const useless = benchmark === "tpcc" ? ["distribution", "theta", "value-size"] : ["warehouses"];
  for (const name of useless) {
    if (given[name] !== undefined) {
      throw new UsageError(`--${name}: --workload ${benchmark} has no use for it`);
    }
  }
  if (given["theta"] !== undefined && distribution === "uniform") {
    throw new UsageError("--theta: a uniform distribution has none; give --distribution zipfian");
  }
}

/** Tasks share the cores of their threads, and are what the scheduler calls tasks if it has any. */
function withTasks(input: ExperimentInput, fields: Record<string, unknown>): ExperimentInput {
  const { threads = 1, tasks = 1 } = fields as { threads?: number; tasks?: number };
  if (tasks <= 1) return input;
  const backend = findBackend(input.facets?.scheduler ?? input.backend ?? "linux");
  const choice = backend.schedulerOptions.find(({ name }) => name === IMPLIED_OPTION);
  const hasTasks = choice?.type === "choice" && choice.choices.includes("tasks");
  const options = hasTasks ? { ...input.options, [IMPLIED_OPTION]: "tasks" } : input.options;
  return { ...input, cores: threads, ...(options && { options }) };
}

/** The error with `ramBytes:` as `--ram:`. */
export const inGivenNames = (error: unknown): unknown =>
  inNamesOf(DB_OPTIONS, facetOptions(), error);
