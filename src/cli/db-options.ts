/** What `kerneltax db` understands: its options, where each goes in a spec, what each means. */
import * as z from "zod";
import { badValue, UsageError } from "../base/usage-error.ts";
import { findBackend } from "../experiment/assemble.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { engineSchema } from "../experiment/workloads/engine-spec.ts";
import type { BackendOption, OptionValue } from "../os/options.ts";
import { backends } from "../os/registry.ts";
import { parseCount, parseDurationUs, parseSize } from "./fio-value.ts";
import { readJsonObject } from "./input-file.ts";
import { limitsAt } from "./io-options.ts";

type Kind = "count" | "number" | "size" | "duration" | "choice" | "switch" | "facets" | "text";

export interface DbOption {
  readonly name: string;
  readonly kind: Kind;
  /** Field of the workload, or of the spec around it. */
  readonly field: string;
  readonly of: "workload" | "spec";
  readonly argument: string;
  readonly meaning: string;
}

const workload = (
  name: string,
  kind: Kind,
  field: string,
  argument: string,
  meaning: string,
): DbOption => ({ name, kind, field, of: "workload", argument, meaning });

const around = (
  name: string,
  kind: Kind,
  field: string,
  argument: string,
  meaning: string,
): DbOption => ({ name, kind, field, of: "spec", argument, meaning });

export const DB_OPTIONS: readonly DbOption[] = [
  workload("workload", "choice", "benchmark", "name", "lookup, update, ycsb-a … ycsb-f, or tpcc"),
  around("machine", "text", "machine", "id|file.json", "a built-in machine or a file of your own"),
  around("drives", "count", "drives", "n", "drives in the array; 0 takes all"),
  around("backend", "text", "backend", "id", "the operating system"),
  around("facets", "facets", "facets", "facet=id,…", "take a facet from another backend"),
  around("isolation", "choice", "isolation", "layer", "bare, container, vm or vm+container"),
  around("virtual-storage", "choice", "virtualStorage", "kind", "passthrough or virtio"),
  workload("threads", "count", "threads", "n", "threads, each on a core of its own"),
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
  around("runtime", "duration", "runtimeUs", "time", "simulated time that is measured: 20ms"),
  around("ramp-time", "duration", "rampUs", "time", "simulated time before measuring"),
  around("seed", "count", "seed", "n", "seed of every random stream"),
];

/** The scheduler's choice of what threads are follows from `--tasks`. */
const IMPLIED_OPTION = "threads";

/** Options of every backend's storage and scheduler, by name, with the backends that have them. */
export function facetOptions(): Map<string, { option: BackendOption; backends: string[] }> {
  const found = new Map<string, { option: BackendOption; backends: string[] }>();
  for (const { id, options, schedulerOptions } of Object.values(backends)) {
    for (const option of [...options, ...schedulerOptions]) {
      if (option.name === IMPLIED_OPTION) continue;
      const entry = found.get(option.name) ?? { option, backends: [] };
      if (!entry.backends.includes(id)) entry.backends.push(id);
      found.set(option.name, entry);
    }
  }
  return found;
}

const SIZE_UNITS = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["KiB", 1_024],
] as const;

interface SchemaNode {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly { readonly const?: number }[];
  readonly default?: unknown;
}

const FIELDS = (
  z.toJSONSchema(engineSchema, { io: "input" }) as {
    readonly properties: Readonly<Record<string, SchemaNode>>;
  }
).properties;

/** What an option is unless it is given, as a user writes it; undefined: nothing to tell. */
export function defaultText({ kind, of, field }: DbOption): string | undefined {
  const value = of === "workload" ? FIELDS[field]?.default : limitsAt(field).default;
  switch (kind) {
    case "facets":
      return "the backend's own";
    case "switch":
      return value === true ? "on" : "off";
    case "duration":
      return `${Number(value) / 1_000}ms`;
    case "size":
      return sizeText(Number(value));
    default:
      return value === undefined || value === "default" ? undefined : String(value);
  }
}

function sizeText(bytes: number): string {
  for (const [unit, size] of SIZE_UNITS)
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
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
  for (const [name, text] of Object.entries(given)) {
    const option = DB_OPTIONS.find((known) => known.name === name);
    if (option === undefined) options[name] = text;
    else (option.of === "workload" ? fields : spec)[option.field] = parsed(option, text);
  }
  const input = { ...spec, workload: fields, options, set } as ExperimentInput;
  return withTasks(input, fields);
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

function parsed(option: DbOption, text: string): unknown {
  const flag = `--${option.name}`;
  const node = option.of === "workload" ? (FIELDS[option.field] ?? {}) : limits(option.field);
  const min = node.minimum ?? node.exclusiveMinimum ?? 0;
  const max = node.maximum ?? Number.MAX_SAFE_INTEGER;
  switch (option.kind) {
    case "count":
      return parseCount(text, flag, min, max);
    case "number":
      return parsedNumber(text, flag, min, max);
    case "size":
      return parsedSize(text, flag, node);
    case "duration": {
      const us = parseDurationUs(text, flag);
      if (us <= max && (us > 0 || option.field !== "runtimeUs")) return us;
      throw badValue(flag, text, "give a time above 0 and of at most one hour");
    }
    case "choice":
      if (node.enum?.includes(text) === true) return text;
      throw badValue(flag, text, `choose one of: ${node.enum?.join(", ") ?? ""}`);
    case "switch":
      if (text === "on" || text === "off") return text === "on";
      throw badValue(flag, text, "give on or off");
    case "facets":
      return parsedFacets(text, flag);
    case "text":
      return option.name === "machine" && /[/\\]|\.json$/i.test(text)
        ? readJsonObject(text, flag)
        : text;
  }
}

const limits = (field: string): SchemaNode => {
  const { min, max, choices } = limitsAt(field);
  return { minimum: min, maximum: max, ...(choices && { enum: choices }) };
};

function parsedNumber(text: string, flag: string, min: number, max: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw badValue(flag, text, `give a number from ${min} to ${max}`);
}

function parsedSize(text: string, flag: string, node: SchemaNode): number {
  const bytes = parseSize(text, 1000, flag);
  const choices = node.anyOf?.map(({ const: choice }) => choice);
  if (choices !== undefined) {
    if (choices.includes(bytes)) return bytes;
    throw badValue(flag, text, `choose one of: ${choices.join(", ")} bytes (4KiB is 4096)`);
  }
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = node;
  if (bytes >= minimum && bytes <= maximum) return bytes;
  throw badValue(flag, text, `give ${minimum} to ${maximum} bytes`);
}

const FACETS = ["storage", "memory", "scheduler"];

function parsedFacets(text: string, flag: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [facet = "", id = "", ...rest] = part.split("=");
      if (!FACETS.includes(facet) || id === "" || rest.length > 0) {
        throw badValue(flag, text, `give facet=backend with a facet of ${FACETS.join(", ")}`);
      }
      return [facet, id];
    }),
  );
}

/** The error with `ramBytes:` as `--ram:`. */
export function inGivenNames(error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  const [start, field] = /^([\w.]+):/.exec(error.message) ?? [];
  if (start === undefined || field === undefined) return error;
  const name =
    DB_OPTIONS.find(({ name, field: own }) => [name, own].includes(field.split(".")[0]!))?.name ??
    (field === "set" || facetOptions().has(field) ? field : undefined);
  return name === undefined
    ? error
    : new UsageError(`--${name}:${error.message.slice(start.length)}`);
}
