/** What `kerneltax vm` understands: its options, where each goes in a spec, what each means. */
import * as z from "zod";
import { badValue, UsageError } from "../base/usage-error.ts";
import type { ExperimentInput } from "../experiment/spec.ts";
import { FILE_ACCESSES, fileAccessSchema } from "../experiment/workloads/file-access-spec.ts";
import { VM_ACCESSES, vmSchema } from "../experiment/workloads/vm-spec.ts";
import type { BackendOption, OptionValue } from "../os/options.ts";
import { backends } from "../os/registry.ts";
import { parseCount, parseDurationUs, parseSize } from "./fio-value.ts";
import { readJsonObject } from "./input-file.ts";
import { limitsAt } from "./io-options.ts";

type Kind = "count" | "number" | "size" | "duration" | "choice" | "facets" | "text";

export interface VmOption {
  readonly name: string;
  readonly kind: Kind;
  /** Field of the workload, or of the spec around it. */
  readonly field: string;
  readonly of: "workload" | "spec";
  readonly argument: string;
  readonly meaning: string;
}

type Row = readonly [
  name: string,
  kind: Kind,
  field: string,
  of: VmOption["of"],
  argument: string,
  meaning: string,
];

const ROWS: readonly Row[] = [
  [
    "machine",
    "text",
    "machine",
    "spec",
    "id|file.json",
    "a built-in machine or a file of your own",
  ],
  ["drives", "count", "drives", "spec", "n", "drives in the array; 0 takes all"],
  ["backend", "text", "backend", "spec", "id", "the operating system"],
  ["facets", "facets", "facets", "spec", "facet=id,…", "take a facet from another backend"],
  ["isolation", "choice", "isolation", "spec", "layer", "bare, container, vm or vm+container"],
  ["virtual-storage", "choice", "virtualStorage", "spec", "kind", "passthrough or virtio"],
  [
    "access",
    "choice",
    "access",
    "workload",
    "pattern",
    "page: touch resident pages; alloc-free: populate and release; insert: read in and evict; " +
      "random, sequential: touch a mapped file larger than memory",
  ],
  ["threads", "count", "threads", "workload", "n", "threads, each on a core of its own"],
  ["batch", "count", "batch", "workload", "n", "pages per request to the system"],
  ["hint", "choice", "hint", "workload", "hint", "what madvise says: normal, random, sequential"],
  ["ram", "size", "ramBytes", "workload", "size", "memory for pages: 100GiB, 128GB"],
  ["data", "size", "dataBytes", "workload", "size", "what the pages hold altogether: 2TiB, 1TB"],
  ["write-percent", "count", "writePercent", "workload", "n", "share of pages that are written"],
  ["block", "size", "blockBytes", "workload", "size", "what a sequential thread takes at a time"],
  [
    "will-need",
    "count",
    "willNeed",
    "workload",
    "n",
    "random: accesses ahead for which threads call madvise(MADV_WILLNEED)",
  ],
  [
    "residency",
    "choice",
    "residency",
    "workload",
    "how",
    "with --will-need: unknown, or asked of mincore before madvise is called",
  ],
  ["mlock", "size", "lockBytes", "workload", "size", "beginning of the file that mlock keeps"],
  ["intervals", "count", "intervals", "workload", "n", "intervals with metrics of their own"],
  ["scale", "number", "scale", "workload", "x", "simulated ÷ real size of memory and data"],
  ["runtime", "duration", "runtimeUs", "spec", "time", "simulated time that is measured: 20ms"],
  ["ramp-time", "duration", "rampUs", "spec", "time", "simulated time before measuring"],
  ["seed", "count", "seed", "spec", "n", "seed of every random stream"],
];

export const VM_OPTIONS: readonly VmOption[] = ROWS.map(
  ([name, kind, field, of, argument, meaning]) => ({ name, kind, field, of, argument, meaning }),
);

/** Options of every backend's memory and storage, by name, with the backends that have them. */
export function vmFacetOptions(): Map<string, { option: BackendOption; backends: string[] }> {
  const found = new Map<string, { option: BackendOption; backends: string[] }>();
  for (const { id, options, memory } of Object.values(backends)) {
    for (const option of [...memory.options, ...options]) {
      const entry = found.get(option.name) ?? { option, backends: [] };
      if (!entry.backends.includes(id)) entry.backends.push(id);
      found.set(option.name, entry);
    }
  }
  return found;
}

interface SchemaNode {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}
type Fields = Readonly<Record<string, SchemaNode>>;

const fieldsOf = (schema: z.ZodType): Fields =>
  (z.toJSONSchema(schema, { io: "input" }) as { readonly properties: Fields }).properties;

const VM_FIELDS = fieldsOf(vmSchema);
const FILE_FIELDS = fieldsOf(fileAccessSchema);
const ACCESSES: readonly string[] = [...VM_ACCESSES, ...FILE_ACCESSES];

/** What an option is unless it is given, where both kinds of workload agree. */
export function vmDefaultText(option: VmOption): string | undefined {
  const value = defaultOf(option);
  return value === undefined ? undefined : String(value);
}

function defaultOf({ of, field }: VmOption): unknown {
  if (of === "spec") return field === "facets" ? undefined : limitsAt(field).default;
  const [one, other] = [VM_FIELDS[field]?.default, FILE_FIELDS[field]?.default];
  if (field === "access") return one;
  return one === undefined || other === undefined || one === other ? (one ?? other) : undefined;
}

/**
 * The spec that the options ask for.
 * @param given option → value as text.
 * @throws UsageError naming the option.
 */
export function vmInput(
  given: Readonly<Record<string, string>>,
  set: Readonly<Record<string, number>>,
): ExperimentInput {
  const access = given["access"] ?? "page";
  if (!ACCESSES.includes(access)) {
    throw badValue("--access", access, `choose one of: ${ACCESSES.join(", ")}`);
  }
  const isFile = (FILE_ACCESSES as readonly string[]).includes(access);
  const schema = isFile ? FILE_FIELDS : VM_FIELDS;
  const spec: Record<string, unknown> = {};
  const fields: Record<string, unknown> = { kind: isFile ? "file-access" : "vm" };
  const options: Record<string, OptionValue> = {};
  for (const [name, text] of Object.entries(given)) {
    const option = VM_OPTIONS.find((known) => known.name === name);
    if (option === undefined) options[name] = text;
    else if (option.of === "spec") spec[option.field] = parsed(option, text, limits(option.field));
    else {
      const node = schema[option.field];
      if (node === undefined)
        throw new UsageError(`--${name}: --access ${access} has no use for it`);
      fields[option.field] = parsed(option, text, node);
    }
  }
  if (isFile) {
    // Times are those of the original; its twin fills in `scale` of it.
    const scale = Number(fields["scale"] ?? schema["scale"]?.default);
    spec["runtimeUs"] = scale * Number(spec["runtimeUs"] ?? limitsAt("runtimeUs").default);
    spec["rampUs"] = scale * Number(spec["rampUs"] ?? 0);
  }
  return { ...spec, workload: fields, options, set } as ExperimentInput;
}

function limits(field: string): SchemaNode {
  const { min, max, choices } = limitsAt(field);
  return { minimum: min, maximum: max, ...(choices && { enum: choices }) };
}

function parsed({ name, kind, field }: VmOption, text: string, node: SchemaNode): unknown {
  const flag = `--${name}`;
  const min = node.minimum ?? node.exclusiveMinimum ?? 0;
  const max = node.maximum ?? Number.MAX_SAFE_INTEGER;
  switch (kind) {
    case "count":
      return parseCount(text, flag, min, max);
    case "number": {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (value >= min && value <= max) return value;
      throw badValue(flag, text, `give a number from ${min} to ${max}`);
    }
    case "size": {
      const bytes = parseSize(text, 1000, flag);
      if (bytes >= min && bytes <= max) return bytes;
      throw badValue(flag, text, `give ${min} to ${max} bytes`);
    }
    case "duration": {
      const us = parseDurationUs(text, flag);
      if (us <= max && (us > 0 || field !== "runtimeUs")) return us;
      throw badValue(flag, text, "give a time above 0 and of at most one hour");
    }
    case "choice":
      if (node.enum?.includes(text) === true) return text;
      throw badValue(flag, text, `choose one of: ${node.enum?.join(", ") ?? ""}`);
    case "facets":
      return parsedFacets(text, flag);
    case "text":
      return name === "machine" && /[/\\]|\.json$/i.test(text) ? readJsonObject(text, flag) : text;
  }
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
export function vmGivenNames(error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  const [start, field] = /^([\w.]+):/.exec(error.message) ?? [];
  if (start === undefined || field === undefined) return error;
  const name =
    VM_OPTIONS.find((option) => option.field === field.split(".")[0])?.name ??
    (field === "set" || vmFacetOptions().has(field) ? field : undefined);
  return name === undefined
    ? error
    : new UsageError(`--${name}:${error.message.slice(start.length)}`);
}
